"""Files that are bombs, lies or traps: uploads, Excel files, packs, archives. Each is refused soon, and noted."""

import io
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from tests.attacks.conftest import Attacker
from tests.world import CLAIM, FANG, REGION, World

from tongban.basics.workbooks import Unreadable, open_book, read_book
from tongban.cli.kernel_stage import photo

PDF = b"%PDF-1.7\n1 0 obj<</Type/Page>>endobj\n"
END = b"\ntrailer<<>>\n%%EOF"


def _png(width: int, height: int) -> bytes:
    """A picture that says it is large; its pixels are nothing but noughts, packed a thousandfold."""

    def part(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    pixels = zlib.compress(bytes(min(height * (width * 3 + 1), 60_000_000)), 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixels) + part(b"IEND", b"")


def _object_stream(times: int) -> bytes:
    packed = zlib.compress(b"/Type /Page " * times, 9)
    return PDF + b"2 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n" + packed + b"\nendstream endobj" + END


def _zip(name: str, content: bytes, times: int = 1) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(times):
            packed.writestr(f"{number}{name}", content)
    return out.getvalue()


def _nested(levels: int) -> bytes:
    """An archive in an archive in an archive, of noughts."""
    content = bytes(20_000_000)
    for level in range(levels):
        content = _zip(f"{level}.zip", content, 3)
    return content


def _linked() -> bytes:
    """An archive whose members are a link out of it and a path upwards."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")
        packed.writestr("../../../../tmp/evil", b"x")
    return out.getvalue()


def _workbook(**members: bytes) -> bytes:
    """An Excel file with further members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        for name, content in members.items():
            packed.writestr(f"xl/{name}", content)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        member = tarfile.TarInfo("../../evil")
        member.size = 20_000_000
        tar.addfile(member, io.BytesIO(bytes(member.size)))
    return out.getvalue()


GIF = b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0) + bytes(6) + b"," + bytes(4)
TIFF = b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + struct.pack("<HHIIHHII", 256, 4, 1, 2**31, 257, 4, 1, 2**31)
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENTITIES = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'

