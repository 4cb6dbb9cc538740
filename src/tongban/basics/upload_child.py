"""The process in which files that people send are taken apart: little memory, no new files, nothing of the node.

Started by ``upload_room`` with an empty environment. Reads questions from standard input and answers on standard output
until the input ends, which is also how it ends with its parent. Whatever a decoder does here, it does to this process.
"""

import resource
import sys
from typing import BinaryIO

import msgspec

from tongban.basics.errors import TongbanError
from tongban.basics.upload_errors import UploadTooHeavy
from tongban.basics.uploads import Upload, UploadLimits, check_upload

LENGTH = 4
MEMORY = 2_500_000_000
"""Bytes of address space: the largest picture that is taken needs a third of it."""


class Question(msgspec.Struct, frozen=True, array_like=True):
    """One file, as ``check_upload`` is asked."""

    name: str
    declared_type: str | None
    content: bytes
    limits: UploadLimits


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """The file as it may be kept, or the code of the error that refuses it with what it says."""

    upload: Upload | None = None
    refused: str = ""
    data: dict[str, str | int] = {}


def send(stream: BinaryIO, body: bytes) -> None:
    """Write one message, its length before it."""
    stream.write(len(body).to_bytes(LENGTH, "big") + body)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """The next message; None when the other side is gone."""
    length = stream.read(LENGTH)
    if len(length) < LENGTH:
        return None
    body = stream.read(int.from_bytes(length, "big"))
    return body if len(body) == int.from_bytes(length, "big") else None


def confine() -> None:
    """Give up what taking a file apart does not need. Cannot be undone by this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))


def answer(question: Question) -> Reply:
    """What ``check_upload`` says."""
    try:
        return Reply(check_upload(question.name, question.declared_type, question.content, question.limits))
    except TongbanError as error:
        return Reply(refused=error.code, data=error.data)
    except MemoryError:
        return Reply(refused=UploadTooHeavy.code, data={"name": question.name})


def main() -> None:
    """Answer until the input ends."""
    confine()
    while (body := receive(sys.stdin.buffer)) is not None:
        send(sys.stdout.buffer, msgspec.msgpack.encode(answer(msgspec.msgpack.decode(body, type=Question))))


if __name__ == "__main__":
    main()
