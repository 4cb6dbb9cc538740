"""Who may do what, and why not; and what was refused: for administrators and supervisors, on one page.

The questions change nothing and are asked by GET. Of a case that is asked about nothing is shown: only whose relation
to it holds.
"""

from litestar import Response, get
from litestar.params import FromQuery

from tongban.basics.errors import TongbanError
from tongban.parties.access.asking import actor_of
from tongban.parties.access.denials import REASONS, newest, watched
from tongban.parties.access.policy import POLICY
from tongban.parties.access.why import ROLES, Explanation, explain
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.web.denied import write
from tongban.web.desk.places import places_of
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import Site, WebRequest, site_of

PATH = "/desk/access"


@get(PATH)
async def show(
    request: WebRequest,
    login: FromQuery[str] = "",
    action: FromQuery[str] = "",
    department: FromQuery[str] = "",
    owner: FromQuery[str] = "",
    region: FromQuery[str] = "",
) -> Response[str]:
    """The newest refusals, and for administrators the question “why not?” with its answer. Raises ``NotAllowed``."""
    signed, site = await signed_in(request), site_of(request)
    regions = watched(signed.actor, sorted(site.kernel.directory.regions))
    if not regions:
        raise NotAllowed()
    here = region if region in regions else regions[0]
    asks = may(signed.actor, "access.explain", Subject(region=here))
    answer, refused = None, None
    if asks and (login or action):
        try:
            answer = await _answer(site, login, action, Subject(here, department=department or None), owner)
        except TongbanError as error:
            refused = error
    await write(site)
    async with site.kernel.database.connection() as connection:
        denials = await newest(connection, regions)
    words = site.words(request_language(request))
    return page(
        request,
        "desk/access.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, here, PATH),
        regions=regions,
        region=here,
        departments=site.kernel.directory.region(here).departments,
        actions=sorted(POLICY.values(), key=lambda one: one.action.name),
        asked={"login": login, "action": action, "department": department, "owner": owner},
        asks=asks,
        answer=answer,
        roles=ROLES,
        refused=refused,
        said=sentence(refused, words) if refused else None,
        denials=denials,
        reasons=REASONS,
        english=words.language == "en",
    )


async def _answer(site: Site, login: str, action: str, subject: Subject, owner: str) -> tuple[Actor, Explanation]:
    async with site.kernel.database.connection() as connection:
        actor = await actor_of(connection, login)
        whose = (await actor_of(connection, owner)).account if owner.strip() else None
    departments = (subject.department,) if subject.department else ()
    about = Subject(subject.region, owner=whose, department=subject.department, departments=departments)
    return actor, explain(actor, action.strip(), about)
