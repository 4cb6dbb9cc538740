"""Put one process together: keys from the working folder, definitions from the database, ports to the outside.

The only place that knows every part. Called by the web and jobs processes, by ``run`` and by the commands.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from tongban.assembly.definitions import Person
from tongban.assembly.installing import load_installed, stamp
from tongban.assembly.platform import Platform
from tongban.basics.calendar import WorkingCalendar
from tongban.basics.calendar_file import NATION, CalendarFile, calendar_of, covers
from tongban.basics.database import Connection, Database
from tongban.basics.demonstration import is_demonstration
from tongban.basics.second_wall import wall_stands
from tongban.basics.vault import Vault
from tongban.calendars import actions as calendars
from tongban.cases.kernel import Kernel
from tongban.cli.examining import Examiner
from tongban.cli.home import Home
from tongban.cli.seeding import PASSWORD, seats
from tongban.cli.settings import Settings
from tongban.connectors.live_connections import Connections
from tongban.connectors.metadata_names import metadata_names
from tongban.connectors.scanning import ClamdScanner
from tongban.connectors.upper_identity import upper_identity
from tongban.ledger.keys import Signer
from tongban.licences.models import SignatureCheck, SignatureReport
from tongban.parties.applications.provider import IdentityProvider
from tongban.parties.directory import Directory
from tongban.parties.organisation.overlay import directory_now
from tongban.parties.organisation.overlay import stamp as organisation_stamp
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.provider import Provider
from tongban.web.asset_files import FOLDER as ASSETS
from tongban.web.site import DemonstrationAccount, Site, WebSettings

if TYPE_CHECKING:
    from tongban.connectors.documents import DocumentMaker


def providers_of(home: Home) -> Mapping[str, Provider]:
    """The connectors to departmental systems, as the deployment's list says at each moment."""
    return Connections(home.connectors)


def kernel_of(
    platform: Platform,
    database: Database,
    vault: Vault,
    signer: Signer,
    providers: Mapping[str, Provider],
    files: Sequence[CalendarFile] = (),
    exchange_keys: KeyRing | None = None,
    directory: Directory | None = None,
) -> Kernel:
    """What verbs on cases are handed. ``files``: the calendars that were published here; ``directory``: departments as
    they are now, where that is not as the packs declare."""
    calendar, local = calendars_of(files, platform.directory.regions)
    return Kernel(
        database=database,
        vault=vault,
        calendar=calendar,
        local_calendars=local,
        catalogue=platform.catalogue,
        directory=directory or platform.directory,
        licence_types=platform.licence_types,
        resources=platform.resources,
        grants=platform.grants,
        providers=providers,
        signer=signer,
        limits=platform.limits,
        oversight=platform.oversight,
        sharing=platform.sharing,
        exchange_keys=exchange_keys,
    )


def calendars_of(
    files: Sequence[CalendarFile], regions: Iterable[str]
) -> tuple[WorkingCalendar, Mapping[str, WorkingCalendar]]:
    """The nation's calendar, and those of the regions that decided days of their own."""
    nation = calendar_of(files, NATION)
    deciding = [file.region for file in files if file.region != NATION]
    own = [region for region in regions if any(covers(place, region) for place in deciding)]
    return nation, {region: calendar_of(files, region) for region in own}


async def definitions_stamp(connection: Connection) -> str:
    """A short text that changes whenever packs are installed, a calendar is published or the organisation changes."""
    return f"{await stamp(connection)} {await calendars.stamp(connection)} {await organisation_stamp(connection)}"


async def kernel_anew(connection: Connection, old: Kernel) -> Kernel:
    """``old`` with the packs, calendars and departments of this moment: what a running process puts in its place."""
    platform, files = await load_installed(connection), await calendars.files_in_force(connection)
    directory = await directory_now(connection, platform.directory)
    kernel = kernel_of(
        platform, old.database, old.vault, old.signer, old.providers, files, old.exchange_keys, directory
    )
    return replace(kernel, scanner=old.scanner)


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
                accounts=self._accounts(),
                proxies=self.settings.proxies,
                allowances=self.settings.allowances,
                shown_seconds=self.settings.shown_seconds,
            ),
            english=self.platform.strings.get("en", {}),
            signature_check=self._signature_check(),
            examine=Examiner(self.settings).look,
            provider=self.identity_provider(),
            upper=upper_identity(self.home.identity, self.settings.public_url),
            metadata=metadata_names(self.home.licence_metadata),
        )

    def identity_provider(self) -> IdentityProvider:
        """What signs people in for other applications."""
        return IdentityProvider(self.settings.public_url, self.home.identity_keys(), self.kernel.vault)

    def _accounts(self) -> tuple[DemonstrationAccount, ...]:
        """Invented people whom anybody may try; none in production."""
        people = self.platform.seeds.people if self.demonstration else []
        return tuple(
            DemonstrationAccount(person.account, person.name, self._about(person), PASSWORD)
            for person in people
            if person.account
        )

    def _about(self, person: Person) -> str:
        regions = seats(self.platform)
        known = [self.platform.directory.department(regions[d], d) for d in person.posts if d in regions]
        return "、".join(department.short for department in known if department)

    def _signature_check(self) -> SignatureCheck:
        """Reads signatures. What it needs is large and is loaded with the first one, so that serving starts sooner."""

        async def check(pdf: bytes) -> SignatureReport:
            module = await asyncio.to_thread(import_module, "tongban.connectors.signatures")
            found: SignatureReport = await module.signature_check(self.home.authority(self.demonstration))(pdf)
            return found

        return check

    def documents(self) -> "DocumentMaker":
        """What makes and signs licences' documents."""
        from tongban.connectors.documents import DocumentMaker
        from tongban.connectors.typesetting import Typesetter

        return DocumentMaker(
            typesetter=Typesetter(sorted(p for p in (ASSETS / "fonts").iterdir() if p.is_dir()) or [ASSETS / "fonts"]),
            keys=self.home.authority(self.demonstration),
            vault=self.kernel.vault,
            base_url=self.settings.public_url,
            demonstration=self.demonstration,
            layouts=self.platform.layouts,
        )


async def make_node(
    settings: Settings, connection: Connection, conninfo: str, pool: int = 8, *, walled: bool = False
) -> Node:
    """Read everything once; the returned node's database is not open yet.

    ``walled``: what it does is done in the application's role and meets the second wall, where that stands.
    """
    home = Home(settings.home)
    platform = await load_installed(connection)
    database = Database(conninfo, size=pool, walled=walled and settings.second_wall and await wall_stands(connection))
    signer, files = home.signer(settings.log_origin), await calendars.files_in_force(connection)
    demonstration = await is_demonstration(connection)
    keys = home.exchange_keys(demonstration)
    directory = await directory_now(connection, platform.directory)
    kernel = kernel_of(platform, database, home.vault(), signer, providers_of(home), files, keys, directory)
    scanner = ClamdScanner(settings.upload_scanner) if settings.upload_scanner else None
    return Node(settings, home, platform, replace(kernel, scanner=scanner), demonstration)
