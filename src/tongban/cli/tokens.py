"""Tokens of those who may read a feed of this node: given once, ended at once. Shared by the commands of the feeds."""

import sys
from collections.abc import Awaitable, Callable

from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection
from tongban.cli.library_errors import RegionToName
from tongban.cli.running import with_database

Register = Callable[[Connection, str, str], Awaitable[str]]
"""(connection, region, name) → the token."""
Revoke = Callable[[Connection, str, str], Awaitable[object]]


def give_token(register: Register, name: str, region: str | None, whose: tuple[str, str]) -> None:
    """Register ``name`` and print its token, this once. ``whose``: who keeps it, Chinese and English.

    Raises ``RegionToName``.
    """

    async def act(connection: Connection) -> str:
        return await register(connection, await _region(connection, region), name)

    token, (zh, en) = with_database(act), whose
    print(f"令牌只显示这一次，请存入{zh}的文件 shown this once, keep it in the {en}'s file:", file=sys.stderr)
    print(token)


def end_token(revoke: Revoke, name: str, region: str | None) -> None:
    """End the token of ``name`` at once. Raises ``RegionToName``."""

    async def act(connection: Connection) -> None:
        await revoke(connection, await _region(connection, region), name)

    with_database(act)
    print(f"已撤销 revoked: {name}")


async def _region(connection: Connection, given: str | None) -> str:
    """The region that is meant: the given one, or the only one. Raises ``RegionToName``."""
    from tongban.assembly.installing import load_installed

    connection.row_factory = namedtuple_row
    served = sorted((await load_installed(connection)).directory.regions)
    chosen = served if given is None else [code for code in served if code == given]
    if len(chosen) != 1:
        raise RegionToName(regions=" ".join(served) or "-")
    return chosen[0]
