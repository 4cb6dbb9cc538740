"""Whether this process lives, and whether it can serve: for supervisors and load balancers."""

from litestar import get

from tongban.basics.database import platform_now
from tongban.web.site import WebRequest, site_of


@get("/health", sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@get("/health/ready")
async def ready(request: WebRequest) -> dict[str, str]:
    """The store answers too. Raises ``StoreUnavailable`` (503)."""
    async with site_of(request).kernel.database.connection() as connection:
        await platform_now(connection)
    return {"status": "ready"}
