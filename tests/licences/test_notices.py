"""Notices are dated, numbered, signed, and never lack what the law asks of them."""

import asyncio
import datetime as dt
import io
import re

import msgspec
import pypdf
import pytest

from tongban.connectors.documents import DocumentMaker
from tongban.connectors.notices import TITLES, Missing, Notice, NoticeIncomplete, NoticeKind, make_notice
from tongban.connectors.signatures import report_signature

from .cast import HEALTH

APPEALS = ["您可以自收到本文书之日起六十日内申请行政复议。", "您可以自收到本文书之日起六个月内提起行政诉讼。"]
NOTICE = Notice(
    number="下卫字〔2026〕17号",
    case_number="330103-261122-7KQ4M9T-W",
    applicant_name="王芳",
    matter="新生儿出生一件事",
    issued_on=dt.date(2026, 11, 22),
    received_on=dt.date(2026, 11, 20),
    due_on=dt.date(2026, 11, 27),
    reasons=["出生登记信息与人口信息不一致。"],
    basis=["《中华人民共和国行政许可法》第三十八条"],
    missing=[Missing("结婚证", "四角完整的原件照片")],
    appeals=APPEALS,
)


def text_of(pdf: bytes) -> str:
    """The text of all pages without blanks."""
    return re.sub(r"\s|\u200b", "", "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


@pytest.mark.parametrize("kind", list(TITLES))
async def test_a_notice_says_who_what_when_and_why_and_is_signed(maker: DocumentMaker, kind: NoticeKind) -> None:
    pdf = await make_notice(maker, kind, NOTICE, HEALTH, "https://example.test/cases")
    text = text_of(pdf)
    expected = [
        TITLES[kind], NOTICE.number, NOTICE.case_number, "王芳", HEALTH.name, "2026年11月22日", *NOTICE.reasons,
        *NOTICE.basis, *APPEALS, "结婚证", "演示",
    ]  # fmt: skip
    assert not [part for part in expected if part not in text]
    report = await asyncio.to_thread(report_signature, pdf, maker.keys.trust())
    assert (report.intact, report.trusted, report.signer_uscc) == (True, True, HEALTH.uscc)


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [("refusal", "reasons"), ("refusal", "appeals"), ("decline", "reasons"), ("decline", "appeals"),
     ("supplement", "missing")],
)  # fmt: skip
async def test_a_notice_without_what_the_law_asks_is_not_made(
    maker: DocumentMaker, kind: NoticeKind, lacking: str
) -> None:
    with pytest.raises(NoticeIncomplete, match=lacking):
        await make_notice(maker, kind, msgspec.structs.replace(NOTICE, **{lacking: []}), HEALTH, "x")


async def test_long_reasons_run_over_pages(maker: DocumentMaker) -> None:
    long = msgspec.structs.replace(NOTICE, reasons=["理由说明" * 60] * 20)
    pdf = await make_notice(maker, "decline", long, HEALTH, "x")
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) > 1
    assert text_of(pdf).count("理由说明") == 1200


async def test_markup_in_a_name_stays_text(maker: DocumentMaker) -> None:
    odd = msgspec.structs.replace(NOTICE, applicant_name="#panic() *王* <a> $x$", title="决定书")
    text = text_of(await make_notice(maker, "approval", odd, HEALTH, "x"))
    assert "#panic()*王*<a>$x$" in text and TITLES["approval"] not in text
