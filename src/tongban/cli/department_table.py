"""An invented department whose records lie in tables of its own PostgreSQL server. Run by ``tongban department``.

The platform gets an account that may read them and nothing else, and shows a password.
"""

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

import psycopg
from psycopg import sql

from tongban.connectors.embedded_postgres import EmbeddedPostgres

READER = "reader"
SERIAL = "_serial"
"""The table's own number of a row; no field is called so."""
SETTINGS = {"shared_buffers": "8MB", "max_connections": "20", "max_wal_size": "64MB", "cluster_name": "department"}
_ADMISSION = "local all tongban trust\nhost all reader 127.0.0.1/32 scram-sha-256\n"
Rows = Sequence[Mapping[str, object]]


def keep_tables(tables: Mapping[str, Rows], storage: Path, password: str, port: int) -> None:
    """Keep the server in ``storage`` until a signal comes, with a table of each resource, filled the first time.

    It answers on 127.0.0.1:``port``, and ``storage/ready`` stands while it does. Raises the errors of
    ``embedded_postgres``.
    """
    done = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    ready, filled = storage / "ready", storage / "filled"
    names = "\n".join(tables)
    if not filled.exists() or filled.read_text("utf-8") != names:
        _prepare(storage / "server", tables, password)
        filled.write_text(names, "utf-8")
    given = {"listen_addresses": "127.0.0.1", "port": str(port)}
    server = EmbeddedPostgres(storage / "server", settings={**SETTINGS, **given})
    try:
        server.start()
        ready.touch()
        while server.alive() and not done.wait(0.5):
            continue
    finally:
        ready.unlink(missing_ok=True)
        server.stop()


def _prepare(home: Path, tables: Mapping[str, Rows], password: str) -> None:
    """Fill the tables while nothing listens on the network: whoever comes later shows a password."""
    server = EmbeddedPostgres(home, settings=SETTINGS)
    try:
        address = server.start()
        (server.data / "pg_hba.conf").write_text(_ADMISSION, "utf-8")
        _admit(address, password)
        for resource, rows in tables.items():
            _fill(address, resource, rows)
    finally:
        server.stop()


def _admit(address: str, password: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        known = connection.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [READER]).fetchone()
        act = "ALTER" if known and known[0] else "CREATE"
        # A role's password can not be bound; the driver quotes it.
        parts = (sql.SQL(act), sql.Identifier(READER), sql.Literal(password))
        connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(*parts))


def _fill(address: str, resource: str, rows: Rows) -> None:
    """One column of text a field, made and filled together, so that a kill leaves all or nothing."""
    name = resource.rpartition(".")[2]
    table = sql.Identifier(name)
    names = list(dict.fromkeys(column for row in rows for column in row))
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(column)) for column in names)
    places = sql.SQL(", ").join(sql.Placeholder() * len(names))
    with psycopg.connect(address) as connection:
        found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f'"{name}"']).fetchone()
        if found and found[0]:
            return
        connection.execute(
            sql.SQL("CREATE TABLE {} ({} integer PRIMARY KEY, {})").format(table, sql.Identifier(SERIAL), columns)
        )
        insert = sql.SQL("INSERT INTO {} VALUES (%s, {})").format(table, places)
        for number, row in enumerate(rows, 1):
            connection.execute(insert, [number, *(_text(row.get(column)) for column in names)])
        connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(table, sql.Identifier(READER)))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
