"""PDFs that are safe to keep and to hand to a handler. Called by ``uploads``.

No PDF is interpreted: names that make a document active are searched for, in the file as it lies and in
its compressed object streams (ISO 32000-2, 7.5.7), where new files keep most objects. What can not be
searched is refused rather than trusted.
"""

import re
import zlib
from collections.abc import Iterator

from tongban.basics.upload_errors import UploadActive, UploadDamaged, UploadEncrypted

_END = rb"(?=[\x00\t\n\x0c\r ()<>\[\]{}/%]|$)"  # what may follow a name (7.2.3)
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|ImportData|SubmitForm|XFA)" + _END)
_ACTIVE_LONG = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|ImportData|SubmitForm)" + _END)
_ENCRYPT = re.compile(rb"/Encrypt" + _END)
_PAGE = re.compile(rb"/Type\s*/Page" + _END)
_OBJECT_STREAM = re.compile(rb"/ObjStm" + _END)
_STREAM = re.compile(rb"(?<!end)stream\r?\n(.*?)endstream", re.S)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_FLATE_ONLY = re.compile(rb"/Filter\s*(\[\s*/FlateDecode\s*\]|/FlateDecode" + _END + rb")")
_LONGEST_DICTIONARY = 4096  # bytes before a stream that are searched for its dictionary


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
    try:
        objects = b"\n".join(_object_streams(content, most_unpacked))
    except (ValueError, zlib.error) as fault:
        raise UploadDamaged(name=name) from fault
    # Inside packed bytes a short name may stand by accident; outside of them none is an accident.
    readable = _plain(_STREAM.sub(b"", content)) + b"\n" + _plain(objects)
    active = _ACTIVE_LONG.search(whole) or _ACTIVE.search(readable)
    if active:
        raise UploadActive(name=name, found=active[1].decode())
    pages = len(_PAGE.findall(readable))
    if not pages:
        raise UploadDamaged(name=name)
    return pages


def _plain(content: bytes) -> bytes:
    """``content`` with escaped names spelled out: ``/J#61vaScript`` hides nothing."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content) if b"#" in content else content


def _object_streams(content: bytes, most: int) -> Iterator[bytes]:
    """The unpacked object streams. Raises ``ValueError`` when one can not be read, or all exceed ``most``."""
    left, seen = most, 0
    for stream in _STREAM.finditer(content):
        dictionary = _plain(content[max(0, stream.start() - _LONGEST_DICTIONARY) : stream.start()])
        dictionary = dictionary[dictionary.rfind(b"endobj") + 1 :]
        if not _OBJECT_STREAM.search(dictionary):
            continue
        seen += 1
        unpacked = _unpack(dictionary, stream[1], left)
        left -= len(unpacked)
        yield unpacked
    if seen < len(_OBJECT_STREAM.findall(_plain(content))):
        raise ValueError("an object stream lies where it can not be read")


def _unpack(dictionary: bytes, packed: bytes, most: int) -> bytes:
    if b"/Filter" not in dictionary:
        return packed
    if not _FLATE_ONLY.search(dictionary) or b"/DecodeParms" in dictionary:
        raise ValueError("an object stream is packed in an unusual way")
    machine = zlib.decompressobj()
    unpacked = machine.decompress(packed, most)
    if machine.unconsumed_tail:
        raise ValueError("object streams unpack to too much")
    return unpacked
