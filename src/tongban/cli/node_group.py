"""What ``tongban run`` and ``tongban serve`` have in common: the database, then everything beside it, then the end.

A ``NodeGroup`` owns the embedded PostgreSQL (unless the deployment names a database) and the supervised
processes. Nothing of it outlives it, however it ends.
"""

import ssl
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from tongban.cli.process import Process, ProcessSpec, end_leftovers
from tongban.cli.settings import Settings
from tongban.cli.supervisor import (
    ProcessGroup,
    Stopped,
    check_port,
    one_instance,
    signals_ignored,
    stops_on_signals,
)
from tongban.connectors.backup.plan import FILE as BACKUP_PLAN
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.web.listener import arguments

TONGBAN = (sys.executable, "-m", "tongban.cli")
SERVER = (sys.executable, "-m", "uvicorn")
NARROWEST = 100
"""Columns of what is printed where there is no terminal to ask."""


def make_console() -> Console:
    """Where progress is printed, as wide as the terminal."""
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, soft_wrap=True, width=NARROWEST)


class NodeGroup:
    """The processes of one node."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings, self.console = settings, console
        self.postgres = (
            None if settings.database_url else EmbeddedPostgres(settings.home / "postgres", progress=self.say)
        )
        self._began = time.monotonic()
        self._group = ProcessGroup([], self.say)

    def say(self, line: str) -> None:
        """One line of progress, with the seconds since the start."""
        self.console.print(f"[dim]{time.monotonic() - self._began:6.1f} s[/] {escape(line)}")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the working folder, clear what a killed run left, and stop everything at the end.

        Raises ``AlreadyRunning``, ``FolderUnwritable`` and ``PortTaken`` before anything is started. A signal
        ends it without an error.
        """
        try:
            with stops_on_signals(), one_instance(self.settings.home):
                self._clear()
                try:
                    yield
                finally:
                    self._stop()
        except Stopped:
            self.console.print("已停止")

    def _clear(self) -> None:
        if ended := end_leftovers(self.settings.home):
            self.say(f"上次运行被强行结束，已清理 {ended} 个残留进程")
        check_port(self.settings.host, self.settings.port)

    def database(self) -> str:
        """The address of the database: the deployment's own, or the embedded server's, started now."""
        if self.postgres is None:
            return self.settings.database_url or ""
        self.say("启动内置 PostgreSQL")
        return self.postgres.start()

    def serve(self, conninfo: str, beside: Sequence[ProcessSpec], witness: str | None) -> None:
        """Start web, jobs and what stands ``beside`` them; return when all are ready.

        ``witness`` is the address of the witness that the jobs process asks.
        """
        specs = [self._web(conninfo), *beside, self._jobs(conninfo, witness)]
        if self.settings.exchange_port is not None:
            specs.append(exchange_spec(self.settings, self.environment(conninfo), self.settings.exchange_port))
        if (self.settings.home / BACKUP_PLAN).exists():
            specs.append(ProcessSpec(name="backup", argv=(*TONGBAN, "backup", "keep"), env=self.environment(conninfo)))
        processes = [Process(spec, self.settings.home) for spec in specs]
        self._group = ProcessGroup([*([self.postgres] if self.postgres else []), *processes], self.say)
        self._group.start()

    def watch(self) -> None:
        """Keep everything running until a signal comes."""
        self._group.watch()

    def _stop(self) -> None:
        with signals_ignored():
            self.say("正在停止…")
            self._group.stop()
            if self.postgres is not None:
                self.postgres.stop()

    def environment(self, conninfo: str) -> dict[str, str]:
        """What every process of the node is told."""
        return node_environment(self.settings, conninfo)

    def _jobs(self, conninfo: str, witness: str | None) -> ProcessSpec:
        argv = (*TONGBAN, "jobs", *(("--witness", witness) if witness else ()))
        return ProcessSpec(name="jobs", argv=argv, env=self.environment(conninfo))

    def _web(self, conninfo: str) -> ProcessSpec:
        settings = self.settings
        argv = (*SERVER, *arguments("tongban.cli.web_process:application", settings.host, settings.port),
                "--workers", str(settings.workers))  # fmt: skip
        address = f"http://{near_address(settings.host)}:{settings.port}/health/ready"
        return ProcessSpec(name="web", argv=argv, env=self.environment(conninfo), ready=address)


def node_environment(settings: Settings, conninfo: str) -> dict[str, str]:
    """What every process of the node with ``settings`` is told."""
    return {
        "TONGBAN_DATABASE_URL": conninfo,
        "TONGBAN_HOME": str(settings.home),
        "TONGBAN_LOG_ORIGIN": settings.log_origin,
        "TONGBAN_PUBLIC_URL": settings.public_url,
        "TONGBAN_PORT": str(settings.port),
        "TONGBAN_HOST": settings.host,
        "TONGBAN_EXCHANGE_INSTANCE": settings.exchange_instance,
    }


def exchange_spec(settings: Settings, environment: dict[str, str], port: int) -> ProcessSpec:
    """The gateway of the exchange as a process of its own; with certificates it speaks TLS and asks for the caller's.

    ``<home>/keys/exchange/tls``: ``server.pem``, ``server.key`` and, to let in only whom it signed, ``authority.pem``.
    """
    folder = settings.home / "keys" / "exchange" / "tls"
    argv = [*SERVER, *arguments("tongban.cli.exchange_process:application", settings.host, port)]
    secure = (folder / "server.pem").exists()
    if secure:
        argv += ["--ssl-certfile", str(folder / "server.pem"), "--ssl-keyfile", str(folder / "server.key")]
    if secure and (folder / "authority.pem").exists():
        argv += ["--ssl-ca-certs", str(folder / "authority.pem"), "--ssl-cert-reqs", str(int(ssl.CERT_REQUIRED))]
    ready = None if secure else f"http://{near_address(settings.host)}:{port}/health/ready"
    return ProcessSpec(name="exchange", argv=argv, env=environment, ready=ready)


def near_address(host: str) -> str:
    """How this machine reaches what listens on ``host``, for a URL."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{near}]" if ":" in near else near
