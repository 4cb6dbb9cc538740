"""What lies in a backup folder: bases with their manifests, sealed segments of the log, one tree a database.

``<destination>/<system>/bases/<moment>/`` holds ``base.tar.gz.age``, ``home.tar.gz.age`` and ``manifest.json``, which
is written last: a base without it was never finished. ``<destination>/<system>/wal/`` holds the segments.
"""

import base64
import datetime as dt
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tongban.connectors.backup.errors import BackupAltered, NoBackupFits, SeveralNodes
from tongban.connectors.backup.plan import BackupPlan, kept
from tongban.ledger.verify_receipt import VerifierKey

SIGNED = "tongban backup manifest v1\n"
STAMP = "%Y%m%dT%H%M%SZ"
BASE, HOME, MANIFEST, SEALED = "base.tar.gz.age", "home.tar.gz.age", "manifest.json", ".gz.age"


class Manifest(msgspec.Struct, frozen=True):
    """What one base is. ``began``, ``ended``: a restore can lead to any archived moment from ``ended`` on.

    ``segment``: the first segment of the log that it needs; ``digests``: SHA-256 of its sealed files; ``log_keys``:
    public keys of the transparency log, so that the ledger can be verified where the node's folder is lost;
    ``signature``: by the transparency log's key over all the rest, base64: a backup is sealed for a public key, which
    anybody can do.
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

    def signed_text(self) -> str:
        """What ``signature`` is over."""
        return SIGNED + msgspec.json.encode(msgspec.structs.replace(self, signature="")).decode()

    def by(self, key: VerifierKey) -> bool:
        """Whether the node with this log key made it."""
        try:
            signature = base64.b64decode(self.signature, validate=True)
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, self.signed_text().encode())
        except (InvalidSignature, ValueError):
            return False
        return True


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
            needed = min(position(base.manifest.segment) for base in remaining)
            for path in self.segments():
                if ".history" not in path.name and position(path.name) < needed:
                    path.unlink()
        self._clear(now)
        return going

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
