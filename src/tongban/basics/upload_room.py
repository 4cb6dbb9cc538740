"""Files that people send are checked in a process of their own; one that hangs, grows or crashes it is not taken.

Called by whoever keeps uploads.
"""

import asyncio
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from tongban.basics import upload_errors
from tongban.basics.apart import Room
from tongban.basics.errors import TongbanError
from tongban.basics.upload_errors import UploadTooHeavy
from tongban.basics.uploads import Upload, UploadLimits, check_upload, clean_name

_ERRORS: Mapping[str, type[TongbanError]] = {
    one.code: one
    for one in vars(upload_errors).values()
    if isinstance(one, type) and issubclass(one, TongbanError) and one is not TongbanError
}


class Question(Struct, frozen=True, array_like=True):
    """One file, as ``check_upload`` is asked."""

    name: str
    declared_type: str | None
    content: bytes
    limits: UploadLimits


class Reply(Struct, frozen=True, array_like=True):
    """The file as it may be kept, or the code of the error that refuses it with what it says."""

    upload: Upload | None = None
    refused: str = ""
    data: dict[str, str | int] = {}


def answer(question: bytes) -> bytes:
    """What ``check_upload`` says; runs in the other process."""
    asked = msgspec.msgpack.decode(question, type=Question)
    try:
        reply = Reply(check_upload(asked.name, asked.declared_type, asked.content, asked.limits))
    except TongbanError as error:
        reply = Reply(refused=error.code, data=error.data)
    except MemoryError:
        reply = Reply(refused=UploadTooHeavy.code, data={"name": asked.name})
    return msgspec.msgpack.encode(reply)


ROOM = Room(f"{__name__}:{answer.__name__}")


def check(question: Question, room: Room = ROOM) -> Upload:
    """As ``check_upload``, elsewhere. Raises the upload errors, ``UploadTooHeavy`` among them."""
    told = room.ask(msgspec.msgpack.encode(question))
    try:
        reply = msgspec.msgpack.decode(told, type=Reply) if told is not None else None
    except msgspec.DecodeError:  # whatever a file made of the process, nothing unreadable is believed
        reply = None
    if reply is None:
        raise UploadTooHeavy(name=clean_name(question.name))
    if reply.upload is None:
        raise _ERRORS[reply.refused](None, **reply.data)
    return reply.upload


async def check_apart(
    name: str, declared_type: str | None, content: bytes, limits: UploadLimits | None = None
) -> Upload:
    """``check_upload`` in a process of its own; raises what it raises, and ``UploadTooHeavy``."""
    limits = limits or UploadLimits()
    if len(content) > limits.raw_bytes:  # not worth a copy
        content = content[: limits.raw_bytes + 1]
    return await asyncio.to_thread(check, Question(name, declared_type, content, limits))
