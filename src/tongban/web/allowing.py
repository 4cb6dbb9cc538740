"""Guards of routes that may be asked only so often: declared at the route, ``guards=[allowed("export")]``."""

from collections.abc import Awaitable, Callable
from typing import Any

from tongban.parties.access.allowances import ALLOWANCES, spend
from tongban.web.signed_in import has_session, is_api, perhaps_signed_in, signed_in, source_of
from tongban.web.site import site_of

Guard = Callable[[Any, Any], Awaitable[None]]


def allowed(purpose: str, *, everybody: bool = False) -> Guard:
    """Counts a request for ``purpose`` before its handler runs, by account; with ``everybody`` visitors too, by source.

    The guard raises ``TooOften``, and ``NotSignedIn`` unless visitors are counted.
    """
    if purpose not in ALLOWANCES:
        raise ValueError(f"no allowance is declared for {purpose!r}")

    async def guard(request: Any, _: Any) -> None:
        if everybody:
            carries = is_api(request) or has_session(request)
            signed = await perhaps_signed_in(request) if carries else None
        else:
            signed = await signed_in(request)
        who = str(signed.actor.account) if signed else f"from {source_of(request)}"
        site = site_of(request)
        async with site.kernel.database.connection() as connection:
            await spend(connection, purpose, who, site.settings.allowances.get(purpose))

    return guard
