"""The papers of a case: ordered with the act's event, made once, signed, sealed, read by its people and nobody else."""

import asyncio
import hashlib
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pypdf
import pytest
from tests.cases.papers_made import Jobs, jobs_of
from tests.licences.cast import FONTS
from tests.world import FANG, JING, LEAD, REGION, WEI, World

from tongban.basics.ids import new_id
from tongban.cases.errors import CaseNotFound, NoticeNotMade
from tongban.cases.models import INTAKE
from tongban.cases.papers.kinds import NOTICES, kind_of
from tongban.cases.views.notices import NoticeLine, listed, read
from tongban.connectors.authority import DemonstrationAuthority
from tongban.connectors.documents import DocumentMaker
from tongban.connectors.notices import make_case_notice
from tongban.connectors.signatures import report_signature
from tongban.connectors.typesetting import Typesetter


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> DemonstrationAuthority:
    return DemonstrationAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def typesetter() -> Iterator[Typesetter]:
    yield Typesetter([FONTS])


@pytest.fixture
async def jobs(world: World, authority: DemonstrationAuthority, typesetter: Typesetter) -> AsyncIterator[Jobs]:
    maker = DocumentMaker(typesetter, authority, world.kernel.vault, "https://node.test", demonstration=True)
    yield await jobs_of(world, maker)


async def papers(world: World, case: UUID, name: str = FANG) -> list[NoticeLine]:
    return await listed(world.kernel, await world.actor(name), REGION, case)


async def pdf_of(world: World, case: UUID, notice: UUID, name: str = FANG) -> bytes:
    return (await read(world.kernel, await world.actor(name), REGION, case, notice)).pdf


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s|\u200b", "", "".join(page.extract_text() for page in pages))


async def test_acceptance_gives_a_dated_numbered_signed_paper(world: World, jobs: Jobs) -> None:
    case = await world.accepted()
    await jobs.run()
    (paper,) = await papers(world, case)
    number = (await world.page(case)).case.number
    assert (paper.kind, paper.title, str(paper.issued_on)) == ("acceptance", "受理通知书", "2026-11-23")
    assert re.fullmatch(rf".+受字〔2026〕{re.escape(number)}-01", paper.number)
    pdf = await pdf_of(world, case, paper.id)
    text = text_of(pdf)
    assert FANG in text and number in text and paper.number in text and "《中华人民共和国行政许可法》第三十二条" in text
    report = await asyncio.to_thread(report_signature, pdf, jobs.maker.keys.trust())
    issuer = world.kernel.directory.department(REGION, paper.department)
    assert issuer is not None
    assert (report.intact, report.trusted, report.signer_uscc) == (True, True, issuer.uscc)


async def test_papers_are_numbered_within_their_case_and_issued_by_whoever_acted(world: World, jobs: Jobs) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "supplement", "照片不清楚", materials=("household_book",))
    await jobs.run()
    (paper,) = await papers(world, case)
    assert (paper.kind, paper.number[-3:]) == ("supplement", "-01")
    assert "照片不清楚" in text_of(await pdf_of(world, case, paper.id))


async def test_a_refusal_tells_reasons_and_ways_of_appeal(world: World, jobs: Jobs) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "refuse", "申请事项不属于本机关职权范围")
    await jobs.run()
    (paper,) = await papers(world, case)
    text = text_of(await pdf_of(world, case, paper.id))
    assert paper.kind == "refusal" and "不属于本机关职权范围" in text
    assert "行政复议" in text and "行政诉讼" in text


async def test_an_act_has_one_paper_however_often_its_event_is_delivered(world: World, jobs: Jobs) -> None:
    case = await world.accepted()
    waiting = await world.rows("SELECT region, id, topic, payload FROM outbox WHERE topic = 'case.accepted'")
    await jobs.run()
    (first,) = await papers(world, case)
    for row in waiting:
        await world.rows(
            "INSERT INTO outbox (region, id, topic, payload) VALUES (%(r)s, %(i)s, %(t)s, %(p)s::jsonb)",
            r=row.region, i=row.id, t=row.topic, p=json.dumps(row.payload),
        )  # fmt: skip
    await jobs.run()
    await asyncio.gather(*(make_case_notice(world.kernel, jobs.maker, REGION, case, first.id) for _ in range(3)))
    assert await papers(world, case) == [first]
    made = await world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'notice.made' AND subject = %(c)s", c=case)
    assert made == 1


async def test_what_is_kept_is_sealed(world: World, jobs: Jobs) -> None:
    case = await world.accepted()
    await jobs.run()
    (row,) = await world.rows("SELECT pdf, sha256 FROM notices")
    assert b"%PDF" not in bytes(row.pdf)
    (paper,) = await papers(world, case)
    pdf = await pdf_of(world, case, paper.id)
    assert pdf.startswith(b"%PDF") and hashlib.sha256(pdf).hexdigest() == paper.sha256


async def test_only_the_cases_people_list_and_read_its_papers(world: World, jobs: Jobs) -> None:
    case = await world.accepted()
    await jobs.run()
    (paper,) = await papers(world, case, LEAD)
    assert (await pdf_of(world, case, paper.id, LEAD)).startswith(b"%PDF")
    for name in (JING, "林晓", "吴浩"):
        with pytest.raises(CaseNotFound):
            await papers(world, case, name)
        with pytest.raises(CaseNotFound):
            await pdf_of(world, case, paper.id, name)
    with pytest.raises(CaseNotFound):
        await pdf_of(world, case, new_id())


async def test_a_paper_that_is_ordered_is_listed_before_it_is_made(world: World, jobs: Jobs) -> None:
    case = await world.accepted()
    await jobs._drained()
    (paper,) = await papers(world, case)
    assert (paper.made_at, paper.title) == (None, "受理通知书")
    with pytest.raises(NoticeNotMade):
        await pdf_of(world, case, paper.id)


async def test_every_act_that_needs_a_paper_has_one_in_the_end(world: World, jobs: Jobs) -> None:
    """A whole case with a refusal inside: the events and the papers are compared, not listed by hand."""
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.decide(WEI, case, "household_registration", "decline", "随父母任一方落户的材料不一致")
    await jobs.run()
    version = world.kernel.catalogue.active["birth"]
    rows = await world.rows("SELECT id, kind, task, detail FROM case_events WHERE case_id = %(c)s", c=case)
    items = {task.id: version.items[task.item].type for task in version.journey.tasks}
    wanted = {row.id: kind for row in rows if (kind := kind_of(row.kind, row.detail, items.get(row.task)))}
    held = await papers(world, case)
    assert {paper.id: paper.kind for paper in held} == wanted
    assert "decline" in wanted.values() and {row.kind for row in rows} & NOTICES.keys()
    assert all(paper.made_at for paper in held)
    assert [paper.number[-2:] for paper in held] == [f"{n:02d}" for n in range(1, len(held) + 1)]
