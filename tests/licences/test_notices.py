"""Papers are dated, numbered, stamped and signed, whatever stands in them."""

import asyncio
import io
import re

import pypdf
import pytest
from msgspec import structs
from tests.cases.told import DETAILS, told

from tongban.cases.papers.kinds import TITLES, NoticeKind
from tongban.cases.papers.words import compose
from tongban.connectors.documents import DocumentMaker
from tongban.connectors.notices import make_notice
from tongban.connectors.signatures import report_signature

from .cast import HEALTH


def text_of(pdf: bytes) -> str:
    """The text of all pages without blanks."""
    return re.sub(r"\s|\u200b", "", "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


@pytest.mark.parametrize("kind", list(TITLES))
async def test_a_paper_says_who_what_when_and_why_and_is_signed(maker: DocumentMaker, kind: NoticeKind) -> None:
    paper = compose(told(kind))
    pdf = await make_notice(maker, paper, HEALTH, "https://example.test/cases")
    text = text_of(pdf)
    lines = [line for part in paper.parts for line in part.lines]
    expected = [paper.title, paper.number, paper.case_number, "王芳", HEALTH.name, "2026年11月23日", "演示", *lines]
    assert not [part for part in expected if re.sub(r"\s", "", part) not in text]
    report = await asyncio.to_thread(report_signature, pdf, maker.keys.trust())
    assert (report.intact, report.trusted, report.signer_uscc) == (True, True, HEALTH.uscc)


async def test_long_reasons_run_over_pages(maker: DocumentMaker) -> None:
    paper = compose(told("decline", detail={**DETAILS["decline"], "reasons": "理由说明" * 1200}))
    pdf = await make_notice(maker, paper, HEALTH, "x")
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) > 1
    assert text_of(pdf).count("理由说明") == 1200


async def test_markup_in_a_name_stays_text(maker: DocumentMaker) -> None:
    odd = structs.replace(compose(told("grant")), applicant_name="#panic() *王* <a> $x$")
    assert "#panic()*王*<a>$x$" in text_of(await make_notice(maker, odd, HEALTH, "x"))


async def test_a_body_with_a_long_name_still_has_a_stamp(maker: DocumentMaker) -> None:
    long = structs.replace(HEALTH, name="演示市下城区人力资源和社会保障局行政审批服务办公室")
    text = text_of(await make_notice(maker, compose(told("acceptance")), long, "x"))
    assert "政务服务专用章" in text
