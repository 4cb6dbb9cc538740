"""Files that people send: what they really are, whether they are taken, and in which form they are kept.

Called for materials and attachments before anything is stored. Everything here is CPU work without waiting, and
decoders are its dangerous part: the node asks through ``upload_room``, which runs it in a confined process. Nothing is
written to disk.
"""

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Protocol

from msgspec import Struct

from tongban.basics.pdfs import check_pdf
from tongban.basics.pictures import normalise_picture
from tongban.basics.upload_errors import (
    UploadEmpty,
    UploadTooLarge,
    UploadTooManyPages,
    UploadTypeLies,
    UploadTypeRefused,
)

LONGEST_NAME = 80  # characters, so that a name of Chinese characters stays below 255 bytes in a header

_EXTENSIONS = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif", ".hif"),
    "application/pdf": (".pdf",),
}
# What senders write for the same type, and what they write when they do not know.
_SYNONYMS = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/heif": "image/heic",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heic",
    "application/x-pdf": "application/pdf",
}
_UNSAID = ("", "application/octet-stream", "binary/octet-stream")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# Only to tell the person what was found; everything outside ``_EXTENSIONS`` is refused anyway.
_REFUSED = (
    (re.compile(rb"PK\x03\x04|\xd0\xcf\x11\xe0"), "Office / ZIP"),
    (re.compile(rb"MZ|\x7fELF|#!"), "program"),
    (
        re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?<(!doctype\s+)?svg", re.I),
        "SVG",
    ),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<", re.S), "HTML / XML"),
    (re.compile(rb"GIF8"), "GIF"),
    (re.compile(rb"....ftyp", re.S), "video"),
)


class UploadLimits(Struct, frozen=True):
    """What is taken and how it is kept: bytes, pixels, pixels of the longer side, pages of a PDF.

    ``pixels`` covers today's 48-megapixel telephones; more than that is an attack or a scan gone wrong.
    """

    raw_bytes: int = 20_000_000
    picture_bytes: int = 1_500_000
    long_edge: int = 2400
    pixels: int = 64_000_000
    pages: int = 200


class Upload(Struct, frozen=True):
    """A file as it may be kept and shown: ``media_type`` is what ``content`` really is.

    ``width`` and ``height`` in pixels for pictures, ``pages`` for PDFs; None where it does not apply.
    """

    name: str
    media_type: str
    content: bytes
    width: int | None = None
    height: int | None = None
    pages: int | None = None


class Scanner(Protocol):
    """Looks for malware; a connector of the deployment (``tongban.connectors.scanning``)."""

    async def scan(self, content: bytes) -> str | None:
        """The name of what was found, None for nothing. Raises ``OSError`` or ``TimeoutError`` when it does not answer.

        An answer that can not be understood is an ``OSError`` too: nothing is taken for clean that was not called so.
        """
        ...


def check_upload(name: str, declared_type: str | None, content: bytes, limits: UploadLimits | None = None) -> Upload:
    """Check a file by its content and bring it into the form that is kept.

    Pictures are turned upright, freed of all metadata (place, camera, time), scaled and encoded anew;
    HEIC and WebP become JPEG. PDFs are kept as they are, after a search for encryption and active
    content. ``declared_type`` is the media type that the sender named (None or octet-stream: unsaid).
    Raises the errors of ``upload_errors``, each with its repair.
    """
    limits = limits or UploadLimits()
    shown = clean_name(name)
    if not content:
        raise UploadEmpty(name=shown)
    if len(content) > limits.raw_bytes:
        raise UploadTooLarge(name=shown, found=_mega(len(content)), most=_mega(limits.raw_bytes))
    real = sniff(content)
    if real is None:
        raise UploadTypeRefused(name=shown, found=_describe(content))
    _check_honesty(shown, declared_type, real)
    return _pdf(shown, content, limits) if real == "application/pdf" else _picture(shown, content, real, limits)


def sniff(content: bytes) -> str | None:
    """The media type that the first bytes prove, if it is one that is taken; else None."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "image/heic"
    # Readers also accept a PDF header further down; that is how one file becomes two things at once.
    return "application/pdf" if content.startswith(b"%PDF-") else None


def clean_name(name: str, media_type: str | None = None) -> str:
    """The last part of a file's name without control, direction or path characters, at most 80 long.

    With ``media_type`` the ending becomes the one that fits it.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join("_" if c in '<>:"|?*' else c for c in last if unicodedata.category(c)[0] != "C")
    path = PurePosixPath(kept.strip(" .") or "file")
    ending = _EXTENSIONS[media_type][0] if media_type else path.suffix[:10]
    stem = path.stem if path.suffix else path.name
    return (stem[: LONGEST_NAME - len(ending)].rstrip(" .") or "file") + ending


def _check_honesty(name: str, declared: str | None, real: str) -> None:
    """A name without ending and a type left unsaid are no lies; anything that contradicts is."""
    said = (declared or "").split(";")[0].strip().lower()
    if said not in _UNSAID and _SYNONYMS.get(said, said) != real:
        raise UploadTypeLies(name=name, said=said[:60], found=real)
    ending = PurePosixPath(name).suffix.lower()
    if ending and ending not in _EXTENSIONS[real]:
        raise UploadTypeLies(name=name, said=ending, found=real)


def _pdf(name: str, content: bytes, limits: UploadLimits) -> Upload:
    pages = check_pdf(name, content, most_unpacked=4 * limits.raw_bytes)
    if pages > limits.pages:
        raise UploadTooManyPages(name=name, found=pages, most=limits.pages)
    return Upload(clean_name(name, "application/pdf"), "application/pdf", content, pages=pages)


def _picture(name: str, content: bytes, real: str, limits: UploadLimits) -> Upload:
    picture = normalise_picture(
        name, content, real, pixels=limits.pixels, long_edge=limits.long_edge, most_bytes=limits.picture_bytes
    )
    kept = clean_name(name, picture.media_type)
    return Upload(kept, picture.media_type, picture.content, width=picture.width, height=picture.height)


def _describe(content: bytes) -> str:
    head = content[:512]
    return next((name for pattern, name in _REFUSED if pattern.match(head)), "unknown")


def _mega(amount: int) -> str:
    return f"{amount / 1_000_000:.1f}".removesuffix(".0")
