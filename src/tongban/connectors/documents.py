"""The PDF of a licence: made after the decision, signed by the issuer, kept once.

Called by jobs for every outbox message ``licence.issued``, as often as the message comes.

Contract of a layout (Typst): ``sys.inputs.data`` is JSON with ``type_name``, ``number``, ``code``,
``holder_name``, ``issuer_name``, ``issued_on``, ``valid_until`` (null: until it is ended), ``fields`` (a list of
``label`` and ``value``), ``verify_url`` and ``demonstration`` (boolean); dates are spelt 2026年11月22日.
``sys.inputs.qr`` is the SVG of the QR code of ``verify_url``.
"""

import asyncio
import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
import segno

from tongban.basics.calendar import local_day
from tongban.basics.database import Database, platform_now
from tongban.basics.vault import Vault
from tongban.connectors.signatures import KeyStore, sign_pdf
from tongban.connectors.typesetting import Typesetter, chinese_date, own_layout
from tongban.licences import actions
from tongban.licences.models import Document, Licence, StatedField


@dataclass(frozen=True)
class DocumentMaker:
    """What documents are made with.

    ``base_url`` (without a final slash) is where the public verifies; ``layouts`` maps licence types to Typst
    text, and a type without one gets the platform's. ``demonstration`` puts 演示 across every page.
    """

    typesetter: Typesetter
    keys: KeyStore
    vault: Vault
    base_url: str
    demonstration: bool
    layouts: Mapping[str, str] = field(default_factory=dict)

    def verify_url(self, code: str) -> str:
        """Where the licence with verification code ``code`` is verified."""
        return f"{self.base_url}/verify/{code}"


async def make_document(database: Database, maker: DocumentMaker, region: str, licence_id: UUID) -> Document | None:
    """Make, sign and keep the document of a licence; return the one on record.

    Safe to repeat and to run twice at once: the first document that is kept stays. None for a licence that was
    ended before it had one. Raises ``LicenceUnknown``, ``LayoutFault``, ``LayoutReaches``, ``SigningFailed`` and
    the key store's errors; nothing is kept then.
    """
    async with database.connection() as connection:
        kept = await actions.document(connection, maker.vault, region, licence_id)
        if kept is not None:
            return kept
        licence = await actions.read(connection, maker.vault, region, licence_id)
        now = await platform_now(connection)
    if licence.state in ("revoked", "withdrawn", "cancelled"):
        return None
    pdf = await asyncio.to_thread(render_licence, maker, licence, now)
    async with database.connection() as connection:
        await actions.store_document(connection, maker.vault, licence, pdf, now)
        return await actions.document(connection, maker.vault, region, licence_id)


def render_licence(maker: DocumentMaker, licence: Licence, at: dt.datetime) -> bytes:
    """The signed PDF of ``licence``, dated ``at``. CPU work for a thread: about 0.2 s."""
    layout = maker.layouts.get(licence.type) or own_layout("licence")
    pdf = maker.typesetter.pdf(layout, licence_inputs(maker, licence), at)
    url = maker.verify_url(licence.code)
    return sign_pdf(pdf, maker.keys, licence.issuer, f"颁发电子证照：{licence.type_name}", url)


def licence_inputs(maker: DocumentMaker, licence: Licence) -> dict[str, str]:
    """What a layout is given: ``data`` and ``qr`` of the contract above."""
    url = maker.verify_url(licence.code)
    data = {
        "type_name": licence.type_name,
        "number": licence.number,
        "code": licence.code,
        "holder_name": licence.holder_name,
        "issuer_name": licence.issuer.name,
        "issued_on": chinese_date(local_day(licence.issued_at)),
        "valid_until": chinese_date(licence.valid_until) if licence.valid_until else None,
        "fields": [{"label": stated.label, "value": _shown(stated)} for stated in licence.fields],
        "verify_url": url,
        "demonstration": maker.demonstration,
    }
    return {"data": msgspec.json.encode(data).decode(), "qr": qr_svg(url)}


def _shown(stated: StatedField) -> str:
    return chinese_date(dt.date.fromisoformat(stated.value)) if stated.kind == "date" else stated.value


def qr_svg(text: str) -> str:
    """The QR code of ``text`` as SVG, with the quiet zone that readers need; a quarter of it may be damaged."""
    out = io.BytesIO()
    segno.make_qr(text, error="q", boost_error=False).save(out, kind="svg", border=4, xmldecl=False)
    return out.getvalue().decode()
