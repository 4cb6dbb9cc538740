"""What lies in a backup folder: bases with their manifests, sealed segments of the log, one tree a database.

``<destination>/<system>/bases/<moment>/`` holds ``base.tar.gz.age``, ``home.tar.gz.age`` and ``manifest.json``, which
is written last: a base without it was never finished. ``<destination>/<system>/wal/`` holds the segments, each with its
signed record.
"""

import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tongban.connectors.backup.errors import BackupAltered, NoBackupFits, SeveralNodes
from tongban.connectors.backup.plan import BackupPlan, kept
from tongban.connectors.backup.records import LogHead, LogRecord, is_signed
from tongban.ledger.verify_receipt import VerifierKey

SIGNED = "tongban backup manifest v1\n"
STAMP = "%Y%m%dT%H%M%SZ"
BASE, HOME, MANIFEST, SEALED = "base.tar.gz.age", "home.tar.gz.age", "manifest.json", ".gz.age"
RECORD = ".signed.json"


class Manifest(msgspec.Struct, frozen=True):
    """What one base is. ``began``, ``ended``: a restore can lead to any archived moment from ``ended`` on.

    ``segment``: the first segment of the log that it needs; ``digests``: SHA-256 of its sealed files; ``log_keys``:
    public keys of the transparency log, so that the ledger can be verified where the node's folder is lost;
    ``signature``: by the transparency log's key over all the rest, base64: a backup is sealed for a public key, which
    anybody can do. ``log``: how far the signed log reached when the base began; bases of before have none, and what
    they sign has not either.
    """

    system: str
    server_version: int
    began: dt.datetime
    ended: dt.datetime
    segment: str
    size: int
    digests: dict[str, str]
    recipients: list[str]
    program: str
    log_origin: str
    log_keys: list[str]
    signature: str = ""
    log: LogHead | msgspec.UnsetType = msgspec.UNSET

    def signed_text(self) -> str:
        """What ``signature`` is over."""
        return SIGNED + msgspec.json.encode(msgspec.structs.replace(self, signature="")).decode()

    def by(self, key: VerifierKey) -> bool:
        """Whether the node with this log key made it."""
        return is_signed(key, self.signed_text(), self.signature)


