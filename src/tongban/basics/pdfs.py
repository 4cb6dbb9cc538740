"""PDFs that are safe to keep and to hand to a handler. Called by ``uploads``.

No PDF is interpreted: names that make a document active are searched for, in the file as it lies and in
its compressed object streams (ISO 32000-2, 7.5.7), where newer files keep most objects. What can not be
searched is refused rather than trusted. Everything here takes time in proportion to the file, whatever
it holds.
"""

import re
import zlib
from collections.abc import Iterator

from msgspec import Struct

from tongban.basics.upload_errors import UploadActive, UploadDamaged, UploadEncrypted

_END = rb"(?=[\x00\t\n\x0c\r ()<>\[\]{}/%]|$)"  # what may follow a name (7.2.3)
_LONG = rb"JavaScript|Launch|EmbeddedFiles?|RichMedia|ImportData|SubmitForm"
_ACTIVE_LONG = re.compile(rb"/(" + _LONG + rb")" + _END)
_ACTIVE = re.compile(rb"/(" + _LONG + rb"|JS|XFA)" + _END)
_ENCRYPT = re.compile(rb"/Encrypt" + _END)
_PAGE = re.compile(rb"/Type\s*/Page" + _END)
_OBJECT_STREAM = re.compile(rb"/ObjStm" + _END)
_FLATE_ONLY = re.compile(rb"/Filter\s*(\[\s*/FlateDecode\s*\]|/FlateDecode" + _END + rb")")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_NUMBER = re.compile(rb"(\d{1,10})\s\d{1,5}\sobj\b")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_LONGEST_DICTIONARY = 4096  # bytes before a stream that are searched for its dictionary


class _Stream(Struct, frozen=True):
    """What stands before a stream's data, and the data."""

    before: bytes
    data: bytes


def check_pdf(name: str, content: bytes, *, most_unpacked: int) -> int:
    """The number of pages of a PDF that is complete, unencrypted and passive.

    ``most_unpacked``: bytes that all object streams together may unpack to. Raises ``UploadDamaged``,
    ``UploadEncrypted``, ``UploadActive``.
    """
    if b"%%EOF" not in content[-2048:]:
        raise UploadDamaged(name=name)
    whole = _plain(content)
    if _ENCRYPT.search(whole):
        raise UploadEncrypted(name=name)
    streams, outside = _parted(content)
    try:
        objects = _plain(b"\n".join(_object_streams(streams, whole, most_unpacked)))
    except (ValueError, zlib.error) as fault:
        raise UploadDamaged(name=name) from fault
    outside = _plain(outside)
    # Inside packed bytes a short name may stand by accident; outside of them none is an accident.
    active = _ACTIVE_LONG.search(whole) or _ACTIVE.search(outside) or _ACTIVE.search(objects)
    if active:
        raise UploadActive(name=name, found=active[1].decode())
    pages = _pages(outside) + len(_PAGE.findall(objects))
    if not pages:
        raise UploadDamaged(name=name)
    return pages


def _plain(content: bytes) -> bytes:
    """``content`` with escaped names spelled out: ``/J#61vaScript`` hides nothing."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content) if b"#" in content else content


def _parted(content: bytes) -> tuple[list[_Stream], bytes]:
    """The streams of the file, and everything outside of their data."""
    streams: list[_Stream] = []
    outside: list[bytes] = []
    at = 0
    while (begin := _STREAM.search(content, at)) and (end := content.find(b"endstream", begin.end())) >= 0:
        before = content[at : begin.start()]
        outside.append(before)
        streams.append(_Stream(before[-_LONGEST_DICTIONARY:], content[begin.end() : end]))
        at = end + len(b"endstream")
    return streams, b"\n".join([*outside, content[at:]])


def _object_streams(streams: list[_Stream], whole: bytes, most: int) -> Iterator[bytes]:
    """The unpacked object streams.

    Raises ``ValueError`` when one can not be read, or when all together exceed ``most`` bytes.
    """
    left, seen = most, 0
    for stream in streams:
        dictionary = _plain(stream.before)
        dictionary = dictionary[dictionary.rfind(b"endobj") + 1 :]
        if _OBJECT_STREAM.search(dictionary):
            seen += 1
            unpacked = _unpack(dictionary, stream.data, left)
            left -= len(unpacked)
            yield unpacked
    if seen < len(_OBJECT_STREAM.findall(whole)):
        raise ValueError("an object stream lies where it can not be read")


def _unpack(dictionary: bytes, packed: bytes, most: int) -> bytes:
    if b"/Filter" not in dictionary:
        return packed
    if not _FLATE_ONLY.search(dictionary) or b"/DecodeParms" in dictionary or most <= 0:
        raise ValueError("an object stream is packed in an unusual way, or there is too much of it")
    machine = zlib.decompressobj()
    unpacked = machine.decompress(packed, most)
    if machine.unconsumed_tail:
        raise ValueError("object streams unpack to too much")
    return unpacked


def _pages(outside: bytes) -> int:
    """Page objects by their number: a file that was changed later holds a page once more, not one more page."""
    numbers: set[bytes] = set()
    for part in outside.split(b"endobj"):
        if _PAGE.search(part):
            numbers.update(_NUMBER.findall(part)[-1:])
    return len(numbers)
