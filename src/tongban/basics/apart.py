"""Hostile bytes are taken apart in a process of their own, within a time and a memory.

A decoder that a file makes hang, grow or crash takes that process down and not the node; the next file finds a new
process. Uploads, Excel files and signed PDFs go this way.
"""

import os
import subprocess
import sys
import threading

import structlog

from tongban.basics.apart_child import receive, send

SECONDS = 20.0
MOST_CHILDREN = 2
_log = structlog.get_logger("tongban.apart")


class Child:
    """One process that runs ``work`` (``module:function``, bytes to bytes), one question after the other."""

    def __init__(self, work: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "tongban.basics.apart_child", work],
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

    def ask(self, question: bytes, seconds: float) -> bytes | None:
        """The answer; None when there was none within ``seconds``, and then the process is gone."""
        assert self._process.stdin is not None and self._process.stdout is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.start()
        try:
            send(self._process.stdin, question)  # type: ignore[arg-type]
            body = receive(self._process.stdout)  # type: ignore[arg-type]
        except OSError:
            body = None
        finally:
            timer.cancel()
        if body is None:
            self.end()
        return body

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


class Room:
    """The children of one process of the node for one kind of work: made when needed, ``most`` at a time."""

    def __init__(self, work: str, most: int = MOST_CHILDREN, seconds: float = SECONDS) -> None:
        self._work = work
        self._free: list[Child] = []
        self._places = threading.Semaphore(most)
        self._seconds = seconds

    def ask(self, question: bytes) -> bytes | None:
        """The answer, None when it cost the process. Waits for a free child: call it in a thread."""
        with self._places:
            child = self._free.pop() if self._free else Child(self._work)
            answer = child.ask(question, self._seconds)
            if answer is not None:
                self._free.append(child)
        if answer is None:
            _log.warning("apart.child_lost", work=self._work, pid=child.pid, size=len(question))
        return answer

    def close(self) -> None:
        """End the children that are free."""
        while self._free:
            self._free.pop().end()
