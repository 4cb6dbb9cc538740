"""Notices that a case owes the applicant, as signed PDFs: acceptance, refusal, supplement, decision.

Called by jobs after the step that a notice tells of. The law asks that they are in writing, dated and bear the
body's seal (Administrative Licensing Law 32, 38, 39); an electronic signature has the same effect (State Council
Decree 716, Regulations on Online Government Services, 9–10). What a notice says is given by the caller: this
module knows no case.
"""

import asyncio
import datetime as dt
from typing import Literal

import msgspec
from msgspec import Struct

from tongban.connectors.documents import DocumentMaker
from tongban.connectors.signatures import Organisation, sign_pdf
from tongban.connectors.typesetting import Typesetter, chinese_date, own_layout

NoticeKind = Literal["acceptance", "refusal", "supplement", "approval", "decline"]

TITLES: dict[NoticeKind, str] = {
    "acceptance": "受理通知书",
    "refusal": "不予受理通知书",
    "supplement": "一次性补正告知书",
    "approval": "准予行政许可决定书",
    "decline": "不予行政许可决定书",
}
# What each kind must say to be lawful (Administrative Licensing Law 32, 38): see ``NoticeIncomplete``.
_NEEDED: dict[NoticeKind, tuple[str, ...]] = {
    "acceptance": (),
    "refusal": ("reasons", "appeals"),
    "supplement": ("missing",),
    "approval": (),
    "decline": ("reasons", "appeals"),
}


class Missing(Struct, frozen=True):
    """One thing to be supplied or corrected: what, and what is required of it."""

    name: str
    requirement: str = ""


class Notice(Struct, frozen=True):
    """What a notice says. ``matter`` names the item or journey; days are those of China Standard Time.

    ``number`` is the notice's own, ``due_on`` the day by which the body decides (acceptance) or the applicant
    answers (supplement), ``basis`` the law, ``appeals`` the ways of appeal in full sentences. ``title`` replaces
    the kind's title, for instance where the decision is no licence.
    """

    number: str
    case_number: str
    applicant_name: str
    matter: str
    issued_on: dt.date
    received_on: dt.date | None = None
    due_on: dt.date | None = None
    reasons: list[str] = []
    basis: list[str] = []
    missing: list[Missing] = []
    appeals: list[str] = []
    contact: str | None = None
    title: str | None = None


class NoticeIncomplete(ValueError):
    """A notice lacks what the law asks of its kind: the caller's mistake, so no error for people."""


def render_notice(
    typesetter: Typesetter, kind: NoticeKind, notice: Notice, issuer_name: str, *, demonstration: bool
) -> bytes:
    """The unsigned PDF of ``notice``. CPU work for a thread. Raises ``NoticeIncomplete``, ``LayoutFault``."""
    lacking = [name for name in _NEEDED[kind] if not getattr(notice, name)]
    if lacking:
        raise NoticeIncomplete(f"a notice of {kind} needs {', '.join(lacking)}")
    at = dt.datetime.combine(notice.issued_on, dt.time(), dt.timezone(dt.timedelta(hours=8)))
    return typesetter.pdf(own_layout("notice"), _inputs(kind, notice, issuer_name, demonstration), at)


def _inputs(kind: NoticeKind, notice: Notice, issuer_name: str, demonstration: bool) -> dict[str, str]:
    data = msgspec.to_builtins(notice)
    for name in ("issued_on", "received_on", "due_on"):
        day = getattr(notice, name)
        data[name] = chinese_date(day) if day else None
    data |= {"kind": kind, "issuer_name": issuer_name, "demonstration": demonstration}
    data["title"] = notice.title or TITLES[kind]
    return {"data": msgspec.json.encode(data).decode()}


async def make_notice(
    maker: DocumentMaker, kind: NoticeKind, notice: Notice, issuer: Organisation, contact: str
) -> bytes:
    """The PDF of ``notice``, signed by ``issuer``; ``contact`` is the address where its case can be seen.

    Raises ``NoticeIncomplete``, ``LayoutFault``, ``SigningFailed`` and the key store's errors.
    """
    return await asyncio.to_thread(_signed_notice, maker, kind, notice, issuer, contact)


def _signed_notice(maker: DocumentMaker, kind: NoticeKind, notice: Notice, issuer: Organisation, contact: str) -> bytes:
    pdf = render_notice(maker.typesetter, kind, notice, issuer.name, demonstration=maker.demonstration)
    reason = f"{notice.title or TITLES[kind]} {notice.number}"
    return sign_pdf(pdf, maker.keys, issuer, reason, contact)
