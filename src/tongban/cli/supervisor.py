"""A small supervisor: starts a group of processes in order, keeps them running, stops them in reverse.

Called by ``tongban run`` and ``tongban serve``. A child is anything with ``name``, ``start``, ``alive`` and ``stop``: a
``Process`` made from a ``ProcessSpec``, or the embedded PostgreSQL. Everything runs in the main thread:
Linux ties "die with your parent" to the thread that started the child.
"""

import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from tongban.cli.errors import AlreadyRunning, PortTaken
from tongban.cli.process import Process
from tongban.connectors.folder_errors import FolderInUse
from tongban.connectors.folders import FolderLock, prepare_folder

HEALTHY_AFTER = 30.0  # seconds a child must live before its back-off starts anew
LONGEST_BACK_OFF = 2.0
"""A start costs about three seconds: with these a node that is killed again and again is back within the ten that
its ledger promises, and one that cannot start keeps half a core at most."""


class Child(Protocol):
    """What the group starts, watches and stops."""

    name: str

    def start(self) -> object:
        """Start and wait until it is ready; again after it died."""
        ...

    def alive(self) -> bool:
        """Whether it runs."""
        ...

    def stop(self) -> None:
        """Stop it and all it started; harmless when it does not run."""
        ...


class Stopped(BaseException):
    """SIGINT or SIGTERM asked the group to stop; raised in the main thread, caught by the caller."""


class ProcessGroup:
    """Children in their order of starting.

    ``progress`` is told one line for each start and each restart. A child that dies is started again
    after a back-off that doubles from half a second; one that does not come back is tried for ever, as
    the rest keeps serving.
    """

    def __init__(self, children: Sequence[Child], progress: Callable[[str], None]) -> None:
        self.children = list(children)
        self._progress = progress
        self._back_off = {child.name: 0.5 for child in children}
        self._started: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def start(self) -> None:
        """Start every child that does not run yet; at a failure stop the started ones and raise its error.

        Neighbours that are a ``Process`` get ready side by side; another child is awaited before what follows it.
        """
        try:
            waiting = [child for child in self.children if not child.alive()]
            for _, neighbours in groupby(waiting, lambda child: isinstance(child, Process)):
                self._start_together(list(neighbours))
        except BaseException:
            self.stop()
            raise

    def _start_together(self, children: Sequence[Child]) -> None:
        """First those that somebody waits for: the others would only take time from them."""
        processes = [child for child in children if isinstance(child, Process)]
        for child in children:
            if not isinstance(child, Process):
                self._start(child)
        for probed in (True, False):
            began, some = time.monotonic(), [one for one in processes if (one.spec.ready is not None) == probed]
            for process in some:
                process.launch()
            for process in some:
                process.wait_ready()
                self._is_ready(process, began)

    def watch(self, until: Callable[[], bool] = lambda: False, pause: float = 0.2) -> None:
        """Keep the children running until ``until`` says so or a signal raises ``Stopped``."""
        while not until():
            for child in self.children:
                if not child.alive():
                    self._restart_when_due(child)
            time.sleep(pause)

    def stop(self) -> None:
        """Stop all children, last started first; later signals wait until it is done.

        Processes are asked together, because each may need a second or two to finish what it has in hand.
        """
        with signals_ignored():
            for child in reversed(self.children):
                if isinstance(child, Process):
                    child.ask_to_stop()
            for child in reversed(self.children):
                child.stop()

    def _start(self, child: Child) -> None:
        began = time.monotonic()
        child.start()
        self._is_ready(child, began)

    def _is_ready(self, child: Child, began: float) -> None:
        self._started[child.name] = time.monotonic()
        self._progress(f"{child.name}: ready after {time.monotonic() - began:.1f} s")

    def _restart_when_due(self, child: Child) -> None:
        now = time.monotonic()
        if child.name not in self._due:
            if now - self._started.get(child.name, now) > HEALTHY_AFTER:
                self._back_off[child.name] = 0.5
            wait = self._back_off[child.name]
            self._back_off[child.name] = min(2 * wait, LONGEST_BACK_OFF)
            self._due[child.name] = now + wait
            self._progress(f"{child.name}: ended, starting it again in {wait:.1f} s")
        elif now >= self._due[child.name]:
            del self._due[child.name]
            self._try_again(child)

    def _try_again(self, child: Child) -> None:
        try:
            self._start(child)
        except Exception as fault:  # the others keep serving while this one is tried again
            self._progress(f"{child.name}: {fault}")


@contextmanager
def one_instance(home: Path) -> Iterator[Path]:
    """Hold the working folder ``home`` for this run, made if need be.

    Raises ``FolderUnwritable``, or ``AlreadyRunning`` naming the other process.
    """
    lock = FolderLock(prepare_folder(home) / "tongban.lock")
    try:
        lock.acquire()
    except FolderInUse as fault:
        raise AlreadyRunning(**fault.data) from fault
    try:
        yield home
    finally:
        lock.release()


def check_port(host: str, port: int) -> None:
    """Refuse before anything is started if ``host:port`` cannot be listened on. Raises ``PortTaken``."""
    family, kind, protocol, _, address = _resolved(host, port)
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(1)
        except OSError as fault:
            raise PortTaken(host=host, port=port, reason=(fault.strerror or str(fault)).lower()) from fault


def free_ports(host: str, first: int, count: int) -> list[int]:
    """``count`` ports of ``host`` that nobody listens on, from ``first`` on. Raises ``PortTaken``."""
    found: list[int] = []
    port = first
    while len(found) < count:
        if port > min(first + 1000, 65535):
            raise PortTaken(host=host, port=first, reason="no free port near it")
        with suppress(PortTaken):
            check_port(host, port)
            found.append(port)
        port += 1
    return found


def _resolved(host: str, port: int) -> Any:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror as fault:
        raise PortTaken(host=host, port=port, reason=fault.strerror) from fault


@contextmanager
def stops_on_signals() -> Iterator[None]:
    """Within, SIGINT, SIGTERM and SIGHUP raise ``Stopped`` in the main thread."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(signal.Signals(number).name)

    with _signals_handled(stop):
        yield


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Within, those signals do nothing: for what must be finished once it is begun."""
    with _signals_handled(signal.SIG_IGN):
        yield


@contextmanager
def _signals_handled(handler: Any) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
