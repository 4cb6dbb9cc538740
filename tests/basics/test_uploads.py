"""Files that people send: telephone photos come out upright and bare, whatever lies or bites is refused."""

import io
import zlib
from collections.abc import Callable
from random import Random

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from tests.heic import HEIC

from tongban.basics import upload_room
from tongban.basics.errors import TongbanError
from tongban.basics.upload_errors import (
    UploadActive,
    UploadDamaged,
    UploadEmpty,
    UploadEncrypted,
    UploadTooLarge,
    UploadTooManyPages,
    UploadTooManyPixels,
    UploadTypeLies,
    UploadTypeRefused,
)
from tongban.basics.uploads import LONGEST_NAME, UploadLimits, check_upload, clean_name, sniff


def quarter(size: tuple[int, int]) -> Image.Image:
    """White with a red upper left quarter, so that a turn can be seen."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2 - 1, size[1] // 2 - 1), fill="red")
    return image


def telephone_exif() -> Image.Exif:
    """Lying on its side (orientation 6), with camera and place."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "TestCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 1.0, 2.0)})
    return exif


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photo(kind: str) -> bytes:
    return encoded(quarter((64, 40)), kind, exif=telephone_exif())


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def is_red(colour: object) -> bool:
    assert isinstance(colour, tuple)
    return bool(colour[0] > 200 and colour[1] < 90 and colour[2] < 90)


@pytest.mark.parametrize(
    ("content", "name", "declared", "kept"),
    [
        (photo("JPEG"), "IMG_1.jpg", "image/jpeg", "image/jpeg"),
        (photo("PNG"), "截图.PNG", "image/png", "image/png"),
        (photo("WEBP"), "mmexport.webp", "image/webp", "image/jpeg"),
        (HEIC, "IMG_1.HEIC", "image/heic", "image/jpeg"),
        (HEIC, "IMG_1.heif", "application/octet-stream", "image/jpeg"),
        (photo("JPEG"), "image", None, "image/jpeg"),
    ],
    ids=["jpeg", "png", "webp", "heic", "heif with unsaid type", "no ending, no type"],
)
def test_a_telephone_photo_comes_out_upright_without_place_and_camera(
    content: bytes, name: str, declared: str | None, kept: str
) -> None:
    assert b"TestCamera" in content
    upload = check_upload(name, declared, content)
    picture = opened(upload.content)
    assert (upload.media_type, upload.width, upload.height, upload.pages) == (kept, 40, 64, None)
    assert sniff(upload.content) == kept and picture.size == (40, 64)
    assert is_red(picture.getpixel((30, 10))) and not is_red(picture.getpixel((10, 10)))
    assert not picture.getexif() and b"TestCamera" not in upload.content
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


def test_a_big_photo_becomes_small_enough_to_send_and_stays_readable() -> None:
    noise = Image.frombytes("RGB", (400, 300), Random(1).randbytes(400 * 300 * 3)).resize((4000, 3000))
    content = encoded(noise, "JPEG", quality=98)
    upload = check_upload("photo.jpg", "image/jpeg", content)
    assert len(content) > 2_000_000 >= len(upload.content)
    assert upload.width is not None and 1200 <= upload.width <= 2400
    assert upload.height == pytest.approx(upload.width * 3 / 4, abs=1)


def test_a_png_too_large_to_keep_becomes_a_jpeg() -> None:
    noise = Image.frombytes("RGB", (900, 900), Random(2).randbytes(900 * 900 * 3))
    upload = check_upload("scan.png", "image/png", encoded(noise, "PNG"))
    assert (upload.media_type, upload.name) == ("image/jpeg", "scan.jpg")
    assert len(upload.content) <= 1_500_000


