"""Pages for civil servants. ``ROUTES`` is the explicit table of its handlers."""

from litestar.types import ControllerRouterHandler

ROUTES: tuple[ControllerRouterHandler, ...] = ()
