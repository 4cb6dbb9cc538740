"""Papers of a case: ordered when their event is drained, written from what then happened, kept sealed.

``order`` is called by jobs for every event, as often as the message comes; ``to_write`` and ``store`` by whoever
makes the PDF. Nothing of it is on the way of an act itself. ``cases.views.notices`` reads.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.course import CAUSES
from tongban.cases.errors import CaseNotFound
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, Dossier
from tongban.cases.papers.kinds import LICENSING, TITLES, NoticeKind, kind_of
from tongban.cases.papers.paper import Paper, Told
from tongban.cases.paths import pledge_text
from tongban.cases.rows import context, open_dossier
from tongban.cases.rules import ways_of_appeal
from tongban.cases.views.reading import task_name
from tongban.ledger.actions import prepare
from tongban.licences import actions as licences
from tongban.parties.definitions import Department
from tongban.services.catalogue import Catalogue, JourneyVersion
from tongban.services.definitions import Item

_queries = load_queries("tongban.cases", "notices.sql")
_ACCEPTED = ("acceptance", "deemed-acceptance")
_WAYS = {"electronic": "电子送达", "window": "窗口领取", "post": "邮寄送达"}


class ToWrite(Struct, frozen=True):
    """A paper to be written: what is known, who issues it, for which case."""

    region: str
    case_id: UUID
    id: UUID
    told: Told
    issuer: Department
    person_key: bytes


# ---- ordering ------------------------------------------------------------------------------------------------


async def order(connection: Connection, kernel: Kernel, region: str, case_id: UUID, event: UUID) -> str | None:
    """Order the paper that ``event`` asks for, in the caller's transaction. Its number; None when none is asked for.

    Safe to repeat: an event has one paper. Raises ``UnknownJourney`` while the pack's version is not taken up.
    """
    row = await _queries.event_to_tell(connection, region=region, case_id=case_id, id=event)
    kind = _kind(kernel.catalogue, row) if row is not None else None
    if kind is None:
        return None
    department = _issuer(kernel, region, row)
    await _queries.lock_numbers(connection, case_id=case_id)
    day = local_day(row.at)
    made = await _queries.order_notice(
        connection,
        region=region,
        case_id=case_id,
        id=event,
        kind=kind,
        number=f"{department.short}{TITLES[kind].word}字〔{day.year}〕{row.case_number}-",
        department=department.id,
        task=row.task,
        issued_on=day,
        now=row.at,
    )
    return made.number if made else None


def _kind(catalogue: Catalogue, row: Any) -> NoticeKind | None:
    item = item_of(catalogue.pinned(row.pack, row.version, row.journey), row.task)
    return kind_of(row.kind, row.detail, item.type if item else None)


def item_of(version: JourneyVersion, task: str | None) -> Item | None:
    """The item on which ``task`` decides; None for intake and for the whole case."""
    definition = version.journey.task(task) if task else None
    return version.items[definition.item] if definition else None


def _issuer(kernel: Kernel, region: str, row: Any) -> Department:
    """Who acted, if a department did; else whose task it is, else who leads."""
    for found in (row.actor, row.department, row.lead):
        department = kernel.directory.department(region, found) if found else None
        if department is not None:
            return department
    raise CaseNotFound()


# ---- writing -------------------------------------------------------------------------------------------------


async def to_write(connection: Connection, kernel: Kernel, region: str, case_id: UUID, notice: UUID) -> ToWrite | None:
    """What the paper ``notice`` says; None when it is made already. Raises ``CaseNotFound``."""
    row = await _queries.ordered_notice(connection, region=region, case_id=case_id, id=notice)
    case = await _queries.case_to_tell(connection, region=region, case_id=case_id)
    issuer = kernel.directory.department(region, row.department) if row else None
    if row is None or case is None or issuer is None:
        raise CaseNotFound()
    if row.made_at is not None:
        return None
    # A paper bears the name that its office had when it acted.
    called = kernel.directory.name_at(region, issuer.id, row.at) or issuer.name
    issuer = msgspec.structs.replace(issuer, name=called)
    issued = await licences.of_source(connection, kernel.vault, region, case_id)
    titles = tuple(
        dict.fromkeys(f"{one.type_name}（{one.number}）" for one in issued if one.type in _types(row, issued))
    )
    told = _told(kernel, row, case, titles, issuer)
    return ToWrite(region, case_id, notice, told, issuer, bytes(case.person_key))


def _types(row: Any, issued: Any) -> set[str]:
    """The licence types that the event names; a delivery hands over all of the case."""
    named = row.detail.get("licences")
    return {one.type for one in issued} if row.kind == "delivery" else set(named or ())


def _told(kernel: Kernel, row: Any, case: Any, issued: tuple[str, ...], issuer: Department) -> Told:
    version = kernel.catalogue.pinned(case.pack, case.version, case.journey)
    dossier = open_dossier(kernel.vault, case.region, case.id, case.dossier)
    item, detail = item_of(version, row.task), row.detail
    due_on = (_day(detail.get("due_on")) if row.kind in _ACCEPTED else None) or case.due_on
    calendar, origin = kernel.calendar_in(case.region), local_day(case.submitted_at)
    commitment = version.journey.commitment(str(detail.get("commitment", "")))
    told = detail.get("appeal")
    return Told(
        kind=row.kind,
        number=row.number,
        case_number=case.number,
        applicant_name=case.applicant_name,
        matter=version.journey.name,
        issued_on=row.issued_on,
        received_on=origin,
        detail=detail,
        basis=row.basis,
        enterprise=dossier.applicant.kind == "enterprise",
        licensing=item is not None and item.type == LICENSING,
        step=task_name(version, row.task) if row.task != INTAKE else None,
        due_on=due_on,
        provisional=due_on is not None and calendar.provisional_between(min(origin, due_on), due_on),
        provisional_days=frozenset(day for day in _days(detail) if calendar.day(day).provisional),
        cause=_cause(row, detail),
        way=_WAYS.get(str(detail.get("cause"))),
        names=_names(kernel, case.region),
        materials={m.id: (m.name, m.standard or "") for m in version.journey.materials},
        licences=issued,
        appeals=tuple(str(told).split("；")) if told else tuple(_appeals(version, row)),
        pledge=pledge_text(commitment) if commitment else None,
        commitment=commitment.name if commitment else None,
        place=_place(kernel, detail),
        contact=_contact(issuer, dossier),
    )


_ADVERSE: frozenset[NoticeKind] = frozenset({"refusal", "decline", "termination", "lapse", "revocation", "correction"})


def _appeals(version: JourneyVersion, row: Any) -> list[str]:
    """The ways of appeal that the item declares, where the event itself does not say them."""
    return ways_of_appeal(version, row.task or INTAKE) if row.kind in _ADVERSE else []


def _cause(row: Any, detail: Mapping[str, Any]) -> str | None:
    found = CAUSES.get(str(detail.get("cause")))
    return found.zh if found else None


def _names(kernel: Kernel, region: str) -> dict[str, str]:
    return {department.id: department.name for department in kernel.directory.region(region).departments}


def _place(kernel: Kernel, detail: Mapping[str, Any]) -> str | None:
    code = str(detail.get("region") or "")
    found = kernel.directory.regions.get(code)
    return found.name if found else None


def _contact(issuer: Department, dossier: Dossier) -> str:
    return "，".join(part for part in (issuer.name, issuer.address, issuer.phone) if part)


def _days(detail: Mapping[str, Any]) -> list[dt.date]:
    return [day for name in ("until", "due_on", "on") if (day := _day(detail.get(name)))]


def _day(value: object) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else None


async def store(
    connection: Connection, kernel: Kernel, written: ToWrite, paper: Paper, pdf: bytes, at: dt.datetime
) -> None:
    """Keep the signed paper, sealed, and record it; one that is kept already stays."""
    digest = hashlib.sha256(pdf).digest()
    facts = {"notice": str(written.id), "kind": paper.kind, "number": paper.number, "sha256": digest.hex()}
    entry = prepare(written.region, "notice.made", written.case_id, facts, at, written.person_key)
    await _queries.store_notice(
        connection,
        **entry.parameters(),
        region=written.region,
        case_id=written.case_id,
        id=written.id,
        title=paper.title,
        pdf=kernel.vault.seal(pdf, context(written.region, written.case_id)),
        sha256=digest,
        now=at,
    )
