"""What a demonstration adds to a node: a witness and departmental systems beside it, all on this machine.

Each is a process of its own with its own storage, reached like a real one: over the platform's protocol, an HTTP
interface of its own that OpenAPI describes, PostgreSQL tables, or a file that is dropped every day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

from tongban.assembly.definitions import Records
from tongban.cli import department_api
from tongban.cli.home import Home, secret_file
from tongban.cli.node_group import TONGBAN
from tongban.cli.process import ProcessSpec
from tongban.cli.seeding import write_records
from tongban.cli.witness import KEY_FILE, NAME
from tongban.ledger.keys import witness_signer
from tongban.ledger.verify_receipt import VerifierKey
from tongban.resources.definitions import Resource, ResourceField

Shape = Literal["protocol", "api", "table", "file"]
SHAPES: Mapping[str, Shape] = {"market": "table", "medical-insurance": "api", "human-resources": "file"}
"""How each department gives its data: the platform's protocol unless named here."""
PAUSES = {"medical-insurance": 0.8}
"""Seconds that a department's old system takes for every answer."""
JSON_TYPES = {"integer": "integer", "boolean": "boolean"}


def witness_spec(home: Home, log: VerifierKey, port: int) -> ProcessSpec:
    """The witness: another office's key and state, in a folder of its own. Makes its key known to the node."""
    state = home.path / "witness"
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.witnesses.write_text(f"{witness_signer(state / KEY_FILE, NAME).verifier}\n", "utf-8")
    return ProcessSpec(
        name="witness",
        argv=(*TONGBAN, "witness", "serve", "--state", str(state), "--port", str(port), "--log", str(log)),
        ready=f"http://127.0.0.1:{port}/keys",
    )


def department_specs(
    home: Home,
    records: Sequence[Records],
    resources: Mapping[str, Resource],
    ports: Sequence[int],
    elsewhere: Mapping[str, Any] = MappingProxyType({}),
) -> list[ProcessSpec]:
    """One process a department, each HTTP one on one of ``ports``; writes the deployment's list of connectors.

    ``ports`` has as many as ``departments`` counts. ``elsewhere``: entries for what another node holds.
    """
    found = departments(records, resources)
    systems = [System(home, role, own, port) for (role, own), port in zip(found.items(), ports, strict=True)]
    entries = {one.resource: system.entry(resources[one.resource]) for system in systems for one in system.records}
    write_connectors(home.connectors, {**entries, **elsewhere})
    return [spec for system in systems for spec in system.specs(resources)]


