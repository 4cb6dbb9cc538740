"""Files that people send are taken apart in a process of their own, within a time and a memory.

A decoder that a hostile file makes hang, grow or crash takes that process down and not the node; the person is told
that this file is not taken, and the next file finds a new process. Called by whoever keeps uploads.
"""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Mapping

import msgspec
import structlog

from tongban.basics import upload_errors
from tongban.basics.errors import TongbanError
from tongban.basics.upload_child import Question, Reply, receive, send
from tongban.basics.upload_errors import UploadTooHeavy
from tongban.basics.uploads import Upload, UploadLimits, clean_name

SECONDS = 20.0
MOST_CHILDREN = 2
_log = structlog.get_logger("tongban.uploads")
_ERRORS: Mapping[str, type[TongbanError]] = {
    one.code: one
    for one in vars(upload_errors).values()
    if isinstance(one, type) and issubclass(one, TongbanError) and one is not TongbanError
}


class Child:
    """One process that takes files apart, one after the other."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-m", "tongban.basics.upload_child"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath},
            cwd="/",
        )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, question: Question, seconds: float) -> Reply | None:
        """The answer; None when there was none that can be read within ``seconds``, and then the process is gone."""
        assert self._process.stdin is not None and self._process.stdout is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.start()
        reply = None
        try:
            send(self._process.stdin, msgspec.msgpack.encode(question))  # type: ignore[arg-type]
            body = receive(self._process.stdout)  # type: ignore[arg-type]
            reply = msgspec.msgpack.decode(body, type=Reply) if body is not None else None
        except (OSError, msgspec.DecodeError):
            pass  # Whatever a file made of the process, nothing that it says is believed.
        finally:
            timer.cancel()
        if reply is None:
            self.end()
        return reply

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


class Room:
    """The children of one process of the node: made when they are needed, ``MOST_CHILDREN`` at a time."""

    def __init__(self, most: int = MOST_CHILDREN, seconds: float = SECONDS) -> None:
        self._free: list[Child] = []
        self._places = threading.Semaphore(most)
        self._seconds = seconds

    def check(self, question: Question) -> Upload:
        """As ``check_upload``, which runs in a child. Raises the upload errors, ``UploadTooHeavy`` among them."""
        with self._places:
            child = self._free.pop() if self._free else Child()
            reply = child.ask(question, self._seconds)
            if reply is not None:
                self._free.append(child)
        if reply is None:
            _log.warning("upload.child_lost", pid=child.pid, size=len(question.content))
            raise UploadTooHeavy(name=clean_name(question.name))
        if reply.upload is None:
            raise _ERRORS[reply.refused](None, **reply.data)
        return reply.upload

    def close(self) -> None:
        """End the children that are free."""
        while self._free:
            self._free.pop().end()


ROOM = Room()


async def check_apart(
    name: str, declared_type: str | None, content: bytes, limits: UploadLimits | None = None
) -> Upload:
    """``check_upload`` in a process of its own; raises what it raises, and ``UploadTooHeavy``."""
    limits = limits or UploadLimits()
    if len(content) > limits.raw_bytes:  # not worth a copy
        content = content[: limits.raw_bytes + 1]
    return await asyncio.to_thread(ROOM.check, Question(name, declared_type, content, limits))
