"""Who holds which part of the master key: split, told to the keepers, tried, and only then put to use.

Called by ``tongban keys split`` and ``tongban init``. A kill at any moment leaves keys that open: parts are written and
read back before anything is sealed under the new master key.
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.basics.key_file import (
    KEY_BYTES,
    SEALED,
    move_master,
    new_ring,
    read_ring,
    ring_file,
    seal_ring,
)
from tongban.basics.key_parts import combine, split
from tongban.cli.home import Home
from tongban.cli.parts import part_in, sheet
from tongban.ledger.keys import write_durably

FILE = "custody.json"


class KeepersUnfit(TongbanError):
    """The keepers do not make a splitting."""

    code = "keys.keepers_unfit"
    status = 422
    zh = "保管安排不成立：{reason_zh}。"
    en = "The keepers do not fit: {reason_en}."


class Keeper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who holds a part, and the new file on their own medium that takes the sheet."""

    name: str
    file: Path


class Custody(msgspec.Struct, frozen=True):
    """Who holds parts since when: names only, beside the keys. ``group`` is on every sheet."""

    group: str
    needed: int
    keepers: tuple[str, ...]
    on: dt.date


def read_custody(home: Home) -> Custody | None:
    """Who holds parts now, None when the keys were never split."""
    path = home.keys / FILE
    if not path.exists() or not (home.keys / SEALED).exists():
        return None
    return msgspec.json.decode(path.read_bytes(), type=Custody)


def keepers_fault(keepers: Sequence[Keeper], needed: int, home: Path) -> tuple[str, str] | None:
    """Why ``keepers`` can not be, in two languages; None when they can."""
    files = [one.file.absolute() for one in keepers]
    if len({one.name.strip() for one in keepers}) < max(2, len(keepers)):
        return "至少两位不同的保管人", "at least two different keepers"
    if len({file.parent for file in files}) < len(files):
        return "每一片要放在各自的介质（目录）上", "each part goes to a medium (folder) of its own"
    if any(file.is_relative_to(home.absolute()) for file in files):
        return "分片不能放在节点自己的目录里", "no part lies in the node's own folder"
    if not 2 <= needed <= len(keepers):
        return f"需要的片数应在 2 到 {len(keepers)} 之间", f"between 2 and {len(keepers)} parts must be needed"
    if missing := [str(file.parent) for file in files if not file.parent.is_dir()]:
        return f"目录不存在：{'、'.join(missing)}", f"there is no folder {', '.join(missing)}"
    return None


def split_keys(home: Home, keepers: Sequence[Keeper], needed: int, node: str, place: Path | None = None) -> Custody:
    """Make a new master key, give its parts to ``keepers``, and seal the vault's keys under it.

    ``place``: where the assembled master key lies while the node works; by default ``opened/`` of the working folder.
    Earlier parts open nothing from then on. Raises ``KeepersUnfit``, ``KeyFileFault``, ``MasterMissing``.
    """
    if fault := keepers_fault(keepers, needed, home.path):
        raise KeepersUnfit(reason_zh=fault[0], reason_en=fault[1])
    home.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    today = local_day(dt.datetime.now(dt.UTC))
    ring = read_ring(home.keys) if ring_file(home.keys).exists() else new_ring(today.isoformat())
    master = secrets.token_bytes(KEY_BYTES)
    parts = split(master, needed, len(keepers))
    for keeper, part in zip(keepers, parts, strict=True):
        write_durably(keeper.file, sheet(part, keeper.name, len(keepers), node).encode())
    _try(keepers, master)
    if place is not None:
        move_master(home.keys, place)
    seal_ring(home.keys, ring, master)
    held = Custody(parts[0].group, needed, tuple(one.name for one in keepers), today)
    write_durably(home.keys / FILE, msgspec.json.format(msgspec.json.encode(held)))
    return held


def _try(keepers: Sequence[Keeper], master: bytes) -> None:
    """The sheets as they were written give the key back: every one of them is read."""
    read = [part_in(keeper.file) for keeper in keepers]
    needed = read[0].needed
    for first in range(len(read)):
        chosen = [read[(first + n) % len(read)] for n in range(needed)]
        if combine(chosen) != master:
            raise KeepersUnfit(reason_zh="写出的分片拼不回主密钥", reason_en="the sheets do not give the key back")
