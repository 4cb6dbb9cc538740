"""Notices as signed PDFs: set by one layout, signed by the body that acted, kept sealed once.

Called by jobs for every paper that was ordered, as often as the job comes. The law asks that they are in writing,
dated and bear the body's seal (Administrative Licensing Law 32, 38, 39); an electronic signature has the same effect
(State Council Decree 716, Regulations on Online Government Services, 9–10). What a paper says is chosen by
``cases.papers``.
"""

import asyncio
import datetime as dt
from uuid import UUID

import msgspec

from tongban.basics.calendar import CST
from tongban.basics.database import platform_now
from tongban.cases.actions import notices
from tongban.cases.kernel import Kernel
from tongban.cases.papers.paper import Paper, spelt
from tongban.cases.papers.words import compose
from tongban.connectors.documents import DocumentMaker
from tongban.connectors.signatures import Organisation, sign_pdf
from tongban.connectors.typesetting import Typesetter, own_layout


async def make_case_notice(kernel: Kernel, maker: DocumentMaker, region: str, case_id: UUID, notice: UUID) -> None:
    """Write, sign and keep one paper; nothing for one that is made already.

    Safe to repeat and to run twice at once: the first that is kept stays. Raises ``CaseNotFound``,
    ``PaperIncomplete``, ``LayoutFault``, ``SigningFailed`` and the key store's errors; nothing is kept then.
    """
    async with kernel.database.connection() as connection:
        written = await notices.to_write(connection, kernel, region, case_id, notice)
        now = await platform_now(connection)
    if written is None:
        return
    paper = compose(written.told)
    pdf = await make_notice(maker, paper, written.issuer, f"{maker.base_url}/matters/{region}/{case_id}")
    async with kernel.database.connection() as connection:
        await notices.store(connection, kernel, written, paper, pdf, now)


async def make_notice(maker: DocumentMaker, paper: Paper, issuer: Organisation, contact: str) -> bytes:
    """The PDF of ``paper``, signed by ``issuer``; ``contact`` is the address where its case can be seen.

    Raises ``LayoutFault``, ``SigningFailed`` and the key store's errors.
    """
    return await asyncio.to_thread(_signed_notice, maker, paper, issuer, contact)


def _signed_notice(maker: DocumentMaker, paper: Paper, issuer: Organisation, contact: str) -> bytes:
    pdf = render_notice(maker.typesetter, paper, issuer.name, demonstration=maker.demonstration)
    return sign_pdf(pdf, maker.keys, issuer, f"{paper.title} {paper.number}", contact)


def render_notice(typesetter: Typesetter, paper: Paper, issuer_name: str, *, demonstration: bool) -> bytes:
    """The unsigned PDF of ``paper``. CPU work for a thread. Raises ``LayoutFault``."""
    at = dt.datetime.combine(paper.issued_on, dt.time(), CST)
    data = msgspec.to_builtins(paper)
    data |= {"issuer_name": issuer_name, "issued_on": spelt(paper.issued_on), "demonstration": demonstration}
    return typesetter.pdf(own_layout("notice"), {"data": msgspec.json.encode(data).decode()}, at)
