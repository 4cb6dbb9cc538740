"""Everything the pages do, for programs: OpenAPI 3.1, problem details, bearer tokens, keyset paging."""

from tongban.web.api import (
    cases,
    demonstration,
    desk,
    drafts,
    guides,
    holdings,
    library,
    oversight,
    promises,
    sessions,
)

ROUTES = [
    *sessions.ROUTES,
    *guides.ROUTES,
    *drafts.ROUTES,
    *promises.ROUTES,
    *cases.ROUTES,
    *desk.ROUTES,
    *oversight.ROUTES,
    *holdings.ROUTES,
    *library.ROUTES,
    *demonstration.ROUTES,
]
