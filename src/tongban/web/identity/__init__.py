"""Sign-in for other applications, and by the upper level. ``ROUTES`` is the explicit table of its handlers.

Programs speak to ``/identity/…`` and the well-known addresses (OpenID Connect Discovery 1.0); people see the page on
which they agree, the list of what they agreed to, and the desk's register of applications.
"""

from litestar.types import ControllerRouterHandler

from tongban.web.identity import about, authorizing, leaving, mine, registering, tokens, upper

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *about.ROUTES,
    *authorizing.ROUTES,
    *tokens.ROUTES,
    *leaving.ROUTES,
    *mine.ROUTES,
    *registering.ROUTES,
    *upper.ROUTES,
)
