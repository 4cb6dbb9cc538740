"""A copy of the node's keys at a place of their own, sealed under the master key that several people hold in parts.

Never with the backups: whoever has both, and nobody's part, reads nothing. Made with each base; opened by a restore.
"""

import datetime as dt
import hashlib
import io
import tarfile
from pathlib import Path

from tongban.basics.key_file import is_sealed, master_vault, read_master
from tongban.cli.home import Home
from tongban.connectors.backup.plan import BackupPlan
from tongban.connectors.backup.store import STAMP, Archive
from tongban.ledger.keys import sync_folder, write_durably

_CONTEXT = b"tongban copy of keys"
SUFFIX = ".keys"
KEPT = 30
"""Copies that stay; one is made only when a key has changed."""


def copy_keys(home: Home, plan: BackupPlan) -> Path | None:
    """Copy the keys to where ``plan`` says; the newest copy when nothing has changed since.

    None when there is no such place, or nobody holds parts of a master key. Raises ``MasterMissing``.
    """
    if plan.keys_to is None or not is_sealed(home.keys):
        return None
    content, digest = _packed(home.keys)
    present = sorted(plan.keys_to.glob(f"*{SUFFIX}"))
    if present and present[-1].stem.endswith(digest):
        return present[-1]
    path = plan.keys_to / f"{dt.datetime.now(dt.UTC).strftime(STAMP)}-{digest}{SUFFIX}"
    draft = path.with_name(f".{path.name}")
    write_durably(draft, master_vault(read_master(home.keys)).seal(content, _CONTEXT))
    draft.rename(path)
    sync_folder(plan.keys_to)
    for old in present[: -KEPT + 1]:
        old.unlink()
    return path


def is_copied(home: Home, plan: BackupPlan) -> bool:
    """Whether the newest copy holds the keys as they are."""
    newest = newest_copy(plan.keys_to) if plan.keys_to is not None else None
    return newest is not None and newest.stem.endswith(_packed(home.keys)[1])


def open_copy(path: Path, master: bytes, folder: Path) -> None:
    """Lay the keys of the copy at ``path`` into the new folder ``folder``. Raises ``SealBroken`` for another master."""
    content = master_vault(master).open(path.read_bytes(), _CONTEXT)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        tar.extractall(folder, filter="data")
    for made in (folder, *folder.rglob("*")):
        made.chmod(0o700 if made.is_dir() else 0o600)


def newest_copy(place: Path) -> Path | None:
    """The newest copy in ``place``, or ``place`` itself when it is one."""
    return place if place.is_file() else max(place.glob(f"*{SUFFIX}"), default=None)


def head_beside_keys(place: Path, archive: Archive) -> Path:
    """The file beside the copies of the keys that tells how far ``archive``'s signed log reached at the newest base."""
    return (place.parent if place.is_file() else place) / f"{archive.folder.name}.log.json"


def _packed(folder: Path) -> tuple[bytes, str]:
    """The folder as an archive, and a digest of what is in it."""
    packed, digest = io.BytesIO(), hashlib.sha256()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
            name = str(path.relative_to(folder))
            digest.update(f"{name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
            tar.add(path, arcname=name, recursive=False)
    return packed.getvalue(), digest.hexdigest()[:12]
