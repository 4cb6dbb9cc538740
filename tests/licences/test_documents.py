"""The document of a licence: real PDFs made, signed, read back by other programs, forged and refused."""

import asyncio
import datetime as dt
import hashlib
import io
import os
import re

import msgspec
import pypdf
import pypdfium2
import pytest
import zxingcpp

from tongban.basics.database import Database
from tongban.basics.vault import Vault
from tongban.cli.rotating import seal_anew
from tongban.connectors import signatures
from tongban.connectors.authority import DemonstrationAuthority
from tongban.connectors.document_errors import LayoutFault, LayoutReaches
from tongban.connectors.documents import DocumentMaker, make_document
from tongban.connectors.typesetting import Typesetter, own_layout
from tongban.licences import actions
from tongban.licences.errors import (
    Altered,
    DocumentRefused,
    LicenceUnknown,
    NotADocument,
    NotSigned,
    NotTheRecord,
    SignerNotTrusted,
    WrongSigner,
)
from tongban.licences.models import Document, DocumentVerification, PreparedLicence
from tongban.licences.statements import DOCUMENT
from tongban.licences.verification_code import make_code

from .cast import BIRTH, FONTS, HEALTH, POLICE, REGION, issued, prepared

NOW = dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)
PLAIN = '#set text(font: "Noto Sans SC")\n#set document(title: "x")\n'


async def made(database: Database, maker: DocumentMaker) -> tuple[PreparedLicence, Document]:
    licence = await issued(database, maker.vault)
    document = await make_document(database, maker, REGION, licence.id)
    assert document is not None
    return licence, document


async def verified(database: Database, maker: DocumentMaker, pdf: bytes) -> DocumentVerification:
    report = await signatures.signature_check(maker.keys)(pdf)
    async with database.connection() as connection:
        return await actions.verify_document(connection, maker.vault, pdf, report)


async def test_the_document_shows_holder_number_code_and_demonstration(
    database: Database, maker: DocumentMaker
) -> None:
    licence, document = await made(database, maker)
    text = re.sub(r"\s|\u200b", "", pypdf.PdfReader(io.BytesIO(document.pdf)).pages[0].extract_text())
    expected = ("王小芳", "出生医学证明", HEALTH.name, licence.number, licence.code, "2026年11月20日", "演示")
    assert not [part for part in expected if part not in text]


async def test_a_document_lies_sealed_and_one_of_before_is_read_and_sealed_by_a_rotation(
    database: Database, maker: DocumentMaker
) -> None:
    licence, document = await made(database, maker)
    async with database.connection() as connection:

        async def stored() -> bytes:
            cursor = await connection.execute("SELECT pdf FROM licences WHERE id = %s", [licence.id])
            row = await cursor.fetchone()
            assert row is not None
            return bytes(row[0])

        sealed = await stored()
        assert document.pdf[:5] not in sealed and document.pdf[-400:] not in sealed
        await connection.execute("UPDATE licences SET pdf = %s WHERE id = %s", [document.pdf, licence.id])
        read = await actions.document(connection, maker.vault, REGION, licence.id)
        assert read is not None and read.pdf == document.pdf
        assert await seal_anew(connection, maker.vault, DOCUMENT) == (1, [])
        again, read = await stored(), await actions.document(connection, maker.vault, REGION, licence.id)
        assert again.startswith(maker.vault.prefix) and read is not None and read.pdf == document.pdf


async def test_the_qr_on_the_page_leads_to_verification(database: Database, maker: DocumentMaker) -> None:
    licence, document = await made(database, maker)
    page = pypdfium2.PdfDocument(document.pdf)[0].render(scale=3).to_pil()
    assert [found.text for found in zxingcpp.read_barcodes(page)] == [maker.verify_url(licence.code)]


async def test_the_document_is_archivable(database: Database, maker: DocumentMaker) -> None:
    _, document = await made(database, maker)
    assert b"<pdfaid:part>2</pdfaid:part>" in document.pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in document.pdf


