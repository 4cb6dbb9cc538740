"""The signed list of licences that are not in force, for whoever verifies without a network."""

from litestar import Response, get
from litestar.params import FromPath

from tongban.licences.listing import actions
from tongban.web.site import WebRequest, site_of

SECONDS = 300


@get("/licence-list/{region:str}")
async def newest(request: WebRequest, region: FromPath[str]) -> Response[str]:
    """The newest list of a region as a signed note; its version is the tag. Raises ``ListMissing``."""
    async with site_of(request).kernel.database.connection() as connection:
        version, body = await actions.newest(connection, region)
    tag = f'"{region}-{version}"'
    headers = {"cache-control": f"public, max-age={SECONDS}", "etag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response("", status_code=304, media_type="text/plain; charset=utf-8", headers=headers)
    return Response(body, media_type="text/plain; charset=utf-8", headers=headers)
