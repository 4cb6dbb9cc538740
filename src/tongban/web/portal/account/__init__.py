"""Pages about one's own account, and those that lead into it. ``ROUTES`` is the explicit table of their handlers."""

from litestar.types import ControllerRouterHandler

from tongban.web.portal.account import closing, confirming, invited, overview, protecting, recovering, registering

ROUTES: tuple[ControllerRouterHandler, ...] = (
    invited.form,
    invited.take,
    *overview.ROUTES,
    *closing.ROUTES,
    *confirming.ROUTES,
    *protecting.ROUTES,
    *registering.ROUTES,
    *recovering.ROUTES,
)
