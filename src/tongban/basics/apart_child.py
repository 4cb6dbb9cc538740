"""The process in which hostile bytes are taken apart: little memory, no new files, nothing of the node.

Started by ``apart`` with an empty environment and the name of the one function that it runs, ``module:function``, from
bytes to bytes. Reads questions from standard input and answers on standard output until the input ends, which is also
how it ends with its parent. Whatever a decoder does here, it does to this process.
"""

import resource
import sys
from importlib import import_module
from typing import BinaryIO

LENGTH = 4
MEMORY = 2_500_000_000
"""Bytes of address space: the largest picture that is taken needs a third of it."""


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
    """Give up what taking bytes apart does not need. Cannot be undone by this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))


def main() -> None:
    """Answer until the input ends."""
    module, _, name = sys.argv[1].partition(":")
    work = getattr(import_module(module), name)
    confine()
    while (body := receive(sys.stdin.buffer)) is not None:
        send(sys.stdout.buffer, work(body))


if __name__ == "__main__":
    main()
