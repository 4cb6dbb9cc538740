"""A small TCP proxy of the tests' own: it cuts connections in the middle, slows them down, changes bytes."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

PART = 2048


class Proxy:
    """Passes everything on to ``port``. ``cut_after``: how many bytes of answers each next connection lets through.

    ``change``: what is done to each part of an answer; ``delay``: seconds before each part.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.cut_after: list[int] = []
        self.cuts = 0
        self.delay = 0.0
        self.change: Callable[[bytes], bytes] = bytes
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no longer."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        left = self.cut_after.pop(0) if self.cut_after else None
        with caller, suppress(OSError), socket.create_connection(("127.0.0.1", self.port)) as server:
            threading.Thread(target=self._ask, args=(caller, server), daemon=True).start()
            while part := server.recv(PART):
                time.sleep(self.delay)
                part = self.change(part)
                if left is not None and len(part) >= left:
                    caller.sendall(part[:left])
                    self.cuts += 1
                    return
                left = None if left is None else left - len(part)
                caller.sendall(part)

    def _ask(self, caller: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while part := caller.recv(PART):
                server.sendall(part)
            server.shutdown(socket.SHUT_WR)


@contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """A proxy in front of ``port``, closed at the end."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
