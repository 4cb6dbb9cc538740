"""Real servers for the connectors: PostgreSQL with passwords on a TCP port, MariaDB where Debian has it."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pymysql
import pytest

from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.resources.provider import CallContext

CONTEXT = CallContext("case-1", "办理新生儿落户", "户口登记条例 第七条", "d-police", "request-1")
# Invented people; the numbers have wrong check digits on purpose.
PEOPLE = [
    ("33090319900101000A", "王芳", "2019-05-20", 2, True, "8642.50"),
    ("33090319910202000B", "周梅", "2020-10-01", 1, False, "12.00"),
    ("33090319920303000C", "O'Hara \\ 欧阳", "2021-02-28", 0, True, None),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Database:
    """A running server with a reader whose password lies in a file. ``sql`` acts as its administrator."""

    kind: str
    port: int
    folder: Path
    admin: str

    @property
    def password_file(self) -> Path:
        return self.folder / "reader-password"

    @property
    def address(self) -> str:
        return f"{self.kind}://reader@127.0.0.1:{self.port}/register"

    def sql(self, *statements: str) -> None:
        if self.kind == "postgresql":
            with psycopg.connect(self.admin, autocommit=True) as connection:
                for statement in statements:
                    connection.execute(statement.encode())
        else:
            self._mysql(statements)

    def _mysql(self, statements: tuple[str, ...]) -> None:
        connection = pymysql.connect(unix_socket=self.admin, user="root", charset="utf8mb4", autocommit=True)
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def change_password(self, password: str) -> None:
        if self.kind == "postgresql":
            self.sql(f"ALTER ROLE reader PASSWORD '{password}'")
        else:
            self.sql(f"ALTER USER 'reader'@'%' IDENTIFIED BY '{password}'")


def rows(register: str) -> str:
    told = ", ".join(
        "({})".format(", ".join("NULL" if v is None else str(v) if isinstance(v, int) else quoted(v) for v in row))
        for row in PEOPLE
    )
    return f"INSERT INTO {register} (id_no, full_name, registered, copies, valid, amount) VALUES {told}"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


COLUMNS = (
    "id_no varchar(18) PRIMARY KEY, full_name char(20), registered date, copies int, valid boolean,"
    " amount numeric(10,2), secret text"
)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder, port = tmp_path_factory.mktemp("postgresql"), free_port()
    server = EmbeddedPostgres(folder / "server", fast=True, settings={"shared_buffers": "16MB"})
    own = server.start()
    server.stop()
    (server.data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    server = EmbeddedPostgres(
        folder / "server",
        fast=True,
        settings={"shared_buffers": "16MB", "listen_addresses": "127.0.0.1", "port": str(port)},
    )
    try:
        own = server.start().replace("port=5432", f"port={port}")
        yield _filled(Database("postgresql", port, folder, own))
    finally:
        server.stop(immediate=True)


@pytest.fixture(scope="session")
def mysql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if not all(map(shutil.which, ("mariadbd", "mariadb-install-db", "my_print_defaults"))):
        pytest.skip("MariaDB is not installed (Debian: mariadb-server-core and mariadb-client-core)")
    folder, port = tmp_path_factory.mktemp("mariadb"), free_port()
    data, own = folder / "data", Path("/tmp") / f"tongban-test-{secrets.token_hex(6)}.sock"
    given = [f"--datadir={data}", "--user=root", f"--pid-file={folder}/pid", f"--tmpdir={folder}"]
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", *given[:2], "--auth-root-authentication-method=normal",
         "--skip-test-db", "--skip-name-resolve"],
        check=True, capture_output=True, env=os.environ | {"TMPDIR": str(folder)},
    )  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            ["mariadbd", "--no-defaults", *given, f"--socket={own}", f"--port={port}", "--bind-address=127.0.0.1",
             "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M",
             "--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci"],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait_for(server, own)
        yield _filled(Database("mysql", port, folder, str(own)))
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(server: "subprocess.Popen[bytes]", own: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, "MariaDB ended early"
        try:
            pymysql.connect(unix_socket=str(own), user="root").close()
            return
        except pymysql.err.OperationalError:
            time.sleep(0.1)
    raise AssertionError("MariaDB does not answer")


def _filled(database: Database) -> Database:
    if database.kind == "postgresql":
        database.sql("CREATE DATABASE register", "CREATE ROLE reader LOGIN PASSWORD 'first-password'")
        database.admin = database.admin.replace("/tongban?", "/register?")
        database.sql("CREATE SCHEMA people", f"CREATE TABLE people.register ({COLUMNS})", rows("people.register"))
        database.sql("GRANT USAGE ON SCHEMA people TO reader", "GRANT SELECT ON people.register TO reader")
    else:
        database.sql(
            "CREATE DATABASE register",
            f"CREATE TABLE register.register ({COLUMNS.replace('secret text', 'secret longtext')})",
        )
        database.sql("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'", "CREATE USER 'reader'@'%' IDENTIFIED BY 'x'")
        database.sql("GRANT SELECT ON register.register TO 'reader'@'%'")
        database.change_password("first-password")
        connection = pymysql.connect(unix_socket=database.admin, user="root", charset="utf8mb4", autocommit=True)
        with connection, connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'")
            cursor.execute(rows("register.register"))
    database.password_file.write_text("first-password\n")
    return database
