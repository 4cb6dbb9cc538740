"""Put one process together: keys from the working folder, definitions from the database, ports to the outside.

The only place that knows every part. Called by the web and jobs processes, by ``run`` and by the commands.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from tongban.assembly.installing import load_installed
from tongban.assembly.platform import Platform
from tongban.basics.calendar import WorkingCalendar
from tongban.basics.database import Connection, Database
from tongban.basics.demonstration import is_demonstration
from tongban.basics.vault import Vault, load_or_create
from tongban.cases.kernel import Kernel
from tongban.cli.settings import Settings
from tongban.connectors.authority import DemonstrationAuthority, FileKeys
from tongban.connectors.departmental import http_providers, load_connectors
from tongban.connectors.documents import DocumentMaker
from tongban.connectors.signatures import signature_check
from tongban.connectors.typesetting import Typesetter
from tongban.ledger.keys import Signer, log_signer
from tongban.resources.provider import Provider
from tongban.web.asset_files import FOLDER as ASSETS
from tongban.web.site import Site, WebSettings


@dataclass(frozen=True)
class Home:
    """The working folder and where things lie in it."""

    path: Path

    @property
    def keys(self) -> Path:
        """Keys of this node; never leaves the machine."""
        return self.path / "keys"

    @property
    def connectors(self) -> Path:
        """Where departmental systems answer: this deployment's, no pack's."""
        return self.path / "connectors.yaml"

    @property
    def witnesses(self) -> Path:
        """Public keys of the witnesses, one a line."""
        return self.keys / "witnesses.txt"

    def vault(self) -> Vault:
        """The keys that encrypt at rest, made at the first start."""
        self.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        return load_or_create(self.keys / "vault.json")

    def signer(self, origin: str) -> Signer:
        """The log's key, made at the first start."""
        return log_signer(self.keys / "log.pem", origin)

    def authority(self, demonstration: bool) -> FileKeys:
        """The departments' signing keys: given in production, made by themselves in a demonstration."""
        folder = self.keys / "departments"
        return DemonstrationAuthority(folder) if demonstration else FileKeys(folder)

    def web_secret(self) -> str:
        """What signs form tokens; the same in every worker."""
        return secret_file(self.keys / "web-secret")


def secret_file(path: Path) -> str:
    """The secret in ``path``, made now (mode 0600) if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(path, "x", encoding="ascii", opener=_private) as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text("ascii").strip()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def providers_of(home: Home) -> Mapping[str, Provider]:
    """The connectors to departmental systems; none when the deployment has no list."""
    if not home.connectors.exists():
        return {}
    client = httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=20))
    return http_providers(load_connectors(home.connectors), client)


def kernel_of(
    platform: Platform, database: Database, vault: Vault, signer: Signer, providers: Mapping[str, Provider]
) -> Kernel:
    """What verbs on cases are handed."""
    return Kernel(
        database=database,
        vault=vault,
        calendar=WorkingCalendar.published(),
        catalogue=platform.catalogue,
        directory=platform.directory,
        licence_types=platform.licence_types,
        resources=platform.resources,
        grants=platform.grants,
        providers=providers,
        signer=signer,
    )


@dataclass(frozen=True)
class Node:
    """One process of this node, ready to serve: definitions, kernel, keys."""

    settings: Settings
    home: Home
    platform: Platform
    kernel: Kernel
    demonstration: bool

    def site(self) -> Site:
        """The web floor's view."""
        verifiers = [str(self.kernel.signer.verifier)]
        if self.home.witnesses.exists():
            verifiers += self.home.witnesses.read_text("utf-8").split()
        return Site(
            self.kernel,
            WebSettings(
                base_url=self.settings.public_url,
                secret=self.home.web_secret(),
                demonstration=self.demonstration,
                verifier_keys="\n".join(verifiers) + "\n",
            ),
            english=self.platform.strings.get("en", {}),
            signature_check=signature_check(self.home.authority(self.demonstration)),
        )

    def documents(self) -> DocumentMaker:
        """What makes and signs licences' documents."""
        return DocumentMaker(
            typesetter=Typesetter(sorted(p for p in (ASSETS / "fonts").iterdir() if p.is_dir()) or [ASSETS / "fonts"]),
            keys=self.home.authority(self.demonstration),
            vault=self.kernel.vault,
            base_url=self.settings.public_url,
            demonstration=self.demonstration,
            layouts=self.platform.layouts,
        )


async def make_node(settings: Settings, connection: Connection, conninfo: str, pool: int = 8) -> Node:
    """Read everything once; the returned node's database is not open yet."""
    home = Home(settings.home)
    platform = await load_installed(connection)
    database = Database(conninfo, size=pool)
    kernel = kernel_of(platform, database, home.vault(), home.signer(settings.log_origin), providers_of(home))
    return Node(settings, home, platform, kernel, await is_demonstration(connection))
