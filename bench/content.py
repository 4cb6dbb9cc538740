"""The database that is measured: the demonstration with past cases, and applicants whose drafts are ready.

One case and one draft are made by the platform itself, as 王芳; the rest are copies of their rows under ids of
their own, so that every row is what the platform writes. What the web process will open is sealed anew for
each copy. Called by ``run`` and by the test that looks at query plans.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from tongban.assembly.platform import Platform
from tongban.assembly.record_provider import RecordProvider
from tongban.basics.database import Database, platform_now
from tongban.basics.vault import Vault
from tongban.cases.actions import drafts, submission
from tongban.cases.kernel import Kernel
from tongban.cases.models import Draft
from tongban.cases.rows import context
from tongban.cli.compose import kernel_of
from tongban.cli.home import Home
from tongban.cli.preparing import installed_story, prepare_demonstration
from tongban.cli.run import STORY, pack_folders
from tongban.ledger.keys import Signer
from tongban.parties.actions import open_session, who_is
from tongban.resources.recording import _place

REGION = "330103"
APPLICANT = "wangfang"
SQL = Path(__file__).with_name("content.sql").read_text("utf-8")
CASE, ACCOUNT, PERSON, DRAFT, LOOK_UP = 0x10, 0x20, 0x30, 0x40, 0x50
"""First byte of the last eight of an invented id, by what it names."""


def invented(kind: int, number: int, part: int = 0) -> UUID:
    """The ``number``-th id of ``kind``; the same as ``bench_id(kind, number, part)`` in the database."""
    return UUID(f"0190a000-0000-7{part:03x}-80{kind:02x}-{number:012x}")


def token(number: int) -> str:
    """The bearer token of the ``number``-th applicant."""
    return f"bench-token-{number}"


class Content:
    """Fills the empty database at ``conninfo``; keys lie in ``home``."""

    folders: Sequence[Path] = ()
    """Packs to install beside those that come with the platform."""

    def __init__(self, conninfo: str, home: Path, origin: str) -> None:
        self.conninfo, self.home = conninfo, Home(home)
        self.vault: Vault = self.home.vault()
        self.signer: Signer = self.home.signer(origin)

    async def fill(self, past: int, waiting: int, ready: int, copies: int) -> None:
        """``past`` finished cases and ``waiting`` unfinished ones; ``ready`` applicants for the web, ``copies``
        more for the database alone (numbered on; their sealed values are the first one's)."""
        folders = [*pack_folders(), *self.folders]
        _, platform = await prepare_demonstration(self.conninfo, self.vault, folders, lambda line: None)
        case, draft = await self._templates(platform)
        async with await psycopg.AsyncConnection.connect(
            self.conninfo, autocommit=True, row_factory=namedtuple_row
        ) as connection:
            await connection.execute(SQL)
            await self._past(connection, case, past, waiting)
            await self._applicants(connection, draft, ready, copies)
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")

    async def _templates(self, platform: Platform) -> tuple[UUID, Draft]:
        """A submitted case and a draft that is ready, made by the platform's own verbs."""
        providers = {one.resource: RecordProvider(one) for one in platform.seeds.records}
        database = Database(self.conninfo, size=2)
        await database.open()
        try:
            kernel = kernel_of(platform, database, self.vault, self.signer, providers)
            first = await self._ready(kernel)
            await submission.submit(kernel, await self._secret(kernel, APPLICANT), "token", REGION, first.id)
            return first.id, await self._ready(kernel)
        finally:
            await database.close()

    async def _secret(self, kernel: Kernel, login: str) -> str:
        async with kernel.database.connection() as connection:
            cursor = await connection.execute("SELECT id FROM accounts WHERE login = %s", (login,))
            row = await cursor.fetchone()
            assert row is not None
            return await open_session(connection, row.id, "token")

    async def form(self) -> tuple[str, dict[str, Any]]:
        """What is applied for, and the form: that of the pack's own story."""
        found = await installed_story(self.conninfo, *STORY)
        assert found is not None
        journey, story = found
        return journey, next(step["submit"]["form"] for step in story.steps if "submit" in step)

    async def _ready(self, kernel: Kernel) -> Draft:
        """王芳's draft, filled in."""
        journey, form = await self.form()
        async with kernel.database.connection() as connection:
            actor = (await who_is(connection, await self._secret(kernel, APPLICANT), "token")).actor
            now = await platform_now(connection)
        draft = (await drafts.open_draft(kernel, actor, now, REGION, journey)).draft
        draft = await drafts.read_notice(kernel, actor, now, REGION, draft.id, [])
        return await drafts.save_form(kernel, actor, now, REGION, draft.id, draft.revision, form)

    async def _past(self, connection: Any, case: UUID, past: int, waiting: int) -> None:
        row = await self._one(connection, "SELECT dossier FROM cases WHERE id = %s", case)
        plain = self.vault.open(row.dossier, context(REGION, case))
        await connection.execute("CREATE UNLOGGED TABLE bench_dossiers (number int, dossier bytea)")
        async with connection.cursor().copy("COPY bench_dossiers FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "bytea"])
            for number in range(past + waiting):
                place = context(REGION, invented(CASE, number))
                await copy.write_row((number, self.vault.seal(plain, place)))
        await connection.execute(sql.SQL("CALL bench_past({}, {})").format(sql.Literal(case), sql.Literal(waiting)))
        await connection.execute("DROP TABLE bench_dossiers")

    async def _applicants(self, connection: Any, draft: Draft, ready: int, copies: int) -> None:
        person = await self._one(
            connection, "SELECT p.* FROM persons p JOIN accounts a ON a.person = p.id WHERE a.login = %s", APPLICANT
        )
        particulars = self.vault.open(person.sealed, person.id_key)
        form = await self._one(connection, "SELECT form FROM drafts WHERE id = %s", draft.id)
        plain_form = self.vault.open(form.form, context(REGION, draft.id))
        values = await self._values(connection, draft.id)
        await connection.execute(
            "CREATE UNLOGGED TABLE bench_sealed (number int, part int, kind text, digest bytea, sealed bytea)"
        )
        async with connection.cursor().copy("COPY bench_sealed FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "int4", "text", "bytea", "bytea"])
            for number in range(ready):
                for record in self._sealed(number, particulars, plain_form, values):
                    await copy.write_row(record)
        await connection.execute(
            sql.SQL("CALL bench_applicants({}, {}, {})").format(
                sql.Literal(draft.id), sql.Literal(ready), sql.Literal(copies)
            )
        )
        await connection.execute("DROP TABLE bench_sealed")

    async def _values(self, connection: Any, draft: UUID) -> list[bytes | None]:
        """What each look-up of the template found, in the order of their ids."""
        cursor = await connection.execute("SELECT id, sealed FROM look_ups WHERE case_id = %s ORDER BY id", (draft,))
        rows = await cursor.fetchall()
        return [row.sealed and self.vault.open(row.sealed, _place(REGION, row.id)) for row in rows]

    def _sealed(
        self, number: int, particulars: bytes, form: bytes, values: list[bytes | None]
    ) -> Iterator[tuple[int, int, str, bytes, bytes | None]]:
        key = hashlib.sha256(f"bench-person-{number}".encode()).digest()
        yield number, 0, "person", key, self.vault.seal(particulars, key)
        place = context(REGION, invented(DRAFT, number))
        yield number, 0, "draft", b"", self.vault.seal(form, place)
        for part, found in enumerate(values):
            where = _place(REGION, invented(LOOK_UP, number, part))
            yield number, part, "look_up", b"", None if found is None else self.vault.seal(found, where)

    async def _one(self, connection: Any, statement: str, value: Any) -> Any:
        cursor = await connection.execute(statement, (value,))
        row = await cursor.fetchone()
        assert row is not None, statement
        return row


async def browser_session(conninfo: str, login: str) -> str:
    """The secret of a new browser session of ``login``."""
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        cursor = await connection.execute("SELECT id FROM accounts WHERE login = %s", (login,))
        row = await cursor.fetchone()
        assert row is not None
        return await open_session(connection, row.id, "browser")