async def test_a_genuine_document_is_verified_offline(database: Database, maker: DocumentMaker) -> None:
    licence, document = await made(database, maker)
    seen = await verified(database, maker, document.pdf)
    assert (seen.licence.number, seen.licence.holder, seen.signer_name) == (licence.number, "王**", HEALTH.name)
    assert seen.signed_at is not None
    assert abs(seen.signed_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=2)


async def test_a_repeated_job_gives_the_same_document(database: Database, maker: DocumentMaker) -> None:
    licence, document = await made(database, maker)
    assert await make_document(database, maker, REGION, licence.id) == document
    assert hashlib.sha256(document.pdf).digest() == document.sha256


async def test_two_jobs_at_once_keep_one_document_and_one_entry(database: Database, maker: DocumentMaker) -> None:
    licence = await issued(database, maker.vault)
    first, second = await asyncio.gather(
        make_document(database, maker, REGION, licence.id), make_document(database, maker, REGION, licence.id)
    )
    assert first is not None and first == second
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT data->>'sha256' FROM ledger_entries WHERE subject = %s AND kind = 'licence.document_made'",
            [licence.id],
        )
        assert [row[0] for row in await cursor.fetchall()] == [first.sha256.hex()]


async def test_a_licence_that_was_ended_first_gets_no_document(database: Database, maker: DocumentMaker) -> None:
    licence = await issued(database, maker.vault)
    async with database.connection() as connection:
        await actions.revoke(connection, maker.vault, REGION, licence.id, "误发", NOW, by="case 7")
    assert await make_document(database, maker, REGION, licence.id) is None


async def test_the_genuine_document_of_a_revoked_licence_says_so(database: Database, maker: DocumentMaker) -> None:
    licence, document = await made(database, maker)
    async with database.connection() as connection:
        await actions.revoke(connection, maker.vault, REGION, licence.id, "误发", NOW, by="case 7")
    assert (await verified(database, maker, document.pdf)).licence.state == "revoked"


