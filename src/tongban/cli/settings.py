"""What a deployment may set, read once from the environment when a process starts.

Called by every command. All faults are collected and named at once, each with its variable.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tongban.cli.errors import SettingsInvalid
from tongban.licences.presenting.rules import SECONDS, USUAL_SECONDS
from tongban.parties.access.allowances import read_allowances

DEMONSTRATION_ORIGIN = "tongban.invalid/demonstration"
"""The log's name unless one is set; production needs its own."""
NODE_FILE = "node.env"
"""Settings that ``tongban init`` settled, in the working folder; the environment comes before them."""
EXCHANGE_INSTANCE = "TONGBAN"
"""The exchange network's name in identifiers unless one is set."""


class Settings(msgspec.Struct, frozen=True):
    """One deployment's settings.

    ``home``: absolute working folder (``TONGBAN_HOME``, default ``./var``). ``database_url``: any
    PostgreSQL ≥ 16 as a libpq address, None for the embedded one (``TONGBAN_DATABASE_URL``). ``host`` and
    ``port``: where the web listens (``TONGBAN_HOST``, ``TONGBAN_PORT``). ``workers``: web processes
    (``TONGBAN_WORKERS``, default one a core, at most 4). ``log_origin``: name of the transparency log as
    its checkpoints state it (``TONGBAN_LOG_ORIGIN``). ``public_url``: address that people see, without a
    closing slash; it stands in QR codes (``TONGBAN_PUBLIC_URL``). ``witness_url``: where another office's
    witness answers, None for none (``TONGBAN_WITNESS_URL``). ``exchange_port``: where the exchange's gateway listens,
    None for no gateway (``TONGBAN_EXCHANGE_PORT``). ``exchange_instance``: the network's name in its identifiers
    (``TONGBAN_EXCHANGE_INSTANCE``). ``second_wall``: whether pages and programs meet PostgreSQL's row-level security
    behind the checkpoint (``TONGBAN_SECOND_WALL``, ``on`` or ``off``). ``upload_scanner``: where a scanner of uploads
    listens that speaks clamd's protocol, None for none (``TONGBAN_UPLOAD_SCANNER``). ``proxies``: addresses or
    networks of one's own proxies, whose ``X-Forwarded-For`` says where somebody comes from (``TONGBAN_PROXIES``).
    ``allowances``: purpose → how often, where it is not the usual (``TONGBAN_ALLOWANCES``). ``shown_seconds``: how long
    the code of a licence that is shown holds (``TONGBAN_LICENCE_SHOWN_SECONDS``).
    """

    home: Path
    database_url: str | None
    host: str
    port: int
    workers: int
    log_origin: str
    public_url: str
    witness_url: str | None = None
    exchange_port: int | None = None
    exchange_instance: str = EXCHANGE_INSTANCE
    text_gateway: str | None = None
    breached_passwords: Path | None = None
    second_wall: bool = True
    upload_scanner: str | None = None
    proxies: tuple[str, ...] = ()
    allowances: Mapping[str, int] = msgspec.field(default_factory=dict)
    shown_seconds: int = USUAL_SECONDS


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in ``environment``, by default the process's. Raises ``SettingsInvalid``."""
    given = _Given(_surroundings() if environment is None else environment)
    host = given.take("TONGBAN_HOST", _host, "127.0.0.1")
    port = given.take("TONGBAN_PORT", _port, "8080")
    settings = {
        "home": given.take("TONGBAN_HOME", _folder, "./var"),
        "database_url": given.take("TONGBAN_DATABASE_URL", _database_url, ""),
        "host": host,
        "port": port,
        "workers": given.take("TONGBAN_WORKERS", _workers, str(min(os.cpu_count() or 1, 4))),
        "log_origin": given.take("TONGBAN_LOG_ORIGIN", _origin, DEMONSTRATION_ORIGIN),
        "public_url": given.take("TONGBAN_PUBLIC_URL", _public_url, f"http://{_in_url(host)}:{port}"),
        "witness_url": given.take("TONGBAN_WITNESS_URL", _witness_url, ""),
        "exchange_port": given.take("TONGBAN_EXCHANGE_PORT", _exchange_port, ""),
        "breached_passwords": given.take("TONGBAN_BREACHED_PASSWORDS", _prefixes, ""),
        "text_gateway": given.take("TONGBAN_TEXT_GATEWAY", _witness_url, ""),
        "exchange_instance": given.take("TONGBAN_EXCHANGE_INSTANCE", _instance, EXCHANGE_INSTANCE),
        "second_wall": given.take("TONGBAN_SECOND_WALL", _switch, "on"),
        "proxies": given.take("TONGBAN_PROXIES", _proxies, ""),
        "upload_scanner": given.take("TONGBAN_UPLOAD_SCANNER", _scanner, ""),
        "allowances": given.take("TONGBAN_ALLOWANCES", read_allowances, ""),
        "shown_seconds": given.take("TONGBAN_LICENCE_SHOWN_SECONDS", _shown_seconds, str(USUAL_SECONDS)),
    }
    if given.faults:
        raise SettingsInvalid(faults="; ".join(given.faults))
    return Settings(**settings)


