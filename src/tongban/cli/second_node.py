"""The second node of a demonstration: another district's, which holds one department's data for the first.

Called by ``run``. It has a folder, a database, keys and a ledger of its own and answers at nothing but its exchange's
door, over mutual TLS; the first node reaches the department through it, by a connector of ``kind: node``. Its time
follows the first one's: a question from later brings it there. It shares the embedded PostgreSQL server, so a
demonstration over a database that somebody else made has none.
"""

import asyncio
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import yaml
from msgspec import structs
from psycopg import sql

from tongban.assembly.definitions import Records
from tongban.assembly.platform import Platform
from tongban.basics.migrate import migration_names
from tongban.cli.home import Home
from tongban.cli.node_group import exchange_spec, node_environment
from tongban.cli.preparing import Say, prepare_neighbour
from tongban.cli.process import ProcessSpec
from tongban.cli.settings import Settings
from tongban.connectors.exchange_node import node_client
from tongban.connectors.node_certificates import make_certificates
from tongban.resources.definitions import Resource

NAME, TITLE = "yunhe", "云河区节点"
"""Its name in connectors and logs, and as the story calls it: the district of 云河 runs it."""
ASKING = "xiacheng"
"""The first node's name, as the second one knows it."""
HELD = ("civil-affairs",)
"""Whose data lie on it: both districts register marriages at one office, and its register is kept there."""
PACKS = ("statutes", "xiacheng", "yunhe", "birth")
"""What it needs to know: both districts, and the pack that declares the resource and who may have it for what."""


def second_home(home: Path) -> Path:
    """Where the second node of the demonstration in ``home`` lives."""
    return home / "nodes" / NAME


def second_database(conninfo: str) -> str:
    """Its database on the server of ``conninfo``, a libpq URL."""
    return urlsplit(conninfo)._replace(path=f"/{NAME}").geturl()


def is_held(one: Records, resources: Mapping[str, Resource]) -> bool:
    """Whether these records lie on the second node."""
    return resources[one.resource].provider in HELD


@dataclass(frozen=True)
class SecondNode:
    """The second node beside the one with ``settings``; its gateway listens on ``port``."""

    settings: Settings
    conninfo: str
    port: int

    @property
    def home(self) -> Home:
        """Its working folder."""
        return Home(second_home(self.settings.home))

    @cached_property
    def own(self) -> Settings:
        """Its settings: the first one's, with a folder, database, log and door of its own."""
        return structs.replace(
            self.settings,
            home=self.home.path,
            database_url=second_database(self.conninfo),
            log_origin=f"{self.settings.log_origin}-{NAME}",
            exchange_port=self.port,
        )

    @property
    def _tls(self) -> Path:
        return self.home.keys / "exchange" / "tls"

    @property
    def _shown(self) -> Path:
        """What the first node shows at its door."""
        return self.settings.home / "keys" / "nodes" / NAME

    def prepare(self, platform: Platform, folders: Iterable[Path], say: Say) -> None:
        """Bring its database, keys and lists to what this version needs; quick where nothing changed."""
        wanted = [folder for folder in folders if folder.name in PACKS]
        state = json.dumps([[platform.packs[name] for name in PACKS], migration_names()])
        prepared = self.home.path / "prepared"
        self.home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = _create_database(self.conninfo)
        if made or not prepared.exists() or prepared.read_text("utf-8") != state:
            asyncio.run(prepare_neighbour(self.own.database_url or "", wanted, say))
        self.home.vault()
        self._introduce(platform)
        prepared.write_text(state, "utf-8")

    def _introduce(self, platform: Platform) -> None:
        """Certificates for both doors, the public keys of the departments that ask and answer, who speaks for whom."""
        make_certificates(self._tls, self._shown)
        ours, theirs = Home(self.settings.home).exchange_keys(True), self.home.exchange_keys(True)
        region = next(iter(platform.directory.regions.values()))
        asking = [one.id for one in region.departments if not set(one.roles) & set(HELD)]
        for one in region.departments:
            here, there = (theirs, ours) if set(one.roles) & set(HELD) else (ours, theirs)
            there.register(one.id, here.public(one.id).pem())
        (self.home.path / "exchange.yaml").write_text(yaml.safe_dump({ASKING: asking}, allow_unicode=True), "utf-8")

    def entries(self, records: Sequence[Records]) -> dict[str, Any]:
        """The first node's connectors for what lies here."""
        place = self._shown.relative_to(self.settings.home)
        files = {"authority": "authority.pem", "certificate": "client.pem", "key": "client.key"}
        shown = {what: f"{place}/{file}" for what, file in files.items()}
        return {one.resource: {"kind": "node", "peer": NAME, "url": self._address, **shown} for one in records}

    @property
    def _address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def specs(self) -> list[ProcessSpec]:
        """Its two processes: the exchange's door, and what seals its ledger."""
        environment = node_environment(self.own, self.own.database_url or "")
        door = exchange_spec(self.own, environment, self.port)
        seal = (sys.executable, "-m", "tongban.cli", "ledger", "seal")
        return [
            structs.replace(door, name=NAME, ready=self._answers),
            ProcessSpec(name=f"{NAME}-ledger", argv=seal, env=environment),
        ]

    def _answers(self) -> bool:
        """Whether its door hears the first node."""
        files = (self._shown / name for name in ("authority.pem", "client.pem", "client.key"))
        return asyncio.run(_ready(f"{self._address}/health/ready", *files))


async def _ready(address: str, *files: Path) -> bool:
    try:
        async with node_client(*files) as client:
            return (await client.get(address, timeout=2)).status_code == 200
    except httpx.HTTPError:
        return False


def _create_database(conninfo: str) -> bool:
    """Its database on the same server, once; whether it was made now."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            return False
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
        return True
