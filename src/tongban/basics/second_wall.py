"""The second wall: PostgreSQL shows rows of personal tables only to whom the session setting says one is.

The checkpoint decides; the wall stands behind it for the day on which a statement has a wrong filter. It holds for
connections that took the application's role, which owns no table. The setting travels in the same batch as the
statement (libpq's pipeline), so nothing waits once more; it ends with the transaction, so no connection keeps it and
whatever forgets it is shown nothing. Policies: migration ``0025_second_wall``. Called by the store and by requests.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROLE = "tongban_application"
TABLES = (
    "case_events",
    "case_evidence",
    "case_files",
    "case_pledges",
    "case_questions",
    "cases",
    "consent_requests",
    "consents",
    "drafts",
    "licence_changes",
    "licence_presentations",
    "licences",
    "look_ups",
    "messages",
    "notice_readings",
    "notices",
    "objections",
    "rights_copies",
    "rights_requests",
)
"""Tables behind the wall."""
_NAMES = re.compile(rf"\b({'|'.join(TABLES)}|licence_rows)\b")
_SET = "SELECT set_config('tongban.wall', %s, true)"
_SET_NOW = b"SELECT set_config('tongban.wall', $1, true)"
NOBODY = ""


class _Standing:
    """As whom one request stands; shared by all tasks of the request."""

    def __init__(self) -> None:
        self.wall = NOBODY


_standing: ContextVar[_Standing | None] = ContextVar("standing", default=None)
_instead: ContextVar[str | None] = ContextVar("instead", default=None)


def standing() -> str:
    """The setting for statements of this task: empty shows nothing."""
    instead = _instead.get()
    if instead is not None:
        return instead
    found = _standing.get()
    return found.wall if found is not None else NOBODY


@contextmanager
def a_request() -> Iterator[None]:
    """One request begins as nobody, and leaves nothing behind."""
    token = _standing.set(_Standing())
    try:
        yield
    finally:
        _standing.reset(token)


def in_request() -> bool:
    """Whether this task answers a request."""
    return _standing.get() is not None


def stand_for(wall: Mapping[str, Any]) -> None:
    """From here on this request stands for whom ``wall`` describes."""
    found = _standing.get()
    if found is not None:
        found.wall = msgspec.json.encode(wall).decode()


@contextmanager
def by_session(digest: bytes) -> Iterator[None]:
    """Statements inside find out who is behind a session and read for them at once."""
    with _as(f'{{"session":"{digest.hex()}"}}'):
        yield


@contextmanager
def as_platform(reason: str) -> Iterator[None]:
    """Statements inside are the platform's own and see everything. ``reason`` says why, to whoever reads the code."""
    with _as(msgspec.json.encode({"system": reason}).decode()):
        yield


@contextmanager
def _as(wall: str) -> Iterator[None]:
    token = _instead.set(wall)
    try:
        yield
    finally:
        _instead.reset(token)


@lru_cache(maxsize=2048)
def _meets(statement: str) -> bool:
    return _NAMES.search(statement) is not None


def _is_walled(statement: Any) -> bool:
    if isinstance(statement, bytes):
        return _meets(statement.decode())
    return _meets(statement) if isinstance(statement, str) else True


class WalledCursor(psycopg.AsyncCursor[Any]):
    """Sends the setting in one batch with the first statement of a transaction that meets the wall."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> "WalledCursor":
        """As psycopg's."""
        connection, wall = self.connection, standing()
        if not isinstance(connection, WalledConnection) or connection.told == wall or not _is_walled(query):
            await super().execute(query, params, **options)
            return self
        if connection.pgconn.pipeline_status != psycopg.pq.PipelineStatus.OFF:
            connection.tell(wall)
            await super().execute(query, params, **options)
            return self
        async with connection.pipeline():
            connection.tell(wall)
            await super().execute(query, params, **options)
        if connection.in_transaction:
            connection.told = wall
        return self

    async def executemany(self, query: Any, params_seq: Any, *, returning: bool = False) -> None:
        """As psycopg's; the setting goes ahead where the statement meets the wall."""
        connection = self.connection
        assert isinstance(connection, WalledConnection)
        if _is_walled(query) and connection.in_transaction:
            await psycopg.AsyncCursor(connection).execute(_SET, [standing()])
        await super().executemany(query, params_seq, returning=returning)


class WalledConnection(psycopg.AsyncConnection[Any]):
    """A connection whose statements meet the wall. ``told``: what the running transaction was told, if anything."""

    told: str | None = NOBODY

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = WalledCursor

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun on purpose."""
        return self.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS

    def tell(self, wall: str) -> None:
        """Put the setting before the next statement of the pipeline, so that both leave in one write.

        As psycopg itself queues BEGIN and COMMIT; a cursor of its own would send the setting at once, and the server
        would be woken twice.
        """
        assert self._pipeline is not None
        self._pipeline.command_queue.append(partial(self.pgconn.send_query_params, _SET_NOW, [wall.encode()]))
        self._pipeline.result_queue.append(None)

    @asynccontextmanager
    async def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> AsyncIterator[psycopg.AsyncTransaction]:
        """As psycopg's. What is rolled back takes the setting with it, so it is told anew on either side."""
        try:
            async with super().transaction(savepoint_name, force_rollback) as transaction:
                self.told = None
                yield transaction
        finally:
            self.told = None if self.in_transaction else NOBODY


def behind_the_wall(conninfo: str) -> str:
    """The same address, in the application's role from the first moment on.

    Statements keep one plan whatever their values: beside the policies a plan for each value looks cheaper than it is
    to make. That the one plan finds its rows by an index is tested for every hot statement.
    """
    options = str(conninfo_to_dict(conninfo).get("options") or "")
    return make_conninfo(conninfo, options=f"{options} -c role={ROLE} -c plan_cache_mode=force_generic_plan".strip())


_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON installation, migration_checksums FROM {role}",
)


def raise_wall(connection: psycopg.Connection[Any]) -> bool:
    """Make the application's role with its rights, as the owner of the tables; whether it stands.

    Safe to repeat and for concurrent starts. False when the owner may make no role: an administrator of the server then
    runs ``CREATE ROLE tongban_application`` and ``GRANT tongban_application TO`` the owner once.
    """
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('tongban.wall'))")
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {role} NOLOGIN").format(role=sql.Identifier(ROLE)))
            member = connection.execute("SELECT pg_has_role(current_user, %s, 'SET')", [ROLE]).fetchone()
            if not (member and member[0]):
                connection.execute(sql.SQL("GRANT {role} TO CURRENT_USER").format(role=sql.Identifier(ROLE)))
            for grant in _GRANTS:
                connection.execute(sql.SQL(grant).format(role=sql.Identifier(ROLE)))
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.DuplicateObject, psycopg.errors.InternalError):
        return _stands(connection)
    return True


_STANDS = (
    "SELECT has_table_privilege(oid, 'cases', 'SELECT') AND pg_has_role(current_user, oid, 'SET')"
    "  FROM pg_roles WHERE rolname = %s"
)


def _stands(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute(_STANDS, [ROLE]).fetchone()
    return bool(found and found[0])


async def wall_stands(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether the application's role is there with its rights, so that requests can meet the wall."""
    found = await (await connection.execute(_STANDS, [ROLE])).fetchone()
    return bool(found and found[0])
