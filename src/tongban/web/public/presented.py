"""Look at a licence that its holder shows: once, by the code; an official says for which office.

Opening the address uses nothing up, since messengers and browsers open addresses by themselves; the button does.
"""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.basics.database import platform_now
from tongban.basics.errors import TongbanError
from tongban.licences.presenting.actions import look as look_once
from tongban.parties.actions import Signed
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import perhaps_signed_in, source_of
from tongban.web.site import Site, WebRequest, site_of

TEMPLATE = "public/presented.html"


def offices_of(site: Site, signed: Signed | None) -> Mapping[str, str]:
    """Names of the departments in which somebody holds a post, by ``region/department``."""
    directory = site.kernel.directory
    posts = [post for post in signed.actor.posts if post.region in directory.regions] if signed else []
    found = {f"{post.region}/{post.department}": directory.department(post.region, post.department) for post in posts}
    return {key: department.name for key, department in found.items() if department is not None}


@get("/presented/{code:str}")
async def ask(request: WebRequest, code: FromPath[str]) -> Response[str]:
    """What looking means, and the button that does it."""
    offices = offices_of(site_of(request), await perhaps_signed_in(request))
    return page(request, TEMPLATE, code=code, offices=offices, shown=None, refused=None)


@post("/presented/{code:str}", status_code=200)
async def look(request: WebRequest, code: FromPath[str]) -> Response[str]:
    """What the holder chose to show, once."""
    site, signed = site_of(request), await perhaps_signed_in(request)
    offices = offices_of(site, signed)
    form = await request.form()
    office = offices.get(str(form.get("office", "")))
    try:
        async with site.kernel.database.connection() as connection:
            now = await platform_now(connection)
        asker = str(signed.actor.account) if signed else source_of(request)
        shown = await look_once(site.kernel.database, site.kernel.vault, code, now, asker=asker, office=office)
    except TongbanError as error:
        if error.status >= 500:
            raise
        said = sentence(error, site.words(request_language(request)))
        return page(request, TEMPLATE, status=error.status, code=code, offices=offices, shown=None, refused=said)
    answer = page(request, TEMPLATE, code=code, offices=offices, shown=shown, office=office, now=now, refused=None)
    answer.headers["cache-control"] = "no-store"
    return answer
