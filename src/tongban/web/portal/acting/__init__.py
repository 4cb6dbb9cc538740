"""Pages about acting for others: for whom one acts, whom one lets act. ``ROUTES`` is the table of their handlers."""

from litestar.types import ControllerRouterHandler

from tongban.web.portal.acting import agents, children, enterprises, overview, people

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *overview.ROUTES,
    *people.ROUTES,
    *agents.ROUTES,
    *children.ROUTES,
    *enterprises.ROUTES,
)