def test_what_is_transparent_turns_white_and_not_black() -> None:
    seal = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    upload = check_upload("seal.png", "image/png", encoded(seal, "PNG"))
    assert opened(upload.content).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("drawing.jpg", b"<?xml version='1.0'?><svg onload='x()'/>"),
        ("page.pdf", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("申请.docx", b"PK\x03\x04" + bytes(64)),
        ("申请.doc", b"\xd0\xcf\x11\xe0" + bytes(64)),
        ("setup.exe", b"MZ" + bytes(64)),
        ("photo.jpg", b"\x7fELF" + bytes(64)),
        ("film.mp4", b"\0\0\0\x18ftypmp42" + bytes(64)),
        ("moving.gif", b"GIF89a" + bytes(64)),
        ("late.pdf", b"junk before\n%PDF-1.7\n"),
        ("plain.txt", b"hello"),
    ],
)
def test_what_is_neither_photo_nor_pdf_is_refused_whatever_its_name(name: str, content: bytes) -> None:
    with pytest.raises(UploadTypeRefused):
        check_upload(name, "image/jpeg", content)


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("photo.pdf", "application/pdf"),
        ("photo.jpg", "application/pdf"),
        ("photo.png", "image/jpeg"),
        ("photo.jpg", "text/html"),
        ("photo.jpg.exe", "image/jpeg"),
        ("photo.svg", None),
    ],
)
def test_a_file_whose_type_lies_is_refused(name: str, declared: str | None) -> None:
    with pytest.raises(UploadTypeLies):
        check_upload(name, declared, photo("JPEG"))


