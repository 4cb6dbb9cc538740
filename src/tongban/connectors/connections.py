"""The deployment's list of connectors: ``connectors.yaml``, one entry a resource, each of one of five kinds.

Called by the composition root and by the doctor. Packs hold no addresses and no credentials; this file and the
credential files beside it do. Every fault of the list is told at once. Nothing here loads an engine: each is
imported when the first entry of its kind is connected.
"""

from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import msgspec
import yaml

from tongban.connectors.connection_errors import ConnectorsInvalid
from tongban.connectors.credentials import Credential
from tongban.connectors.departmental import HttpProvider
from tongban.connectors.openapi import REASONS, OpenApiProvider, Place, mapped
from tongban.connectors.openapi_description import Description
from tongban.connectors.tables.provider import TableProvider
from tongban.connectors.tables.source import As, Column
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.provider import Provider

FILES = (".csv", ".txt", ".parquet", ".xlsx")


class Connected(Provider, Protocol):
    """A provider that the doctor can look at and that lets go of what it holds."""

    async def probe(self, seconds: float) -> str | None:
        """None when the other side answers within ``seconds``, else the reason. Asks for no record."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class ReadAs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"as_": "as"}):
    """A column, or a place in an answer, whose values are read as something more exact than the other side says."""

    at: str
    as_: As


Columns = dict[str, str | ReadAs]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """One entry. Paths in it are relative to the list's folder."""

    def connect(self, folder: Path, client: httpx.AsyncClient) -> Connected:
        """The provider. Raises ``ValueError`` and ``OSError`` in words that name the repair."""
        raise NotImplementedError

    @property
    def where(self) -> str:
        """Where it answers, for the doctor; without any credential."""
        raise NotImplementedError


class Department(Entry, frozen=True, tag="department"):
    """A system that speaks the platform's own protocol (docs/departments.md)."""

    url: str
    token_file: str

    @property
    def where(self) -> str:
        """Its address."""
        return self.url

    def connect(self, folder: Path, client: httpx.AsyncClient) -> Connected:
        """The provider. Raises ``ValueError``, ``OSError``."""
        _check_web("url", self.url)
        return HttpProvider(self.url, _credential(folder, "token_file", self.token_file), client)


class OpenApi(Entry, frozen=True, tag="openapi"):
    """An HTTP API with a description. See ``openapi.Mapped`` for ``send``, ``record``, ``fields``, ``missing``.

    ``personal_in_address`` allows a key field in path or query, where proxies and servers write it into logs.
    """

    description: str
    server: str
    operation: str
    send: dict[str, str]
    fields: Columns
    credential_file: str
    record: str = ""
    missing: tuple[int, ...] = (404,)
    user: str = ""
    personal_in_address: bool = False

    @property
    def where(self) -> str:
        """Server and operation."""
        return f"{self.server} {self.operation}"

    def connect(self, folder: Path, client: httpx.AsyncClient) -> Connected:
        """The provider; the mapping is checked against the description. Raises ``ValueError``, ``OSError``."""
        _check_web("server", self.server)
        if not set(self.send) - set(REASONS):
            raise ValueError("send must say where the key fields go")
        way = mapped(
            Description(folder / self.description),
            self.operation,
            self.send,
            self.record,
            {name: Place(*_read_as(place)) for name, place in self.fields.items()},
            self.missing,
            self.personal_in_address,
        )
        credential = _credential(folder, "credential_file", self.credential_file)
        return OpenApiProvider(self.server, way, credential, client, self.user)


class Node(Entry, frozen=True, tag="node"):
    """A resource of another Tongban node (docs/exchange.md): its name, its address, and this node's certificate for it.

    Without ``authority`` the connection is not encrypted: for one machine only.
    """

    peer: str
    url: str
    authority: str | None = None
    certificate: str | None = None
    key: str | None = None

    @property
    def where(self) -> str:
        """The node and its address."""
        return f"{self.peer} {self.url}"

    def connect(self, folder: Path, client: httpx.AsyncClient) -> Connected:
        """The provider. Raises ``ValueError``, ``OSError``."""
        from tongban.connectors.exchange_node import NodeProvider, node_client

        _check_web("url", self.url)
        places = (folder / name if name else None for name in (self.authority, self.certificate, self.key))
        keys = KeyRing(folder / "keys" / "exchange", makes=False)
        return NodeProvider(self.peer, self.url, keys, node_client(*places))


class Postgresql(Entry, frozen=True, tag="postgresql"):
    """A PostgreSQL table. ``order``: the unique column by which lists are read; without it only single records."""

    address: str
    table: str
    columns: Columns
    password_file: str
    order: str | None = None

    @property
    def where(self) -> str:
        """Address and table."""
        return f"{self.address} {self.table}"

    def connect(self, folder: Path, client: httpx.AsyncClient) -> Connected:
        """The provider. Raises ``ValueError``, ``OSError``."""
        from tongban.connectors.tables.postgresql import PostgresTable

        _check_database(self.address, "postgresql", "postgres")
        credential = _credential(folder, "password_file", self.password_file)
        return TableProvider(
            PostgresTable(self.address, self.table, credential, self.order), _columns(self.columns), self.table
        )