def write_connectors(path: Path, entries: Mapping[str, Any]) -> None:
    """Replace the list whole: a running process reads it whenever it changes."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(yaml.safe_dump(dict(entries), allow_unicode=True), "utf-8")
    unfinished.replace(path)


def departments(records: Sequence[Records], resources: Mapping[str, Resource]) -> dict[str, list[Records]]:
    """The department roles that have a system of their own, each with the records it holds."""
    found: dict[str, list[Records]] = {}
    for one in records:
        found.setdefault(resources[one.resource].provider, []).append(one)
    return found


@dataclass(frozen=True)
class System:
    """The invented system of one department, and the shape in which it gives its data."""

    home: Home
    role: str
    records: Sequence[Records]
    port: int

    @property
    def folder(self) -> Path:
        """Its own folder, with its storage and the secrets that it shares with the platform."""
        return self.home.path / "systems" / self.role

    @property
    def shape(self) -> Shape:
        """How it is reached."""
        return SHAPES.get(self.role, "protocol")

    def specs(self, resources: Mapping[str, Resource]) -> list[ProcessSpec]:
        """Its processes: one, or one a resource where it gives files."""
        paths = [(one.resource, write_records(self.folder / one.resource, one)) for one in self.records]
        secret_file(self.folder / "token")
        if self.shape == "table":
            return [self._tables(paths)]
        if self.shape == "file":
            return [self._drop(resource, data) for resource, data in paths]
        if self.shape == "api":
            self._describe(resources)
        return [self._web(paths)]

    def entry(self, resource: Resource) -> dict[str, Any]:
        """Its line in the list of connectors."""
        names = [field.id for field in resource.fields]
        place = self._relative(self.folder)
        if self.shape == "table":
            table = {"address": f"postgresql://reader@127.0.0.1:{self.port}/tongban", "order": "_serial"}
            columns = {field.id: _read_as(field) for field in resource.fields}
            name = f"public.{resource.id.rpartition('.')[2]}"
            return {"kind": "postgresql", **table, "table": name, "columns": columns, "password_file": f"{place}/token"}
        if self.shape == "file":
            columns = {field.id: _read_as(field) for field in resource.fields}
            return {"kind": "file", "path": self._relative(self._dropped(resource.id)), "columns": columns}
        if self.shape == "api":
            keys = [field.id for field in resource.fields if field.key]
            own = {"kind": "openapi", "description": f"{place}/openapi.yaml", "server": self._address}
            own |= {"operation": department_api.operation(resource.id), "credential_file": f"{place}/token"}
            return own | department_api.mapping(keys, names)
        return {"url": f"{self._address}/look-up/{resource.id}", "token_file": f"{place}/token"}

    @property
    def _address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _relative(self, path: Path) -> str:
        return str(path.relative_to(self.home.path))

    def _dropped(self, resource: str) -> Path:
        return self.folder / "drop" / f"{resource}.csv"

    def _web(self, paths: Sequence[tuple[str, Path]]) -> ProcessSpec:
        secret_file(self.folder / "admin-token")
        given = [("--resource", resource) for resource, _ in paths] + [("--data", str(data)) for _, data in paths]
        given += [("--port", str(self.port)), ("--storage", str(self.folder / "storage"))]
        given += [("--token-file", str(self.folder / "token")), ("--pause", str(PAUSES.get(self.role, 0.0)))]
        given += [("--admin-token-file", str(self.folder / "admin-token"))]
        flat = [text for pair in given for text in pair]
        own = ["--own-api"] if self.shape == "api" else []
        return ProcessSpec(
            name=self.role,
            argv=(*TONGBAN, "department", "serve", *flat, *own, "--faults"),
            ready=f"{self._address}/health",
        )

    def _tables(self, paths: Sequence[tuple[str, Path]]) -> ProcessSpec:
        storage = self.folder / "storage"
        storage.mkdir(parents=True, exist_ok=True, mode=0o700)
        (storage / "ready").unlink(missing_ok=True)
        given = [("--resource", resource) for resource, _ in paths] + [("--data", str(data)) for _, data in paths]
        given += [("--storage", str(storage)), ("--port", str(self.port))]
        given += [("--password-file", str(self.folder / "token"))]
        return ProcessSpec(
            name=self.role,
            argv=(*TONGBAN, "department", "table", *(text for pair in given for text in pair)),
            ready=(storage / "ready").exists,
        )

    def _drop(self, resource: str, data: Path) -> ProcessSpec:
        file = self._dropped(resource)
        return ProcessSpec(
            name=resource,
            argv=(*TONGBAN, "department", "drop", "--resource", resource, "--data", str(data), "--file", str(file)),
            ready=file.exists,
        )

    def _describe(self, resources: Mapping[str, Resource]) -> None:
        told = {
            one.resource: (
                [field.id for field in resources[one.resource].fields if field.key],
                {field.id: JSON_TYPES.get(field.kind, "string") for field in resources[one.resource].fields},
            )
            for one in self.records
        }
        described = department_api.description(f"{self.role} (invented)", told)
        path = self.folder / "openapi.yaml"
        path.write_text(yaml.safe_dump(described, allow_unicode=True, sort_keys=False), "utf-8")


def _read_as(field: ResourceField) -> Any:
    """Tables and files of these departments hold nothing but text."""
    return {"at": field.id, "as": field.kind}
