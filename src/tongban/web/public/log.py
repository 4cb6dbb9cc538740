"""The transparency log as the C2SP tlog-tiles layout publishes it, and the keys that sign it.

Nothing here holds personal data; auditors mirror it with tools of their own.
"""

from litestar import Response, get
from litestar.params import FromPath

from tongban.ledger import tiles
from tongban.web.errors import PageMissing
from tongban.web.site import WebRequest, site_of

_TEXT = "text/plain"


@get("/log/checkpoint")
async def checkpoint(request: WebRequest) -> Response[str]:
    """The newest signed head with its cosignatures. Raises ``PageMissing`` before the first seal."""
    async with site_of(request).kernel.database.connection() as connection:
        note = await tiles.checkpoint(connection)
    if note is None:
        raise PageMissing()
    return Response(note, media_type=_TEXT, headers={"cache-control": "no-cache"})


@get("/log/tile/{place:path}")
async def tile(request: WebRequest, place: FromPath[str]) -> Response[bytes]:
    """A tile or entry bundle, which never changes. Raises ``PageMissing``."""
    async with site_of(request).kernel.database.connection() as connection:
        content = await tiles.read(connection, f"tile{place}")
    if content is None:
        raise PageMissing()
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"cache-control": "public, max-age=31536000, immutable"},
    )


@get("/keys", sync_to_thread=False)
def keys(request: WebRequest) -> Response[str]:
    """Public keys of log and witnesses, one verifier key a line (C2SP signed-note)."""
    published = site_of(request).settings.verifier_keys
    return Response(published, media_type=_TEXT, headers={"content-disposition": 'inline; filename="tongban-keys.txt"'})