class Mysql(Entry, frozen=True, tag="mysql"):
    """A MySQL or MariaDB table. ``certificates``: a file of trusted authorities, to encrypt the connection."""

    address: str
    table: str
    columns: Columns
    password_file: str
    order: str | None = None
    certificates: str | None = None

    @property
    def where(self) -> str:
        """Address and table."""
        return f"{self.address} {self.table}"

    def connect(self, folder: Path, client: httpx.AsyncClient) -> Connected:
        """The provider. Raises ``ValueError``, ``OSError``."""
        from tongban.connectors.tables.mysql import MysqlTable

        _check_database(self.address, "mysql", "mariadb")
        credential = _credential(folder, "password_file", self.password_file)
        trusted = str(folder / self.certificates) if self.certificates else None
        source = MysqlTable(self.address, self.table, credential, self.order, trusted)
        return TableProvider(source, _columns(self.columns), self.table)


class File(Entry, frozen=True, tag="file"):
    """A dropped file: CSV, Parquet or Excel by its ending."""

    path: str
    columns: Columns
    delimiter: str | None = None
    sheet: str | None = None

    @property
    def where(self) -> str:
        """The file."""
        return self.path

    def connect(self, folder: Path, client: httpx.AsyncClient) -> Connected:
        """The provider; the file need not be there yet. Raises ``ValueError``."""
        path = folder / self.path
        if path.suffix.lower() not in FILES or any(mark in self.path for mark in "*?["):
            raise ValueError(f"path {self.path!r} must name one file that ends in {', '.join(FILES)}")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise ValueError("delimiter must be one character")
        from tongban.connectors.tables.files import FileTable

        return TableProvider(FileTable(path, self.delimiter, self.sheet), _columns(self.columns), path.name)


AnyEntry = Department | OpenApi | Postgresql | Mysql | File | Node


class Listed(msgspec.Struct, frozen=True):
    """One line of the list: the entry as written and the provider made from it, which has asked nothing yet."""

    entry: AnyEntry
    provider: Connected


def read_connectors(path: Path, client: httpx.AsyncClient) -> dict[str, Listed]:
    """Every entry of ``connectors.yaml``, by resource; those over HTTP share ``client``, which its owner closes.

    Raises ``ConnectorsInvalid`` with every fault and its repair at once.
    """
    found: dict[str, Listed] = {}
    faults: list[str] = []
    for resource, given in _content(path).items():
        try:
            entry: AnyEntry = msgspec.convert(_tagged(given), AnyEntry)
            found[str(resource)] = Listed(entry, entry.connect(path.parent, client))
        except (ValueError, OSError) as fault:  # a refused conversion is a ValueError
            faults.append(f"{resource}: {_words(fault)}")
    if faults:
        raise _invalid(path, *faults)
    return found


def _content(path: Path) -> dict[Any, Any]:
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise _invalid(path, f"{_words(fault)}; write it or correct its place") from fault
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise _invalid(path, f"not valid YAML: {' '.join(str(fault).split())}") from fault
    if not isinstance(entries, dict):
        raise _invalid(path, "expected a mapping of resource id to an entry such as {url, token_file}")
    return entries


def _tagged(given: Any) -> Any:
    """Without a kind it is a department with the platform's own protocol."""
    return {"kind": "department", **given} if isinstance(given, dict) else given


def _check_web(name: str, address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{name} {address!r} must begin with https:// or http:// and name a host")
    if parts.username or parts.password or parts.query:
        raise ValueError(f"{name} must hold neither credentials nor a query; the token has a file of its own")


def _check_database(address: str, *schemes: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in schemes or not parts.path.strip("/"):
        raise ValueError(f"address must read {schemes[0]}://user@host:port/database")
    if parts.password or "password" in parts.query:
        raise ValueError("address must hold no password; it has a file of its own")


def _credential(folder: Path, name: str, file: str) -> Credential:
    try:
        return Credential(folder / file)
    except ValueError as fault:
        raise ValueError(f"{name} {file!r}: {fault}") from fault


def _columns(given: Columns) -> dict[str, Column]:
    return {name: Column(*_read_as(place)) for name, place in given.items()}


def _read_as(place: str | ReadAs) -> tuple[str, As | None]:
    return (place, None) if isinstance(place, str) else (place.at, place.as_)


def _words(fault: Exception) -> str:
    if isinstance(fault, OSError) and fault.filename is not None:
        return f"can not read {fault.filename} ({fault.strerror})"
    return str(fault)


def _invalid(path: Path, *faults: str) -> ConnectorsInvalid:
    return ConnectorsInvalid(path=str(path), count=len(faults), faults="; ".join(faults))
