"""The web application: handlers from explicit tables, one store, problems told in the reader's language.

Called by the serving command with a ``Site``. What it returns is a plain ASGI callable: the cached layer in
front, Litestar behind it.
"""

import asyncio
from contextlib import suppress

from litestar import Litestar, Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from tongban.web import api, denied, desk, hats, identity, portal, problems, public, scim
from tongban.web.cached import FrontDoor
from tongban.web.site import Site

MOST_BODY = 2_000_000
"""Bytes that a request may carry unless its handler says otherwise (uploads do)."""

# Programs carry no cookie; choices of display change nothing that matters and stand on shared pages.
WITHOUT_FORM_TOKEN = [
    "^/api/",
    "^/language$",
    "^/large-type$",
    "^/theme$",
    "^/health",
    "^/log/",
    "^/keys$",
    "^/scim/",
]


def create_app(site: Site) -> FrontDoor:
    """The application over ``site``. Its start opens the store, its shutdown closes it."""
    pages = [*desk.ROUTES, *public.ROUTES, *identity.ROUTES, *scim.ROUTES]
    application = Litestar(
        route_handlers=[
            Router("/", route_handlers=[*portal.ROUTES], include_in_schema=False, before_request=hats.guard),
            Router("/", route_handlers=pages, include_in_schema=False),
            Router("/api/v1", route_handlers=[*api.ROUTES]),
        ],
        state=State({"site": site}),
        on_startup=[_open],
        on_shutdown=[_close],
        csrf_config=_csrf(site),
        exception_handlers={Exception: problems.answer},
        openapi_config=_openapi(site),
        request_max_body_size=MOST_BODY,
        logging_config=None,
    )
    return FrontDoor(application, site)


async def _open(application: Litestar) -> None:
    site = application.state.site
    await site.kernel.database.open()
    application.state.denying = asyncio.create_task(denied.keep_writing(site))


async def _close(application: Litestar) -> None:
    application.state.denying.cancel()
    with suppress(asyncio.CancelledError):
        await application.state.denying
    await application.state.site.kernel.database.close()


def _csrf(site: Site) -> CSRFConfig:
    return CSRFConfig(
        secret=site.settings.secret,
        cookie_name="tongban_form",
        cookie_httponly=True,
        cookie_secure=site.settings.secure,
        exclude=WITHOUT_FORM_TOKEN,
    )


def _openapi(site: Site) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Tongban",
        version="1",
        description="Everything the pages do, for programs. Errors are problem details (RFC 9457).",
        path="/api/v1/schema",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    )
