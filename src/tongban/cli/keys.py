"""``tongban keys``: split the master key between people, open the keys with their parts, replace the vault's keys.

Mounted by the main command. Who holds what and what happens at night: docs/keys.md.
"""

import asyncio
from pathlib import Path

from cyclopts import App

from tongban.basics.errors import TongbanError
from tongban.basics.key_file import is_sealed, move_master, opens, put_master, read_ring
from tongban.basics.key_parts import PartsUnfit
from tongban.basics.vault import Algorithm
from tongban.cli.custody import Keeper, read_custody, split_keys
from tongban.cli.destroying import destroy_key
from tongban.cli.home import Home
from tongban.cli.parts import master_from
from tongban.cli.rotating import rotate as rotate_keys
from tongban.cli.running import database_address
from tongban.cli.settings import read_settings

keys_app = App(name="keys", help="Split, open and replace the keys that encrypt at rest.")


class NotSplit(TongbanError):
    """The keys lie as they are; nobody holds parts."""

    code = "keys.not_split"
    status = 409
    zh = "密钥还没有分片，不需要打开。办法：执行 tongban keys split。"
    en = "The keys were never split, so nothing needs opening. Repair: run tongban keys split."


class KeeperUnreadable(TongbanError):
    """A keeper is not written as ``name=file``."""

    code = "keys.keeper_unreadable"
    status = 422
    zh = "“{found}”应写作：姓名=文件，例如 吴昊=/media/a/part.txt。"
    en = "“{found}” must be written as name=file, such as 吴昊=/media/a/part.txt."


@keys_app.command
def split(*keeper: str, needed: int = 2, master: Path | None = None) -> None:
    """Give each keeper a part of a new master key, and seal the keys under it; earlier parts are void from then on.

    Parameters
    ----------
    keeper
        ``name=file`` for each: the file is the sheet, on the keeper's own medium.
    needed
        How many parts open.
    master
        Where the assembled master key lies while the node works, such as ``/run/tongban/master.key``, which a restart
        of the machine empties: then keepers must come. By default a file in the working folder, which it does not.
    """
    settings = read_settings()
    home, found = Home(settings.home), [_keeper(text) for text in keeper]
    place = master.absolute() if master is not None else None
    held = split_keys(home, found, needed, settings.public_url, place)
    print(f"分片 {held.group}：{'、'.join(held.keepers)}，任意 {held.needed} 片可打开 any {held.needed} of them open")
    print("请各保管人打印自己的一页、封存，然后删除文件 print, seal, lock away, then delete the files")


@keys_app.command(name="open")
def open_(*, part: list[Path] | None = None) -> None:
    """Assemble the master key from parts, so that the node can start; asks for parts that are not given.

    Parameters
    ----------
    part
        File with a sheet; may be given several times.
    """
    home = Home(read_settings().home)
    if not is_sealed(home.keys):
        raise NotSplit()
    master = master_from(part or [])
    if not opens(home.keys, master):
        raise PartsUnfit(problem_zh="它们属于另一次分片", problem_en="they belong to another splitting")
    print(f"已打开 opened: {put_master(home.keys, master)}")


@keys_app.command
def place(file: Path) -> None:
    """Move the assembled master key: where it lies while the node works.

    Parameters
    ----------
    file
        The new place, such as ``/run/tongban/master.key``.
    """
    move_master(Home(read_settings().home).keys, file.absolute())
    print(file.absolute())


@keys_app.command
def show() -> None:
    """Print ids and ages of the vault's keys and who holds parts; never a key."""
    home = Home(read_settings().home)
    ring, held = read_ring(home.keys), read_custody(home)
    for name in ring.keys:
        state = "使用中 current" if name == ring.current else f"停用 retired {ring.retired.get(name, '-')}"
        print(f"{name}  {ring.algorithm}  {ring.made.get(name, '-')}  {state}")
    if held is not None:
        print(f"分片 parts {held.group}: {'、'.join(held.keepers)} ({held.needed}/{len(held.keepers)}) {held.on}")


@keys_app.command
def rotate(*, algorithm: Algorithm | None = None) -> None:
    """Put a new key in place of the one that seals, beside the running node; goes on where it was killed.

    Every process learns the new key, then it seals, then what the old one sealed is sealed anew in batches.

    Parameters
    ----------
    algorithm
        Seal by another algorithm from now on, such as ``SM4-GCM-SM3``.
    """
    settings = read_settings()
    asyncio.run(rotate_keys(Home(settings.home), database_address(settings), print, algorithm))


@keys_app.command
def destroy(key: str, *, part: list[Path] | None = None, older_too: bool = False) -> None:
    """Destroy a retired key for ever, when nothing in the database is sealed with it. Keepers bring their parts.

    Parameters
    ----------
    key
        Its id, as ``tongban keys show`` prints it.
    part
        File with a sheet; may be given several times. Asked for where the keys are split.
    older_too
        Also when backups of its time are still kept: what is sealed in them can then never be opened again.
    """
    settings = read_settings()
    home = Home(settings.home)
    if is_sealed(home.keys) and not opens(home.keys, master_from(part or [])):
        raise PartsUnfit(problem_zh="它们属于另一次分片", problem_en="they belong to another splitting")
    asyncio.run(destroy_key(home, database_address(settings), key, print, older_too=older_too))


def _keeper(text: str) -> Keeper:
    name, sign, file = text.partition("=")
    if not sign or not name.strip() or not file.strip():
        raise KeeperUnreadable(found=text)
    return Keeper(name.strip(), Path(file.strip()).absolute())
