"""Versioned SQL migrations by yoyo, with checksums of our own.

yoyo accepts an applied file that was edited later; a checksum beside each applied migration refuses it.
Called once before serving, by ``tongban run`` and by the tests.
"""

import hashlib
import logging
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode

import psycopg
import yoyo
from psycopg.conninfo import conninfo_to_dict

from tongban.basics.errors import TongbanError
from tongban.basics.second_wall import raise_wall

Kind = Literal["production", "demonstration"]
MINIMUM_SERVER = 160000


class MigrationEdited(TongbanError):
    """An applied migration file no longer has the text that was applied."""

    code = "basics.migration_edited"
    zh = "已执行的迁移 {name} 被改动过。请恢复原文件，另写一个新的迁移。"
    en = "Applied migration {name} was edited. Restore the file and write a new migration instead."


class WrongKind(TongbanError):
    """The database was created as the other kind (demonstration or production)."""

    code = "basics.wrong_kind"
    zh = "这个数据库创建时标明为 {found}，不能作为 {wanted} 使用。请换一个数据库。"
    en = "This database was created as {found} and can not serve as {wanted}. Use another database."


class ServerTooOld(TongbanError):
    """The PostgreSQL server is older than 16."""

    code = "basics.server_too_old"
    zh = "PostgreSQL 版本为 {found}，需要 16 或更高。"
    en = "PostgreSQL is {found}; 16 or newer is needed."


def _yoyo_address(conninfo: str) -> str:
    parts = {key: str(value) for key, value in conninfo_to_dict(conninfo).items() if value is not None}
    user, password = quote(parts.pop("user", ""), safe=""), quote(parts.pop("password", ""), safe="")
    host, port = parts.pop("host", "localhost"), parts.pop("port", "")
    name = parts.pop("dbname", user)
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    place = f":{port}" if port and not host.startswith("/") else ""
    if host.startswith("/"):
        parts |= {"host": host} | ({"port": port} if port else {})
        host = ""
    query = f"?{urlencode(parts)}" if parts else ""
    return f"postgresql+psycopg://{login}{host}{place}/{name}{query}"


def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _check_server(connection: psycopg.Connection) -> None:
    if connection.info.server_version < MINIMUM_SERVER:
        raise ServerTooOld(found=str(connection.info.server_version // 10000))


def _settle_kind(connection: psycopg.Connection, kind: Kind) -> None:
    connection.execute("INSERT INTO installation (kind) VALUES (%s) ON CONFLICT DO NOTHING", [kind])
    row = connection.execute("SELECT kind FROM installation").fetchone()
    if row is None or row[0] != kind:
        raise WrongKind(found=row and row[0], wanted=kind)


def migration_names() -> list[str]:
    """The migrations of this version, in their order."""
    folder = files("tongban.basics").joinpath("migrations")
    return sorted(one.name for one in folder.iterdir() if one.name.endswith(".sql"))


def migrate(conninfo: str, kind: Kind) -> list[str]:
    """Bring the database to the newest version and settle, once, what kind it is.

    Returns the names applied now. Safe for concurrent starts, and after one that was killed in the middle. Raises
    ``MigrationEdited``, ``WrongKind``, ``ServerTooOld``.
    """
    logging.getLogger("yoyo").setLevel(logging.WARNING)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        _check_server(connection)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration_checksums (name text PRIMARY KEY, sha256 text NOT NULL)"
        )
        with as_file(files("tongban.basics").joinpath("migrations")) as folder:
            applied = _apply(conninfo, connection, Path(folder))
        _settle_kind(connection, kind)
        raise_wall(connection)
        return applied


def _apply(conninfo: str, connection: psycopg.Connection, folder: Path) -> list[str]:
    backend = yoyo.get_backend(_yoyo_address(conninfo))
    try:
        migrations = yoyo.read_migrations(str(folder))
        # The server gives up this lock with the connection; yoyo's own is a row, which a killed process leaves behind.
        connection.execute("SELECT pg_advisory_lock(hashtext('tongban migrations'))")
        backend.break_lock()
        with backend.lock():
            known: dict[str, str] = dict(connection.execute("SELECT name, sha256 FROM migration_checksums").fetchall())
            for migration in migrations:
                if known.get(migration.id, _digest(migration.path)) != _digest(migration.path):
                    raise MigrationEdited(name=migration.id)
            waiting = backend.to_apply(migrations)
            names = [migration.id for migration in waiting]
            backend.apply_migrations(waiting)
            for migration in migrations:
                connection.execute(
                    "INSERT INTO migration_checksums VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    [migration.id, _digest(migration.path)],
                )
        return names
    finally:
        backend.connection.close()