def test_a_file_of_thirty_megabytes_is_refused_before_it_is_read() -> None:
    with pytest.raises(UploadTooLarge) as refusal:
        check_upload("big.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(30_000_000))
    assert refusal.value.status == 413 and "30" in refusal.value.message() and "20" in refusal.value.message()


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(UploadEmpty):
        check_upload("photo.jpg", "image/jpeg", b"")


@pytest.mark.parametrize("side", [9_000, 20_000])
def test_a_picture_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(side: int) -> None:
    bomb = encoded(Image.new("1", (side, side)), "PNG")
    assert len(bomb) < 1_000_000
    with pytest.raises(UploadTooManyPixels, match="megapixels"):
        check_upload("bomb.png", "image/png", bomb)


@pytest.mark.parametrize("content", [photo("JPEG"), photo("PNG"), photo("WEBP"), HEIC])
def test_a_photo_that_was_cut_off_is_refused(content: bytes) -> None:
    with pytest.raises(UploadDamaged):
        check_upload("photo", None, content[: len(content) * 6 // 10])


@settings(max_examples=150, deadline=None)
@given(
    original=st.sampled_from([photo("JPEG"), photo("PNG"), photo("WEBP"), HEIC]),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damaged_photos_are_kept_clean_or_refused_with_a_reason(
    original: bytes, changes: list[tuple[float, int]]
) -> None:
    content = bytearray(original)
    for place, value in changes:
        content[int(place * len(content))] = value
    try:  # as a node asks: a decoder that crashes takes its own process down, and the file is refused
        upload = upload_room.check(upload_room.Question("photo", None, bytes(content), UploadLimits()))
    except TongbanError as refusal:
        assert refusal.code.startswith("upload.")
    else:
        assert b"TestCamera" not in upload.content


def pdf(change: Callable[[pypdf.PdfWriter], object] = lambda writer: None, pages: int = 1) -> bytes:
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def packed_pdf(objects: bytes, options: bytes = b"/Filter /FlateDecode", name: bytes = b"/ObjStm") -> bytes:
    """A PDF whose objects lie in a compressed object stream, as newer programs write them."""
    data = zlib.compress(objects)
    head = b"1 0 obj\n<< /Type " + name + b" /N 1 /First 4 " + options + b" >>\nstream\n"
    return b"%PDF-1.7\n" + head + data + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


PAGE = b"2 0 << /Type /Page /Parent 3 0 R >>"


def test_a_pdf_is_kept_as_it_is_with_its_pages_counted() -> None:
    content = pdf(pages=3)
    upload = check_upload("合同.pdf", "application/pdf", content)
    assert (upload.name, upload.content, upload.pages, upload.width) == ("合同.pdf", content, 3, None)
    assert check_upload("new.pdf", None, packed_pdf(PAGE)).pages == 1


def test_a_page_that_a_later_signature_touched_counts_once() -> None:
    content = pdf()
    later = b"4 0 obj\n<< /Type /Page /Annots [9 0 R] >>\nendobj\n%%EOF\n"
    number = next(n for n in range(1, 9) if b"%d 0 obj\n<<\n/Type /Page\n" % n in content)
    assert check_upload("a.pdf", None, content + later.replace(b"4 0", b"%d 0" % number)).pages == 1


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (pdf().replace(b"/Type /Page\n", b"/Type /Page /AA << /O << /S /JavaScript /JS (x) >> >>\n"), "JavaScript"),
        (pdf(lambda writer: writer.add_attachment("a.exe", b"MZ")), "EmbeddedFile"),
        (packed_pdf(PAGE + b"<< /S /JavaScript /JS (x) >>"), "JavaScript"),
        (packed_pdf(PAGE + b"<< /S /Launch /F (cmd.exe) >>"), "Launch"),
        (packed_pdf(PAGE + b"<< /S /J#61vaScript >>"), "JavaScript"),
        (packed_pdf(PAGE + b"<< /JS (x) >>", name=b"/Obj#53tm"), "JS"),
        (pdf().replace(b"/Type /Page\n", b"/Type /Page /AA << /O << /S /L#61unch >> >>\n"), "Launch"),
    ],
    ids=["script", "attachment", "packed script", "packed launch", "escaped", "escaped stream", "escaped plain"],
)
def test_a_pdf_with_scripts_programs_or_attachments_is_refused(content: bytes, found: str) -> None:
    with pytest.raises(UploadActive) as refusal:
        check_upload("a.pdf", "application/pdf", content)
    assert refusal.value.data["found"].startswith(found)


def test_names_count_by_exact_case_and_whole() -> None:
    content = pdf().replace(b"/Type /Page\n", b"/Type /Page /launch 1 /LaunchX 2 /javascript 3\n")
    assert check_upload("a.pdf", None, content).pages == 1


def test_an_encrypted_pdf_is_refused() -> None:
    with pytest.raises(UploadEncrypted):
        check_upload("a.pdf", None, pdf(lambda writer: writer.encrypt("secret", algorithm="RC4-128")))


@pytest.mark.parametrize(
    "content",
    [
        pdf()[:-30],
        b"%PDF-1.7\nno page at all\n%%EOF",
        packed_pdf(PAGE, b"/Filter [/ASCIIHexDecode /FlateDecode]"),
        packed_pdf(PAGE, b"/Filter /FlateDecode /DecodeParms << /Predictor 12 >>"),
        packed_pdf(PAGE).replace(b"stream\n", b"stream\nxx", 1),
        b"%PDF-1.7\nstream\n" + packed_pdf(PAGE)[9:],
        packed_pdf(PAGE + bytes(90_000_000)),
    ],
    ids=["cut off", "no page", "packed twice", "predictor", "broken stream", "stream in a stream", "bomb"],
)
def test_a_pdf_that_can_not_be_searched_is_refused(content: bytes) -> None:
    with pytest.raises(UploadDamaged):
        check_upload("a.pdf", None, content)


@pytest.mark.parametrize("piece", [b"stream\n", b"1 0 obj ", b"stream\nendstream ", b"/Type ", b"#4a"])
def test_a_pdf_made_to_keep_the_checker_busy_is_done_with_in_seconds(piece: bytes) -> None:
    content = b"%PDF-1.7\n" + piece * (8_000_000 // len(piece)) + b"%%EOF"
    with pytest.raises(UploadDamaged):
        check_upload("a.pdf", None, content)


def test_a_pdf_with_too_many_pages_is_refused() -> None:
    with pytest.raises(UploadTooManyPages):
        check_upload("a.pdf", None, pdf(pages=4), UploadLimits(pages=3))


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\王芳\\结婚证.jpg", "结婚证.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie_ x.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("<script>.png", "_script_.png"),
        ("...", "file"),
        ("", "file"),
    ],
)
def test_a_file_name_keeps_nothing_dangerous(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@given(st.text(max_size=300))
def test_every_name_comes_out_short_and_plain(name: str) -> None:
    kept = clean_name(name, "application/pdf")
    assert kept.endswith(".pdf") and 4 < len(kept) <= LONGEST_NAME
    assert not set(kept) & set('/\\<>:"|?*\r\n\0') and not kept.startswith(".")