UPLOADS: dict[str, Callable[[], tuple[str, str, bytes]]] = {
    "pixels": lambda: ("a.png", "image/png", _png(60_000, 60_000)),
    "too many pixels": lambda: ("a.png", "image/png", _png(9_000, 9_000)),
    "pixels that are not there": lambda: ("a.png", "image/png", _png(7_000, 7_000)[:40_000]),
    "object streams": lambda: ("a.pdf", "application/pdf", _object_stream(12_000_000)),
    "script in a PDF": lambda: ("a.pdf", "application/pdf", PDF + b"2 0 obj<</S/JavaScript/JS(x)>>endobj" + END),
    "hidden script": lambda: ("a.pdf", "application/pdf", PDF + b"2 0 obj<</S/J#61vaScript>>endobj" + END),
    "launch": lambda: ("a.pdf", "application/pdf", PDF + b"2 0 obj<</S/Launch/F(cmd.exe)>>endobj" + END),
    "attachment": lambda: ("a.pdf", "application/pdf", PDF + b"2 0 obj<</EmbeddedFiles 3 0 R>>endobj" + END),
    "program as a picture": lambda: ("a.jpg", "image/jpeg", b"MZ" + bytes(3000)),
    "page as a picture": lambda: ("a.jpg", "image/jpeg", b"<html><script>alert(1)</script>"),
    "drawing with a script": lambda: ("a.svg", "image/svg+xml", b"<svg onload='alert(1)'/>"),
    "archive as a picture": lambda: ("a.jpg", "image/jpeg", _zip("a", bytes(100_000_000))),
    "two things at once": lambda: ("a.jpg", "image/jpeg", b"%PDF-1.4" + photo()),
    "broken picture": lambda: ("a.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(100_000)),
    "broken HEIC": lambda: ("a.heic", "image/heic", b"\0\0\0\x18ftypheic" + b"\xff" * 100_000),
    "office macros": lambda: ("a.doc", "application/msword", b"\xd0\xcf\x11\xe0" + bytes(4000)),
    "an archive in archives": lambda: ("a.zip", "application/zip", _nested(3)),
    "an archive in archives as a PDF": lambda: ("a.pdf", "application/pdf", _nested(2)),
    "links and paths out": lambda: ("a.zip", "application/zip", _linked()),
    "links and paths out as a picture": lambda: ("a.png", "image/png", _linked()),
    "a tar with a path out": lambda: ("a.tgz", "application/gzip", _tar()),
    "a tar as a picture": lambda: ("a.jpg", "image/jpeg", _tar()),
    "noughts packed": lambda: ("a.gz", "application/gzip", zlib.compress(bytes(50_000_000), 9)),
    "a workbook with macros": lambda: ("a.xlsm", SHEETS, _workbook(**{"vbaProject.bin": b"\xd0\xcf\x11\xe0" * 900})),
    "a workbook with entities": lambda: ("a.xlsx", SHEETS, _workbook(**{"workbook.xml": ENTITIES})),
    "a workbook as a PDF": lambda: ("a.pdf", "application/pdf", _workbook(**{"workbook.xml": ENTITIES})),
    "XML with entities": lambda: ("a.xml", "application/xml", ENTITIES),
    "a drawing with entities": lambda: ("a.svg", "image/svg+xml", ENTITIES.replace(b"<x>", b"<svg>")),
    "four thousand million pixels": lambda: ("a.gif", "image/gif", GIF),
    "four thousand million pixels as a photograph": lambda: ("a.jpg", "image/jpeg", GIF),
    "a scan without end": lambda: ("a.tif", "image/tiff", TIFF),
    "a PDF after a program": lambda: ("a.pdf", "application/pdf", b"MZ" + bytes(2000) + PDF + END),
    "a PDF and an archive": lambda: (
        "a.pdf",
        "application/pdf",
        PDF + b"2 0 obj<</S/JavaScript>>endobj" + END + _linked(),
    ),
}


@pytest.fixture(scope="module")
async def draft(world: World) -> UUID:
    """王芳's draft."""
    made: UUID = (await world.ready(**CLAIM)).id
    return made


@pytest.mark.parametrize(
    "what", [pytest.param(one, marks=() if at % 5 == 4 else pytest.mark.long) for at, one in enumerate(UPLOADS)]
)
async def test_a_hostile_upload_is_refused_soon_and_noted(attacker: Attacker, draft: UUID, what: str) -> None:
    name, kind, content = UPLOADS[what]()
    before, began = await attacker.noted(FANG, "upload"), time.monotonic()
    path = f"/api/v1/drafts/{REGION}/{draft}/materials/medical_bill/files"
    answer = await attacker.send(FANG, "POST", path, files={"file": (name, content, kind)})
    assert answer.status_code in (413, 415, 422), answer.text
    assert time.monotonic() - began < 25
    assert await attacker.noted(FANG, "upload") == before + 1
    held = "SELECT count(*) FROM case_files WHERE case_id = %(c)s AND removed_at IS NULL"
    assert await attacker.world.one(held, c=draft) == 0


NAMES = (
    "../../../etc/passwd",
    "..\\..\\windows\\a.jpg",
    "/etc/cron.d/x.jpg",
    "a\x00.jpg",
    "CON.jpg",
    "\u202egpj.exe.jpg",
    "a.jpg\r\nX-Evil: 1",
    "<script>.jpg",
    "'; DROP TABLE cases;--.jpg",
    "." * 300 + ".jpg",
)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
async def test_a_name_leads_nowhere_and_breaks_no_header(attacker: Attacker, draft: UUID, name: str) -> None:
    path = f"/api/v1/drafts/{REGION}/{draft}/materials/medical_bill/files"
    made = await attacker.send(FANG, "POST", path, files={"file": (name, photo(), "image/jpeg")})
    assert made.status_code in (200, 201, 400, 422)
    if made.status_code < 300:
        kept = made.json()["name"]
        assert not set(kept) & set('/\\<>\r\n\0\u202e"') and kept != ".." and len(kept) <= 80
        read = await attacker.send(FANG, "GET", f"/drafts/{REGION}/{draft}/files/{made.json()['id']}")
        assert read.status_code == 200 and "x-evil" not in read.headers
        await attacker.send(FANG, "DELETE", f"/api/v1/drafts/{REGION}/{draft}/files/{made.json()['id']}")


LAUGHS = "".join(f'<!ENTITY l{n} "{"".join(f"&l{n - 1};" for _ in range(10))}">' for n in range(1, 10))
SHEET = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{}]><worksheet xmlns="http://schemas.openxmlformats.org/'
    'spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row></sheetData>'
    "</worksheet>"
)

PLAIN = SHEET.replace('<!DOCTYPE x [<!ENTITY l0 "ha">{}]>', "").format("plain")


def _book(sheet: str) -> bytes:
    """An Excel file that is good but for its sheet."""
    from openpyxl import Workbook

    good, out = io.BytesIO(), io.BytesIO()
    Workbook().save(good)
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for one in source.infolist():
            hostile = one.filename.endswith("sheet1.xml")
            changed.writestr(one.filename, sheet if hostile else source.read(one.filename))
    return out.getvalue()


def _read(content: bytes) -> str:
    return "".join(str(cell.value) for rows in read_book(content, 100).values() for row in rows for cell in row)


def test_a_workbook_laughs_at_nobody_and_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of this machine")
    outside = f'<!ENTITY out SYSTEM "file://{secret}">'
    assert _read(_book(PLAIN)) == "plain"
    for sheet in (SHEET.format(LAUGHS, "&l9;"), SHEET.format(outside, "&out;"), SHEET.format("", "plain")):
        began = time.monotonic()
        try:
            said = _read(_book(sheet))
        except Unreadable:
            said = ""
        assert len(said) < 10_000 and "of this machine" not in said and time.monotonic() - began < 2


@pytest.mark.parametrize(
    "content", [_zip("xl/a.xml", bytes(120_000_000)), b"PK\x03\x04" + bytes(100), b"\xd0\xcf\x11\xe0"]
)
def test_a_workbook_that_is_a_bomb_or_none_is_refused_unopened(content: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(Unreadable):
        open_book(content)
    assert time.monotonic() - began < 1
