"""The vault's keys on the disk: made once, read by every process, changed only by a rotation.

Two forms. ``vault.json`` holds them as they are, readable by this user alone. ``vault.sealed`` holds them sealed under
the master key, which lies at another place (``master.place`` names it) and of which several people hold parts.
Called by whoever puts a process together, by the commands about keys and by the doctor.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tongban.basics.vault import Algorithm, KeyFileFault, SealBroken, Vault, VaultError

PLAIN, SEALED, PLACE = "vault.json", "vault.sealed", "master.place"
KEY_BYTES = 32
_CONTEXT = b"tongban vault file"
_MASTER = "master"


class MasterMissing(VaultError):
    """The keys are sealed, and the master key is not at its place."""

    code = "vault.master_missing"
    zh = "主密钥不在 {place}（{reason}），加密数据暂时无法解读。办法：请持有分片的人到场，执行 tongban keys open。"
    en = (
        "The master key is not at {place} ({reason}): nothing sealed can be opened. "
        "Repair: have those who hold its parts run tongban keys open."
    )


class KeyRing(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Root keys by id, which of them seals, and the look-up key; all 32 bytes.

    ``made``: the day (ISO) on which each key was made, where it is known. ``retired``: the day on which a rotation
    left a key unused. It stays, because backups and reversible masks from before still need it.
    """

    current: str
    keys: dict[str, bytes]
    lookup_key: bytes
    algorithm: Algorithm = "AES-256-GCM"
    made: dict[str, str] = {}
    retired: dict[str, str] = {}

    def vault(self) -> Vault:
        """The vault with these keys. Raises ``ValueError`` for keys of any other shape."""
        return Vault(self.keys, self.current, self.lookup_key, self.algorithm)


def new_ring(today: str = "") -> KeyRing:
    """Fresh keys."""
    first = secrets.token_bytes(KEY_BYTES)
    return KeyRing("k1", {"k1": first}, secrets.token_bytes(KEY_BYTES), made={"k1": today} if today else {})


def master_vault(master: bytes) -> Vault:
    """What seals the keys' file and the copies of the keys: the master key alone."""
    return Vault({_MASTER: master}, _MASTER, master)


def master_place(folder: Path) -> Path:
    """Where the master key lies while the node works: as ``master.place`` says, else ``opened`` beside ``folder``."""
    place = folder / PLACE
    try:
        return Path(place.read_text("utf-8").strip()) if place.exists() else folder.parent / "opened" / "master.key"
    except (OSError, UnicodeDecodeError) as error:
        raise _malformed(place) from error


def read_master(folder: Path) -> bytes:
    """The master key, the one that opens the keys in ``folder`` where they are sealed already.

    Raises ``MasterMissing``, ``SealBroken`` when what lies there is another splitting's, and ``KeyFileFault`` when
    others may read it.
    """
    found = list(_masters(master_place(folder)))
    if not is_sealed(folder):
        return found[0]
    sealed = _sealed_bytes(folder)
    for master in found[:-1]:
        try:
            master_vault(master).open(sealed, _CONTEXT)
        except SealBroken:
            continue
        return master
    master_vault(found[-1]).open(sealed, _CONTEXT)
    return found[-1]


def _masters(place: Path) -> Iterator[bytes]:
    """The key at ``place``, and the one that was about to take it when a splitting was killed."""
    found = [one for one in (place, _next(place)) if one.exists()]
    if not found:
        raise MasterMissing(place=str(place), reason="-")
    for file in found:
        try:
            master = base64.b64decode(_read_private(file))
        except (OSError, binascii.Error) as error:
            raise MasterMissing(place=str(file), reason=getattr(error, "strerror", None) or "base64") from error
        if len(master) != KEY_BYTES:
            raise MasterMissing(place=str(file), reason=f"{len(master)} bytes")
        yield master


def _next(place: Path) -> Path:
    return place.with_name(f"{place.name}.next")


def put_master(folder: Path, master: bytes) -> Path:
    """Lay the assembled master key at its place (mode 0600). Returns the place."""
    place = master_place(folder)
    _lay(place, master)
    return place


def move_master(folder: Path, place: Path) -> None:
    """From now on the master key lies at ``place`` (absolute); one that lies at the former place is copied first."""
    if is_sealed(folder):
        _lay(place, read_master(folder))
    _replace(folder / PLACE, f"{place}\n".encode())


