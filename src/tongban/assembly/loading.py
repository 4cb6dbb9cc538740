"""Loads packs from folders: reading and checking together, all or nothing.

Called by the pack commands, by installation and by tests. A pack is given only if nothing at all is wrong.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from tongban.assembly.checks import run_checks
from tongban.assembly.checks.scope import Scope
from tongban.assembly.definitions import Pack
from tongban.assembly.faults import Fault
from tongban.assembly.reading import Reading, read_pack


class Loaded(Struct, frozen=True):
    """A pack, or every fault that keeps it from being one. Warnings alone do not."""

    folder: Path
    pack: Pack | None
    faults: tuple[Fault, ...]


def load_pack(folder: Path, others: Sequence[Pack] = (), *, installing: bool = False) -> Loaded:
    """The pack in ``folder``, read and checked. ``others`` are the packs that it may refer to.

    ``installing``: the roles it names must be bound in a region of ``others`` or of its own.
    """
    return _judge(folder, read_pack(folder), others, installing)


def load_packs(folders: Iterable[Path], others: Sequence[Pack] = (), *, installing: bool = False) -> list[Loaded]:
    """Several packs that may refer to each other and to ``others``, in the order given."""
    read = [(folder, read_pack(folder)) for folder in folders]
    given = [reading.draft for _, reading in read]
    names = {pack.manifest.id for pack in given}
    rest = [pack for pack in others if pack.manifest.id not in names]
    return [
        _judge(folder, reading, [*(p for p in given if p is not reading.draft), *rest], installing)
        for folder, reading in read
    ]


def required_nearby(folders: Iterable[Path]) -> list[Pack]:
    """Packs that those in ``folders`` require and that stand beside them, as far as they can be read."""
    given = {folder.resolve() for folder in folders}
    found: dict[Path, Pack] = {}
    waiting = list(given)
    while waiting:
        folder = waiting.pop()
        draft = found[folder] if folder in found else read_pack(folder).draft
        for name in draft.manifest.requires:
            beside = folder.parent / name
            if beside not in given and beside not in found and (beside / "pack.yaml").is_file():
                found[beside] = read_pack(beside).draft
                waiting.append(beside)
    return list(found.values())


# Faults after which nothing of a file is known; other faults without a key leave its content readable.
UNREADABLE = frozenset(
    {"yaml.syntax", "yaml.encoding", "yaml.character", "yaml.too_large", "yaml.too_deep", "yaml.empty", "pack.link"}
)


def _judge(folder: Path, reading: Reading, others: Sequence[Pack], installing: bool) -> Loaded:
    name = folder.resolve().name if folder.is_dir() else ""
    unread = frozenset((fault.file, fault.key) for fault in reading.faults if fault.key or fault.code in UNREADABLE)
    scope = Scope(reading.draft, reading.places, tuple(others), name, installing, unread)
    checked = run_checks(scope) if folder.is_dir() else []
    faults = tuple(sorted({*reading.faults, *checked}))
    sound = all(fault.warning for fault in faults)
    return Loaded(folder, reading.draft if sound else None, faults)
