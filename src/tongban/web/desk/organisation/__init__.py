"""The directory on the desk: the tree and its people, who changes them, Excel, leave, and the first day.

``ROUTES`` is the explicit table of its handlers.
"""

from litestar.types import ControllerRouterHandler

from tongban.web.desk.organisation import importing, leave, people, systems, units, welcome

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *units.ROUTES,
    *people.ROUTES,
    *importing.ROUTES,
    *leave.ROUTES,
    *systems.ROUTES,
    *welcome.ROUTES,
)
"""All of them."""