def _surroundings() -> Mapping[str, str]:
    """The process's environment; where it is silent, what ``tongban init`` settled in the working folder."""
    home = _folder(os.environ.get("TONGBAN_HOME", "").strip() or "./var")
    try:
        lines = (home / NODE_FILE).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return os.environ
    settled = dict(line.split("=", 1) for line in lines if line.startswith("TONGBAN_") and "=" in line)
    return {**settled, **{name: value for name, value in os.environ.items() if value}}


class _Given:
    """Reads variables one by one and keeps every fault instead of stopping at the first."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def take(self, name: str, parse: Callable[[str], Any], default: str) -> Any:
        """The parsed value of ``name``, or of ``default`` when it is unset or empty; None at a fault."""
        value = self._environment.get(name, "").strip() or default
        try:
            return parse(value)
        except ValueError as fault:
            self.faults.append(f"{name}={_shown(name, value)}: {fault}")
            return None


def _shown(name: str, value: str) -> str:
    # A database address may hold a password, and messages reach logs.
    return "…" if name == "TONGBAN_DATABASE_URL" else f"“{value}”"


def _folder(value: str) -> Path:
    return Path(value).expanduser().absolute()


def _host(value: str) -> str:
    if any(mark in value for mark in "/ @"):
        raise ValueError("give a host name or an address, such as 127.0.0.1")
    return value


def _port(value: str) -> int:
    return _number(value, 1, 65535)


def _exchange_port(value: str) -> int | None:
    return _port(value) if value else None


def _instance(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", value):
        raise ValueError("give letters, digits, dots, hyphens")
    return value


def _switch(value: str) -> bool:
    if value not in ("on", "off"):
        raise ValueError("give on or off")
    return value == "on"


def _scanner(value: str) -> str | None:
    parts = urlsplit(value)
    local = parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc
    if value and not local and not (parts.scheme == "tcp" and parts.hostname and parts.port):
        raise ValueError("give an address such as tcp://127.0.0.1:3310 or unix:/run/clamav/clamd.ctl")
    return value or None


def _proxies(value: str) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_network(one.strip())) for one in value.split(",") if one.strip())


def _shown_seconds(value: str) -> int:
    return _number(value, *SECONDS)


def _workers(value: str) -> int:
    return _number(value, 1, 64)


def _number(value: str, least: int, most: int) -> int:
    if not value.isascii() or not value.isdecimal() or not least <= int(value) <= most:
        raise ValueError(f"give a whole number from {least} to {most}")
    return int(value)


def _database_url(value: str) -> str | None:
    if value and not value.startswith(("postgresql://", "postgres://")):
        raise ValueError("give an address such as postgresql://user@host/database")
    return value or None


def _origin(value: str) -> str:
    if any(mark.isspace() or mark == "+" for mark in value):
        raise ValueError("a log's origin has no blanks and no plus sign (C2SP signed-note)")
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("give an address such as https://www.example.gov.cn")
    return value.rstrip("/")


def _prefixes(value: str) -> Path | None:
    if not value:
        return None
    path = Path(value)
    if not path.is_file() or path.stat().st_size % 8:
        raise ValueError("name a file of SHA-1 prefixes, eight bytes each, sorted, one after the other")
    return path.resolve()


def _witness_url(value: str) -> str | None:
    return _public_url(value) if value else None


def _in_url(host: str | None) -> str:
    shown = {None: "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host) or ""
    return f"[{shown}]" if ":" in shown and not shown.startswith("[") else shown