class Base(msgspec.Struct, frozen=True):
    """A finished base and its folder."""

    folder: Path
    manifest: Manifest

    def check(self) -> None:
        """Raise ``BackupAltered`` unless both sealed files are those that the manifest is about."""
        for name in (BASE, HOME):
            with (self.folder / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != self.manifest.digests.get(name):
                    raise BackupAltered(file=str(self.folder / name))


class Archive:
    """The backups of one database in one destination."""

    def __init__(self, destination: Path, system: str) -> None:
        self.folder = destination / system
        self.bases_folder, self.wal_folder = self.folder / "bases", self.folder / "wal"

    def prepare(self) -> None:
        """Make the folders, private."""
        for folder in (self.bases_folder, self.wal_folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def bases(self) -> list[Base]:
        """Finished bases, oldest first."""
        found = sorted(self.bases_folder.glob(f"*/{MANIFEST}"))
        return [Base(path.parent, msgspec.json.decode(path.read_bytes(), type=Manifest)) for path in found]

    def base_for(self, moment: dt.datetime | None) -> Base:
        """The newest base that leads to ``moment`` (None: the newest). Raises ``NoBackupFits``."""
        bases = self.bases()
        fitting = [base for base in bases if moment is None or base.manifest.ended <= moment]
        if not fitting:
            earliest = bases[0].manifest.ended.isoformat() if bases else "-"
            raise NoBackupFits(folder=str(self.folder), moment=str(moment or "-"), earliest=earliest)
        return fitting[-1]

    def sealed_file(self, name: str) -> Path:
        """Where the segment ``name`` lies, sealed."""
        return self.wal_folder / f"{name}{SEALED}"

    def record_file(self, name: str) -> Path:
        """Where the record of the segment ``name`` lies."""
        return self.wal_folder / f"{name}{RECORD}"

    def record(self, name: str) -> LogRecord | None:
        """What is told about the segment ``name``, by whomever; None where nothing readable is."""
        try:
            record = msgspec.json.decode(self.record_file(name).read_bytes(), type=LogRecord)
        except (OSError, msgspec.DecodeError):
            return None
        return record if record.name == name else None

    def records(self) -> Iterator[LogRecord]:
        """Every record, the last name first; whoever reads them asks who signed them."""
        for path in sorted(self.wal_folder.glob(f"*{RECORD}"), reverse=True):
            if record := self.record(path.name.removesuffix(RECORD)):
                yield record

    def segments(self, first: str = "") -> list[Path]:
        """Sealed segments (and histories of time lines) from ``first`` on, in order."""
        found = sorted(self.wal_folder.glob(f"*{SEALED}"))
        return [path for path in found if ".history" in path.name or position(path.name) >= position(first)]

    def gaps(self, first: str) -> list[str]:
        """Segments missing between ``first`` and the newest of its time line: what lies behind is out of reach."""
        names = [path.name.removesuffix(SEALED) for path in self.segments(first)]
        lines: dict[str, list[int]] = {}
        for name in names:
            if len(name) == 24:
                lines.setdefault(name[:8], []).append(number(name))
        lines.setdefault(first[:8], []).append(number(first) - 1)
        return [
            f"{line} {missing:#x}"
            for line, numbers in lines.items()
            for missing in sorted(set(range(min(numbers), max(numbers) + 1)) - set(numbers))
            if missing >= number(first)
        ]

    def prune(self, plan: BackupPlan, now: dt.datetime) -> list[Base]:
        """Remove what ``plan`` no longer keeps; bases before the log that only they need. Returns the removed bases."""
        bases = self.bases()
        staying = kept([base.manifest.ended for base in bases], now, plan.keep_days, plan.keep_weeks)
        going = [base for base in bases if base.manifest.ended not in staying]
        for base in going:
            (base.folder / MANIFEST).unlink()
            shutil.rmtree(base.folder)
        if remaining := [base for base in bases if base not in going]:
            self._prune_log(remaining)
        self._clear(now)
        return going

    def _prune_log(self, remaining: list[Base]) -> None:
        """What lies before every remaining base goes, with its record; a base's own chain is never broken."""
        needed = min(position(base.manifest.segment) for base in remaining)
        heads = [base.manifest.log.number for base in remaining if isinstance(base.manifest.log, LogHead)]
        for path in self.segments():
            name = path.name.removesuffix(SEALED)
            if ".history" in name or position(name) >= needed:
                continue
            record = self.record(name)
            if record is None or not heads or record.number <= min(heads):
                path.unlink()
                self.record_file(name).unlink(missing_ok=True)

    def _clear(self, now: dt.datetime) -> None:
        """What a killed run left unfinished a day ago goes."""
        for folder in self.bases_folder.iterdir():
            age = now.timestamp() - folder.stat().st_mtime
            if not (folder / MANIFEST).exists() and age > 86400:
                shutil.rmtree(folder)


def position(name: str) -> str:
    """Where a segment stands in the log, whatever its time line: the last 16 of its 24 signs."""
    return name[8:24]


def number(name: str) -> int:
    """A segment's ordinal: 256 of 16 MB make one log file."""
    return int(name[8:16], 16) * 256 + int(name[16:24], 16)


def archive_in(destination: Path, system: str | None = None) -> Archive:
    """The archive in ``destination``. Raises ``NoBackupFits`` and, without ``system``, ``SeveralNodes``."""
    names = list(_systems(destination)) if system is None else [system]
    if not names:
        raise NoBackupFits(folder=str(destination), moment="-", earliest="-")
    if len(names) > 1:
        raise SeveralNodes(folder=str(destination), found=", ".join(sorted(names)))
    return Archive(destination, names[0])


def archives_in(destination: Path) -> list[Archive]:
    """Every archive in ``destination``: of this node, and of others that put theirs beside it."""
    return [Archive(destination, name) for name in _systems(destination)]


def _systems(destination: Path) -> Iterator[str]:
    if destination.is_dir():
        yield from (path.name for path in destination.iterdir() if (path / "bases").is_dir())
