"""Everything the pages do, for programs: OpenAPI 3.1, problem details, bearer tokens, keyset paging."""

from tongban.web.api import (
    acts,
    calendars,
    cases,
    catalogue,
    catalogue_projects,
    demonstration,
    desk,
    drafts,
    guides,
    holdings,
    library,
    measures,
    notices,
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
    *notices.ROUTES,
    *calendars.ROUTES,
    *acts.ROUTES,
    *desk.ROUTES,
    *oversight.ROUTES,
    *holdings.ROUTES,
    *measures.ROUTES,
    *library.ROUTES,
    *catalogue.ROUTES,
    *catalogue_projects.ROUTES,
    *demonstration.ROUTES,
]
