"""The papers of a case as its applicant and the departments that take part read them: one checkpoint for both."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from msgspec import Struct

from tongban.basics.sql import load_queries
from tongban.cases.errors import CaseNotFound, NoticeNotMade
from tongban.cases.kernel import Kernel
from tongban.cases.papers.kinds import TITLES, NoticeKind
from tongban.cases.rows import context
from tongban.cases.views.reading import read_case, task_name
from tongban.cases.views.shapes import CasePage
from tongban.parties.models import Actor

_queries = load_queries("tongban.cases", "notices.sql")


class NoticeLine(Struct, frozen=True):
    """One paper in a case's list. ``sha256`` (hex) is of the PDF; absent, with ``made_at``, while it is being made."""

    id: UUID
    kind: NoticeKind
    number: str
    title: str
    title_en: str
    department: str
    department_name: str
    task: str | None
    task_name: str | None
    issued_on: dt.date
    made_at: dt.datetime | None = None
    sha256: str | None = None


class NoticeFile(Struct, frozen=True):
    """A paper to be handed out. ``name`` is a file name without signs that a system may refuse."""

    name: str
    pdf: bytes


async def listed(kernel: Kernel, actor: Actor, region: str, case_id: UUID) -> list[NoticeLine]:
    """The papers of a case, oldest first, for whoever may read the case. Raises ``CaseNotFound``."""
    async with kernel.database.connection() as connection:
        read = await read_case(connection, kernel, actor, region, case_id, "case.read")
    return await _lines(kernel, region, case_id, lambda task: task_name(read.version, task))


async def beside(kernel: Kernel, page: CasePage) -> list[NoticeLine]:
    """The papers of a case whose page the reader has been shown already."""
    names = {station.task: station.name for station in page.line.stations}
    return await _lines(kernel, page.case.region, page.case.id, lambda task: names.get(task or ""))


async def _lines(
    kernel: Kernel, region: str, case_id: UUID, name_of: Callable[[str | None], str | None]
) -> list[NoticeLine]:
    async with kernel.database.connection() as connection:
        rows = [row async for row in _queries.notices_of(connection, region=region, case_id=case_id)]
    directory = kernel.directory
    return [
        NoticeLine(
            id=row.id,
            kind=row.kind,
            number=row.number,
            title=row.title or TITLES[row.kind].zh,
            title_en=TITLES[row.kind].en,
            department=row.department,
            department_name=directory.name_at(region, row.department, row.at) or row.department,
            task=row.task,
            task_name=name_of(row.task),
            issued_on=row.issued_on,
            made_at=row.made_at,
            sha256=row.sha256.hex() if row.sha256 else None,
        )
        for row in rows
    ]


async def read(kernel: Kernel, actor: Actor, region: str, case_id: UUID, notice: UUID) -> NoticeFile:
    """One paper, for whoever may read the case. Raises ``CaseNotFound``, and ``NoticeNotMade`` while it is ordered."""
    async with kernel.database.connection() as connection:
        await read_case(connection, kernel, actor, region, case_id, "case.read")
        row = await _queries.notice_file(connection, region=region, case_id=case_id, id=notice)
        ordered = await _queries.ordered_notice(connection, region=region, case_id=case_id, id=notice)
    if ordered is None:
        raise CaseNotFound()
    if row is None:
        raise NoticeNotMade()
    pdf = kernel.vault.open(row.pdf, context(region, case_id))
    return NoticeFile(f"{row.title}-{row.number.rpartition('〕')[2]}.pdf", pdf)
