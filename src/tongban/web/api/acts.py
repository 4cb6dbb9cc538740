"""Special acts on a case for programs: suspend, extend, hear, transfer, end, deliver and the other lawful paths."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from tongban.cases.actions.procedures.performing import perform
from tongban.cases.actions.procedures.shapes import Act, Performed
from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.web.api.once import once
from tongban.web.api.parameters import Key, Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class ActKind(Struct, frozen=True):
    """One kind of act. ``states``: of the case; ``task``: whether it is about one; ``causes``: values of ``cause``."""

    kind: str
    zh: str
    en: str
    states: tuple[str, ...]
    task: str
    task_states: tuple[str, ...]
    needs: tuple[str, ...]
    causes: dict[str, str]
    basis: str | None
    event: str


@get("/acts", responses=answers(), tags=["acts"])
async def list_kinds() -> list[ActKind]:
    """Every kind of act with what it needs: the table that decides."""
    return [
        ActKind(
            kind=one.kind,
            zh=one.zh,
            en=one.en,
            states=one.states,
            task=one.task,
            task_states=one.task_states,
            needs=one.needs,
            causes={name: cause.zh for name, cause in one.causes.items()},
            basis=one.basis,
            event=one.event,
        )
        for one in PROCEDURES.values()
    ]


@post("/cases/{region:str}/{case:uuid}/acts", responses=answers(401, 403, 404, 409, 422), tags=["acts"], **SIGNED_IN)
async def do_act(
    request: WebRequest, region: Region, case: FromPath[UUID], data: JSONBody[Act], key: Key
) -> Response[Performed]:
    """Do one special act on a case, or on one of its tasks. ``revision`` is that of the case or task as last read."""

    async def act() -> Performed:
        return await perform(site_of(request).kernel, (await signed_in(request)).actor, region, case, data)

    return await once(request, key, act)


ROUTES = [list_kinds, do_act]
