"""Institutions that call in their own name: the token that they got as a registered application.

An institution is no person and becomes no ``Actor``: what every other address asks for (``signed_in``) refuses such a
token, and only handlers that ask here, for a scope by name, take one (docs/adr/0031).
"""

from tongban.parties.applications.errors import ScopeMissing, TokenRefused
from tongban.parties.applications.issuing import institution_behind
from tongban.parties.applications.models import Institution
from tongban.web.site import WebRequest, site_of


def bearer(request: WebRequest) -> str | None:
    """The token that the request carries in its header (RFC 6750 section 2.1), and nowhere else."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip()[:200] if scheme.lower() == "bearer" and token.strip() else None


async def institution(request: WebRequest, scope: str) -> Institution:
    """The institution that calls, if it may do ``scope``. Raises ``TokenRefused``, ``ScopeMissing``."""
    token = bearer(request)
    async with site_of(request).kernel.database.connection() as connection:
        found = await institution_behind(connection, token) if token else None
    if found is None:
        raise TokenRefused()
    if scope not in found.scopes:
        raise ScopeMissing(scope=scope)
    return found
