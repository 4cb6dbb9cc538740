"""The second wall: PostgreSQL shows rows of personal tables only to whom the session setting says one is.

The checkpoint decides; the wall stands behind it for the day on which a statement has a wrong filter. It holds for
connections that took the application's role, which owns no table. The setting travels in the same batch as the
statement (libpq's pipeline), so nothing waits once more; it ends with the transaction, so no connection keeps it and
whatever forgets it is shown nothing. Policies: migration ``0048_wall_around_persons``. Called by the store and by
requests.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from itertools import count
from typing import Any, Literal, NamedTuple

import psycopg
from psycopg import sql
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROLE = "tongban_application"
TABLES = (
    "accounts",
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
    "persons",
    "rights_copies",
    "rights_requests",
    "tasks",
)
"""Tables behind the wall."""
VIEWS = ("actors_now", "assisting_now", "licence_rows")
"""Views that read as whoever asks them."""
_NAMES = re.compile(rf"\b({'|'.join((*TABLES, *VIEWS))})\b")
_SAYS = b"SELECT wall_says($1, $2, $3, $4, $5)"
_SAYS_SESSION = b"SELECT wall_says_session(decode($1, 'hex'))"


class Wall(NamedTuple):
    """For whom a statement stands, in PostgreSQL arrays: ``owners`` (accounts, enterprises), ``keys`` (keyed hashes of
    their identities), ``places`` (region/department where one decides), ``over`` (regions that one watches).

    ``reach``: what is needed beside that (``Reach``), or ``system``. ``session``: a session's digest in hexadecimals
    instead of all that.
    """

    owners: str = ""
    keys: str = ""
    places: str = ""
    over: str = ""
    reach: str = ""
    session: str = ""


NOBODY = Wall()
_PLATFORM = Wall(reach="system")

Reach = Literal["officials", "anybody"]
"""Which persons and accounts a statement needs beside the asker's own: whoever has or had a post, or anybody."""


class _Standing:
    """As whom one request stands; shared by all tasks of the request."""

    def __init__(self) -> None:
        self.wall: Wall = NOBODY


_standing: ContextVar[_Standing | None] = ContextVar("standing", default=None)
_instead: ContextVar[Wall | None] = ContextVar("instead", default=None)


def standing() -> Wall:
    """For whom statements of this task stand: ``NOBODY`` is shown nothing."""
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


def stand_for(wall: Wall) -> None:
    """From here on this request stands for whom ``wall`` describes."""
    found = _standing.get()
    if found is not None:
        found.wall = wall


@contextmanager
def by_session(digest: bytes) -> Iterator[None]:
    """Statements inside find out who is behind a session and read for them at once."""
    with _as(Wall(session=digest.hex())):
        yield


@contextmanager
def as_platform(reason: str) -> Iterator[None]:
    """Statements inside are the platform's own and see everything. ``reason`` says why, to whoever reads the code."""
    assert reason
    with _as(_PLATFORM):
        yield


@contextmanager
def _as(wall: Wall) -> Iterator[None]:
    token = _instead.set(wall)
    try:
        yield
    finally:
        _instead.reset(token)


_reaches: dict[str, Reach] = {}


_DECLARED = re.compile(r"^wall: (officials|anybody) \(.+\)$", re.MULTILINE)


def declare(statement: str, comment: str) -> None:
    """What a statement's comment says that it needs beyond the asker's own, and why: ``wall: officials (why)``.

    Raises ``ValueError`` for a comment that tries to say so and does not.
    """
    found = _DECLARED.search(comment)
    if found is None and "wall:" in comment:
        raise ValueError(comment)
    if found is not None:
        _reaches[statement] = "officials" if found[1] == "officials" else "anybody"


@lru_cache(maxsize=2048)
def _meets(statement: str) -> bool:
    return _NAMES.search(statement) is not None


def _wall_for(statement: Any) -> Wall | None:
    """For whom this statement stands; None where it does not meet the wall."""
    text = statement.decode() if isinstance(statement, bytes) else statement
    if not isinstance(text, str):
        return standing()
    if not _meets(text):
        return None
    wall, reach = standing(), _reaches.get(text)
    if reach is None or wall.session or wall.reach:
        return wall
    return wall._replace(reach=reach)


class WalledCursor(psycopg.AsyncCursor[Any]):
    """Sends the setting in one batch with the first statement of a transaction that meets the wall."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> "WalledCursor":
        """As psycopg's."""
        connection, wall = self.connection, _wall_for(query)
        if not isinstance(connection, WalledConnection) or wall is None:
            await super().execute(query, params, **options)
            return self
        if connection.pgconn.pipeline_status != psycopg.pq.PipelineStatus.OFF:
            connection.tell(wall)
            connection.told = None if connection.begun else NOBODY
            await super().execute(query, params, **options)
            return self
        if connection.told == wall:
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
        wall = _wall_for(query)
        if wall is not None and connection.in_transaction:
            async with connection.pipeline():
                connection.tell(wall)
            connection.told = wall
        await super().executemany(query, params_seq, returning=returning)


class WalledConnection(psycopg.AsyncConnection[Any]):
    """A connection whose statements meet the wall. ``told``: what the running transaction was told, if anything."""

    told: Wall | None = NOBODY
    begun = 0
    """How many transactions were begun inside one another."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = WalledCursor
        self._numbers = count()
        self._prepared_as: dict[bytes, bytes] = {}  # what tells the wall → under which name the server knows it

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun on purpose."""
        return self.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS

    def tell(self, wall: Wall) -> None:
        """Put the settings before the next statement of the pipeline, so that both leave in one write.

        As psycopg itself queues BEGIN and COMMIT; a cursor of its own would send them at once, and the server would be
        woken twice.
        """
        assert self._pipeline is not None
        statement, said = (_SAYS_SESSION, [wall.session]) if wall.session else (_SAYS, [*wall[:5]])
        if (name := self._prepared_as.get(statement)) is None:
            name = self._prepared_as[statement] = b"wall_%d" % next(self._numbers)
            self._queue(partial(self.pgconn.send_prepare, name, statement))
        self._queue(partial(self.pgconn.send_query_prepared, name, [one.encode() for one in said]))

    def _queue(self, command: Callable[[], None]) -> None:
        assert self._pipeline is not None
        self._pipeline.command_queue.append(command)
        self._pipeline.result_queue.append(None)

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[psycopg.AsyncPipeline]:
        """As psycopg's. After a failure nobody knows what the server has prepared: that is done anew."""
        try:
            async with super().pipeline() as pipeline:
                yield pipeline
        except BaseException:
            self._prepared_as.clear()
            raise

    def _deallocate(self, name: bytes | None) -> PQGen[None]:
        """As psycopg's, which forgets everything prepared after a rollback."""
        if name is None:
            self._prepared_as.clear()
        yield from super()._deallocate(name)

    @asynccontextmanager
    async def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> AsyncIterator[psycopg.AsyncTransaction]:
        """As psycopg's. What is rolled back takes the setting with it, so it is told anew on either side."""
        self.begun += 1
        try:
            async with super().transaction(savepoint_name, force_rollback) as transaction:
                self.told = None
                yield transaction
        finally:
            self.begun -= 1
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
