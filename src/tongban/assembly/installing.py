"""Installs packs into the database: all or nothing, never changing what is installed, shown before it happens.

``plan`` reads and checks and changes nothing; its ``changes`` are shown to whoever decides; ``apply`` writes in
one transaction and is refused if anything was installed in between. ``install`` does both. Servers call
``load_installed`` at start and whenever ``packs_changed`` is notified or ``stamp`` differs.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from tongban.assembly.changes import Change, changes
from tongban.assembly.checks import run_checks
from tongban.assembly.checks.scope import Scope
from tongban.assembly.definitions import Pack
from tongban.assembly.errors import PackDamaged, PackDiffers, PackOlder, PackRefused, PacksMoved
from tongban.assembly.faults import Fault
from tongban.assembly.limits_kept import check_limits
from tongban.assembly.loading import load_packs
from tongban.assembly.places import Places
from tongban.assembly.platform import Platform, assemble
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries

queries = load_queries("tongban.assembly")


class Installed(Struct, frozen=True):
    """Every version in the database, oldest first, and which version of each pack is active."""

    packs: Mapping[tuple[str, str], Pack]
    active: Mapping[str, str]
    stamp: str

    def current(self) -> list[Pack]:
        """The active version of each pack."""
        return [self.packs[key] for key in self.active.items()]

    def earlier(self) -> list[Pack]:
        """The other versions, oldest first."""
        return [pack for key, pack in self.packs.items() if self.active.get(key[0]) != key[1]]


class Step(Struct, frozen=True):
    """One pack that would be installed, and what would change by it. ``old`` is the active version now."""

    pack: Pack
    old: Pack | None
    changes: tuple[Change, ...]


class Plan(Struct, frozen=True):
    """What an installation would do. Nothing when every given version is installed already."""

    steps: tuple[Step, ...]
    stamp: str


def content_of(pack: Pack) -> tuple[str, bytes]:
    """The pack as the text that is stored, and its SHA-256. The same pack always gives the same text."""
    data = msgspec.json.encode(pack, order="deterministic")
    return data.decode(), hashlib.sha256(data).digest()


async def read_installed(connection: Connection) -> Installed:
    """Everything installed. Raises ``PackDamaged`` when a stored text is not what was installed."""
    packs: dict[tuple[str, str], Pack] = {}
    active: dict[str, str] = {}
    async for row in queries.installed_packs(connection):
        name, version, digest, content, is_active = row
        packs[name, version] = _decode(name, version, content, bytes(digest))
        if is_active:
            active[name] = version
    return Installed(packs, active, await stamp(connection))


def _decode(name: str, version: str, content: str, digest: bytes) -> Pack:
    if hashlib.sha256(content.encode()).digest() != digest:
        raise PackDamaged(pack=name, version=version, reason="digest")
    try:
        return msgspec.json.decode(content, type=Pack)
    except msgspec.MsgspecError as error:
        raise PackDamaged(pack=name, version=version, reason=str(error)) from error


async def stamp(connection: Connection) -> str:
    """A short text that changes whenever the installed or active packs change."""
    found: str = await queries.packs_stamp(connection)
    return found


async def load_installed(connection: Connection) -> Platform:
    """The platform of everything installed: all versions of journeys, the active one of everything else."""
    installed = await read_installed(connection)
    return assemble(installed.current(), installed.earlier())


async def plan(connection: Connection, folders: Sequence[Path]) -> Plan:
    """What installing the packs in ``folders`` would do.

    Raises ``PackRefused`` with every fault of all of them, ``PackDiffers`` when a version is installed with other
    content, ``PackOlder`` when a newer one is active, ``PacksDisagree`` when they collide with installed ones,
    ``LimitsInUse`` when a limit would be lost by which cases were counted.
    """
    installed = await read_installed(connection)
    loaded = load_packs(folders, installed.current(), installing=True)
    faults = [fault for one in loaded for fault in one.faults if not fault.warning]
    if faults:
        raise PackRefused(", ".join(one.folder.name for one in loaded), faults)
    packs = [one.pack for one in loaded if one.pack is not None]
    steps = [_step(installed, pack) for pack in packs if not _is_installed(installed, pack)]
    _check_together(installed, [step.pack for step in steps])
    await _check_limits(connection, installed, [step.pack for step in steps])
    return Plan(tuple(steps), installed.stamp)


def _step(installed: Installed, pack: Pack) -> Step:
    name = pack.manifest.id
    old = installed.packs.get((name, installed.active.get(name, "")))
    if old is not None and version_order(old) > version_order(pack):
        raise PackOlder(pack=name, version=pack.manifest.version, active=old.manifest.version)
    return Step(pack, old, tuple(changes(old, pack)))


def version_order(pack: Pack) -> tuple[int, ...]:
    """The version as numbers, so that 1.10.0 comes after 1.9.0."""
    return tuple(int(part) for part in pack.manifest.version.split("."))


def _is_installed(installed: Installed, pack: Pack) -> bool:
    key = (pack.manifest.id, pack.manifest.version)
    known = installed.packs.get(key)
    # What is stored is compared as this program reads it: a key that is newer than the stored text has its default.
    if known is not None and content_of(known)[1] != content_of(pack)[1]:
        raise PackDiffers(pack=key[0], version=key[1])
    return known is not None


def _check_together(installed: Installed, new: Sequence[Pack]) -> None:
    """What is installed must still hold with the new packs in place of their old versions."""
    names = {pack.manifest.id for pack in new}
    kept = [pack for pack in installed.current() if pack.manifest.id not in names]
    broken: list[Fault] = []
    for pack in kept if new else []:
        others = tuple(other for other in (*kept, *new) if other is not pack)
        scope = Scope(pack, Places(), others, installing=True)
        found = (fault for fault in run_checks(scope) if not fault.warning)
        broken += [msgspec.structs.replace(fault, file=pack.manifest.id) for fault in found]
    if broken:
        raise PackRefused(", ".join(sorted(names)), broken)
    replaced = [pack for pack in installed.current() if pack.manifest.id in names]
    assemble([*kept, *new], [*installed.earlier(), *replaced])


async def _check_limits(connection: Connection, installed: Installed, new: Sequence[Pack]) -> None:
    names = {pack.manifest.id for pack in new}
    after = [*(pack for pack in installed.current() if pack.manifest.id not in names), *new]
    before = [limit for pack in installed.current() for limit in pack.limits]
    await check_limits(connection, before, [limit for pack in after for limit in pack.limits])


async def apply(connection: Connection, planned: Plan) -> None:
    """Install what ``planned`` says, in one transaction. Raises ``PacksMoved`` if others installed meanwhile."""
    if not planned.steps:
        return
    async with connection.transaction():
        await queries.lock_packs(connection)
        if await stamp(connection) != planned.stamp:
            raise PacksMoved()
        for step in planned.steps:
            content, digest = content_of(step.pack)
            manifest = step.pack.manifest
            await queries.retire_pack(connection, id=manifest.id)
            await queries.add_pack(connection, id=manifest.id, version=manifest.version, digest=digest, content=content)
        await queries.announce_packs(connection)


async def install(
    connection: Connection, folders: Sequence[Path], *, accept: Callable[[Plan], bool] = lambda _: True
) -> Plan | None:
    """Plan, ask ``accept``, apply. Returns what was done, or None when ``accept`` said no. Raises as both do."""
    planned = await plan(connection, folders)
    if planned.steps and not accept(planned):
        return None
    await apply(connection, planned)
    return planned