async def test_one_changed_byte_anywhere_is_refused(database: Database, maker: DocumentMaker) -> None:
    _, document = await made(database, maker)
    for place in range(40, len(document.pdf), len(document.pdf) // 23):
        forged = bytearray(document.pdf)
        forged[place] ^= 1
        with pytest.raises((DocumentRefused, LicenceUnknown)):
            await verified(database, maker, bytes(forged))


async def test_a_changed_name_is_called_altered(database: Database, maker: DocumentMaker) -> None:
    _, document = await made(database, maker)
    forged = document.pdf.replace(b"/Creator", b"/Kreator").replace(b"Typst", b"Tipst")
    assert forged != document.pdf
    with pytest.raises(Altered):
        await verified(database, maker, forged)


async def test_something_appended_is_called_altered(database: Database, maker: DocumentMaker) -> None:
    _, document = await made(database, maker)
    out = io.BytesIO()
    writer = pypdf.PdfWriter(io.BytesIO(document.pdf), incremental=True)
    writer.add_metadata({"/Subject": "appended"})
    writer.write(out)
    with pytest.raises(Altered):
        await verified(database, maker, out.getvalue())


def forge(maker: DocumentMaker, licence: PreparedLicence, keys: DemonstrationAuthority, signer: object) -> bytes:
    """A document for the licence's code that looks right and is signed by somebody."""
    pdf = maker.typesetter.pdf(PLAIN + "王小芳", {}, NOW)
    return signatures.sign_pdf(pdf, keys, signer, "x", maker.verify_url(licence.code))  # type: ignore[arg-type]


async def test_another_department_s_signature_is_refused(
    database: Database, maker: DocumentMaker, authority: DemonstrationAuthority
) -> None:
    licence, _ = await made(database, maker)
    forged = await asyncio.to_thread(forge, maker, licence, authority, POLICE)
    with pytest.raises(WrongSigner):
        await verified(database, maker, forged)


async def test_the_issuer_s_signature_on_another_text_is_refused(
    database: Database, maker: DocumentMaker, authority: DemonstrationAuthority
) -> None:
    licence, _ = await made(database, maker)
    forged = await asyncio.to_thread(forge, maker, licence, authority, HEALTH)
    with pytest.raises(NotTheRecord):
        await verified(database, maker, forged)


async def test_a_certificate_of_one_s_own_making_is_refused(
    database: Database, maker: DocumentMaker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    licence, _ = await made(database, maker)
    forger = DemonstrationAuthority(tmp_path_factory.mktemp("forger"))
    forged = await asyncio.to_thread(forge, maker, licence, forger, HEALTH)
    with pytest.raises(SignerNotTrusted):
        await verified(database, maker, forged)


async def test_a_signed_document_with_an_unknown_code_is_refused(
    database: Database, maker: DocumentMaker, authority: DemonstrationAuthority, vault: Vault
) -> None:
    unknown = msgspec.structs.replace(prepared(vault), code=make_code(REGION))
    forged = await asyncio.to_thread(forge, maker, unknown, authority, HEALTH)
    with pytest.raises(LicenceUnknown):
        await verified(database, maker, forged)


async def test_what_is_no_signed_pdf_is_called_so(database: Database, maker: DocumentMaker) -> None:
    with pytest.raises(NotSigned):
        await verified(database, maker, maker.typesetter.pdf(PLAIN + "王小芳", {}, NOW))
    for nonsense in (b"", b"\x89PNG", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"0" * 5_000_000):
        with pytest.raises(NotADocument):
            await verified(database, maker, nonsense)


async def test_a_pack_s_layout_replaces_the_platform_s(database: Database, maker: DocumentMaker) -> None:
    layout = PLAIN + "#let data = json(bytes(sys.inputs.data))\n#data.holder_name 专用版式"
    with_layout = DocumentMaker(maker.typesetter, maker.keys, maker.vault, maker.base_url, True, {BIRTH.id: layout})
    _, document = await made(database, with_layout)
    assert "专用版式" in pypdf.PdfReader(io.BytesIO(document.pdf)).pages[0].extract_text()


def test_a_missing_font_is_an_error_and_not_a_warning(maker: DocumentMaker) -> None:
    with pytest.raises(LayoutFault, match="unknown font"):
        maker.typesetter.pdf('#set text(font: "No Such Font")\n王芳', {}, NOW)


@pytest.mark.parametrize(
    ("layout", "word"),
    [('#import "@preview/x:1.0.0": y', "import"), ('#read("/etc/passwd")', "read"), ('#eval("1")', "eval")],
)
def test_a_layout_cannot_reach_beyond_its_data(maker: DocumentMaker, layout: str, word: str) -> None:
    with pytest.raises(LayoutReaches) as refused:
        maker.typesetter.pdf(layout, {}, NOW)
    assert refused.value.data["word"] == word


def test_a_layout_cannot_show_a_file_of_the_machine(maker: DocumentMaker) -> None:
    with pytest.raises(LayoutFault):
        maker.typesetter.pdf('#image("/../../../../etc/hostname.png")', {}, NOW)


def test_the_platform_s_own_layouts_name_only_what_is_given() -> None:
    fonts = Typesetter([FONTS])
    with pytest.raises(LayoutFault):
        fonts.pdf(own_layout("licence"), {}, NOW)


async def test_a_file_that_costs_the_process_that_reads_it_is_no_document_and_the_next_is_read(
    database: Database, maker: DocumentMaker
) -> None:
    _, document = await made(database, maker)
    await verified(database, maker, document.pdf)
    os.kill(signatures.READER._free[0].pid, 9)
    with pytest.raises(NotADocument):
        await verified(database, maker, document.pdf)
    assert (await verified(database, maker, document.pdf)).signer_name == HEALTH.name