def _lay(place: Path, master: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _replace(place, base64.b64encode(master) + b"\n")


def is_sealed(folder: Path) -> bool:
    """Whether the keys in ``folder`` are sealed under a master key."""
    return (folder / SEALED).exists()


def ring_file(folder: Path) -> Path:
    """The file that holds the keys in ``folder``, or will."""
    return folder / (SEALED if is_sealed(folder) else PLAIN)


def read_ring(folder: Path) -> KeyRing:
    """The keys in ``folder``. Raises ``KeyFileFault``, naming the repair, ``MasterMissing`` and ``SealBroken``."""
    if not is_sealed(folder):
        return read_plain(folder / PLAIN)
    return _decoded(master_vault(read_master(folder)).open(_sealed_bytes(folder), _CONTEXT), folder / SEALED)


def opens(folder: Path, master: bytes) -> bool:
    """Whether ``master`` opens the sealed keys in ``folder``. Raises ``KeyFileFault``."""
    try:
        master_vault(master).open(_sealed_bytes(folder), _CONTEXT)
    except SealBroken:
        return False
    return True


def _sealed_bytes(folder: Path) -> bytes:
    try:
        return _read_private(folder / SEALED)
    except OSError as error:
        raise _unreadable(folder / SEALED, error) from error


def read_plain(path: Path) -> KeyRing:
    """The keys of a plain file. Raises ``KeyFileFault``."""
    try:
        return _decoded(_read_private(path), path)
    except OSError as error:
        raise _unreadable(path, error) from error


def write_ring(folder: Path, ring: KeyRing) -> None:
    """Put ``ring`` in place of what is there, in the same form, whole or not at all."""
    content = msgspec.json.format(msgspec.json.encode(ring))
    if is_sealed(folder):
        content = master_vault(read_master(folder)).seal(content, _CONTEXT)
    _replace(ring_file(folder), content)


def seal_ring(folder: Path, ring: KeyRing, master: bytes) -> None:
    """Put ``ring`` sealed under the new ``master`` in place of whatever is there, and ``master`` at its place.

    Killed at any moment, the keys open: the new master waits beside the former until the sealed file is the new one.
    """
    place, content = master_place(folder), msgspec.json.format(msgspec.json.encode(ring))
    _lay(_next(place), master)
    _replace(folder / SEALED, master_vault(master).seal(content, _CONTEXT))
    _next(place).rename(place)
    _sync(place.parent)
    (folder / PLAIN).unlink(missing_ok=True)
    _sync(folder)


def load_or_create(path: Path) -> Vault:
    """The vault of the plain key file at ``path``, which is made with fresh keys (mode 0600) when it is absent.

    Two processes that start at once end up with the same keys. Raises ``KeyFileFault``, naming the repair,
    for a file that cannot be read, is readable by others, or holds no keys; it is never overwritten.
    """
    try:
        if not path.exists():
            _create(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    return read_plain(path).vault()


def _decoded(content: bytes, path: Path) -> KeyRing:
    try:
        ring = msgspec.json.decode(content, type=KeyRing)
        ring.vault()
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise _malformed(path) from error
    return ring


def _create(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write(draft, msgspec.json.format(msgspec.json.encode(new_ring())))
    try:
        _publish(draft, path)
    finally:
        draft.unlink()


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write(draft, content)
    draft.rename(path)
    _sync(path.parent)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _publish(draft: Path, path: Path) -> None:
    # A link appears whole or not at all and never replaces the file of a process that was faster.
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_private(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        if mode & 0o077:
            raise _exposed(path, mode)
        return file.read()


def _unreadable(path: Path, error: OSError) -> KeyFileFault:
    reason = error.strerror or type(error).__name__
    return KeyFileFault(
        path=str(path),
        problem_zh=f"无法读取或创建（{reason}）",
        problem_en=f"it can be neither read nor made ({reason})",
        repair_zh="请检查所在文件夹是否存在，以及运行用户对它的权限",
        repair_en="See that its folder exists and that the user who runs this may use it",
    )


def _exposed(path: Path, mode: int) -> KeyFileFault:
    return KeyFileFault(
        path=str(path),
        problem_zh=f"其他用户可以访问（权限 {mode:04o}）",
        problem_en=f"other users have access to it (mode {mode:04o})",
        repair_zh=f"请执行 chmod 600 {path}，并考虑更换密钥",
        repair_en=f"Run chmod 600 {path}, and consider new keys",
    )


def _malformed(path: Path) -> KeyFileFault:
    return KeyFileFault(
        path=str(path),
        problem_zh="内容不是有效的密钥",
        problem_en="it does not hold valid keys",
        repair_zh="请从备份恢复；删除它会使已加密的数据永远无法解读",
        repair_en="Restore it from a backup; deleting it makes all sealed data unreadable for ever",
    )
