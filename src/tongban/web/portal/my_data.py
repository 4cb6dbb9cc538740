"""My data: who looked up what about me, when, why, by which right, what came of it, and what I say to that.

Departments speak here, never an officer; nothing shown reveals another person's address or case.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from tongban.basics.calendar import CST
from tongban.basics.errors import TongbanError
from tongban.cases.actions.drafts import my_drafts
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.objections import Kind, Objection, ObjectionState, object_to, objections
from tongban.cases.views.reading import my_cases
from tongban.parties.definitions import Department
from tongban.parties.guarding.appointed import guardians_of
from tongban.parties.models import Actor
from tongban.resources.actions import Narrowed, consumers, uses
from tongban.resources.models import Use
from tongban.web.desk.errors import ChoiceNeeded
from tongban.web.pages import page
from tongban.web.portal.parts import department_name, fault_of, goto, kernel_of, texts, uuid_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

PAGE = 20
LONGEST = 1000
MOST_LISTS = 3


class UseView(Struct, frozen=True):
    """One use as the page shows it. ``href`` and ``matter`` only where the case or draft is one's own.

    ``objections``: what one said about it and where that stands, each with the name of who answers.
    """

    use: Use
    provider: str
    consumer: Department | None
    consumer_name: str
    source: str
    fields: list[str]
    href: str | None
    matter: str | None
    objections: list[tuple[ObjectionState, str]]


class Asked(Struct, frozen=True):
    """What the reader wants to see: by one department (``region/id``), between two days, both included."""

    department: str = ""
    since: str = ""
    until: str = ""

    def narrowed(self) -> Narrowed:
        """As the store reads it; what is no day is left out."""
        last = _day(self.until)
        return Narrowed(
            consumer=self.department.rpartition("/")[2] or None,
            since=_day(self.since),
            until=last + dt.timedelta(days=1) if last else None,
        )

    def query(self) -> dict[str, str]:
        """Only what was asked, for links."""
        given = {"department": self.department, "since": self.since, "until": self.until}
        return {name: value for name, value in given.items() if value}


def _day(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), CST)
    except ValueError:
        return None


@get("/my-data")
async def mine(
    request: WebRequest,
    before: FromQuery[str | None] = None,
    department: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Response[str]:
    """Every use of one's data, and of that of enterprises one may act for, newest first, in everybody's cases."""
    return await _shown(request, Asked(department, since, until), uuid_of(before))


async def _shown(
    request: WebRequest,
    asked: Asked,
    last: UUID | None,
    typed: Mapping[str, str] | None = None,
    fault: dict[str, Any] | None = None,
    status: int = 200,
) -> Response[str]:
    signed, kernel = await signed_in(request), kernel_of(request)
    async with kernel.database.connection() as connection:
        found = await uses(connection, signed.actor.keys, last, PAGE + 1, asked.narrowed())
        said = await objections(connection, signed.actor.keys, [use.id for use in found])
        askers = await consumers(connection, signed.actor.keys)
        guardians = await guardians_of(connection, signed.actor.account)
    own = await _own_matters(kernel, signed.actor)
    following = urlencode({**asked.query(), "before": str(found[PAGE - 1].id)}) if len(found) > PAGE else None
    return page(
        request,
        "portal/my_data.html",
        status=status,
        views=[_view(kernel, use, own, said) for use in found[:PAGE]],
        next_href=following and f"/my-data?{following}",
        first_href=None if last is None else f"/my-data?{urlencode(asked.query())}",
        guardians=guardians,
        asked=asked,
        askers=[(f"{region}/{one}", department_name(kernel, region, one)) for region, one in askers],
        objectable=bool(kernel.oversight.objection),
        typed={"kind": "", "text": "", **(typed or {})},
        fault=fault,
        done=request.query_params.get("done"),
    )


@post("/my-data/{region:str}/{use:uuid}/objection", status_code=200)
async def objected(request: WebRequest, region: FromPath[str], use: FromPath[UUID]) -> Response[Any]:
    """Object to a use, or report wrong data; what is refused comes back with everything that was typed."""
    signed, typed = await signed_in(request), await texts(request)
    said = Objection(cast(Kind, typed.get("kind", "")), typed.get("text", "")[:LONGEST].replace("\0", ""))
    try:
        if said.kind not in ("object", "error"):
            raise ChoiceNeeded(field="kind")
        await object_to(kernel_of(request), signed.actor, region, use, said)
    except TongbanError as error:
        if error.status == 404:
            raise
        fault = fault_of(request, error, f"text-{use}") | {"use": str(use)}
        return await _shown(request, Asked(), None, typed, fault, error.status)
    return goto(f"/my-data?done={use}#use-{use}")


async def _own_matters(kernel: Kernel, actor: Actor) -> dict[UUID, tuple[str, str]]:
    """Case or draft id → address and name, of one's newest matters."""
    own = {
        draft.id: (f"/drafts/{draft.region}/{draft.id}/notice", draft.journey)
        for draft in await my_drafts(kernel, actor)
    }
    own = {key: (href, kernel.catalogue.active[journey].journey.name if journey in kernel.catalogue.active else journey)
           for key, (href, journey) in own.items()}  # fmt: skip
    cursor = None
    for _ in range(MOST_LISTS):
        cases, cursor = await my_cases(kernel, actor, cursor)
        own |= {case.id: (f"/matters/{case.region}/{case.id}", case.name) for case in cases}
        if cursor is None:
            break
    return own


def _view(kernel: Kernel, use: Use, own: dict[UUID, tuple[str, str]], said: Sequence[ObjectionState]) -> UseView:
    kind, _, name = use.source.partition(":")
    labels: dict[str, str] = {"number": "证照编号"}
    title = name
    if kind == "resource" and name in kernel.resources:
        title, fields = kernel.resources[name].name, kernel.resources[name].fields
        labels |= {field.id: field.label for field in fields}
    elif name in kernel.licence_types:
        title = kernel.licence_types[name].name
        labels |= {field.id: field.label for field in kernel.licence_types[name].fields}
    here = use.region in kernel.directory.regions
    href, matter = own.get(use.case_id, (None, None))
    return UseView(
        use=use,
        provider=department_name(kernel, use.region, use.provider),
        consumer=kernel.directory.department(use.region, use.consumer) if here else None,
        consumer_name=department_name(kernel, use.region, use.consumer),
        source=title,
        fields=[labels.get(field, field) for field in use.fields],
        href=href,
        matter=matter,
        objections=[(one, department_name(kernel, one.region, one.department)) for one in said if one.use_id == use.id],
    )
