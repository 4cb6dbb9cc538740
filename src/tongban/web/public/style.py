"""The style guide: every part of the pages and the journey line in every state. In a demonstration only."""

import datetime as dt

from litestar import Response, get

from tongban.web.errors import PageMissing
from tongban.web.pages import page
from tongban.web.public import samples
from tongban.web.site import WebRequest, site_of


@get("/style", sync_to_thread=False)
def guide(request: WebRequest) -> Response[str]:
    """Everything at a glance, for who writes or reviews pages. Raises ``PageMissing`` in production."""
    if not site_of(request).settings.demonstration:
        raise PageMissing()
    now = dt.datetime(2026, 11, 26, 6, 5, tzinfo=dt.UTC)
    return page(request, "public/style.html", lines=samples.lines(), fields=samples.FIELDS, now=now)
