"""The book of grants against the database: what is new is found, what ends ends at once, quotas hold under pressure."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tongban.basics.database import Database, platform_now
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.parties.definitions import Department, Region
from tongban.parties.directory import Directory
from tongban.resources import actions
from tongban.resources.definitions import GrantNeed, Resource, ResourceField
from tongban.resources.errors import NotGranted
from tongban.resources.granting.book import GrantBook
from tongban.resources.granting.compiled import Ask, Compiled, Denial
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.models import Grant, LookUpRequest
from tongban.resources.provider import Answer, CallContext, Found

from .intending import begins

REGION = "330903"
RESOURCE = Resource("civil-affairs.marriage", "婚姻登记信息", "civil-affairs", [ResourceField("id", "号码", key=True)])
NEED = GrantNeed("n", RESOURCE.id, "police", ["id"], "落户", "户口登记条例 第七条", "birth")
DIRECTORY = Directory(
    {REGION: Region(REGION, "示范区", [], [Department("d-police", "公安分局", "公安", "X", roles=["police"])])}
)
ASK = Ask(REGION, RESOURCE.id, "d-police", None, "birth", ["id"], {"id": "1"})


def book(vault: Vault, max_age: float = 60) -> GrantBook:
    return GrantBook({RESOURCE.id: RESOURCE}, MaskKeys(vault), max_age)


async def granted(database: Database, now: datetime) -> Grant:
    async with database.connection() as connection:
        (grant,) = await actions.propose_grants(connection, REGION, [NEED], DIRECTORY, "p", "1.0.0", now)
    return grant


async def now_of(database: Database) -> datetime:
    async with database.connection() as connection:
        return await platform_now(connection)


async def test_a_grant_that_the_book_does_not_know_yet_is_found_and_a_revoked_one_gives_nothing(
    database: Database, vault: Vault
) -> None:
    kept, now = book(vault), await now_of(database)
    assert isinstance(await kept.admit(database, ASK, now), Denial)
    grant = await granted(database, now)
    found = await kept.admit(database, ASK, now)
    assert isinstance(found, Compiled) and found.grant == grant
    async with database.connection() as connection:
        await actions.revoke(connection, REGION, grant.id, "提供方停止共享", now)
        # The book is still a moment old; the statement that commits to asking is not.
        assert isinstance(kept.decide(ASK, now), Compiled)
    assert not await begins(database, found.grant, 1, now)
    assert await kept.refresh(database) and not await kept.refresh(database)
    assert kept.decide(ASK, now) == Denial("no grant")


async def test_a_quota_is_never_overdrawn_however_many_ask_at_once(database: Database, vault: Vault) -> None:
    now = await now_of(database)
    grant = await granted(database, now)
    async with database.connection() as connection:
        await connection.execute("UPDATE grants SET quota = 5")
    limited = msgspec.structs.replace(grant, quota=5)
    assert sum(await asyncio.gather(*(begins(database, limited, 1, now) for _ in range(12)))) == 5
    assert await begins(database, limited, 5, now + timedelta(days=1))
    assert not await begins(database, limited, 6, now + timedelta(days=2))
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT records FROM grant_days ORDER BY day")
        assert [row.records for row in await cursor.fetchall()] == [5, 5]
        cursor = await connection.execute("SELECT count(*) AS n FROM exchange_intents")
        assert (await cursor.fetchall())[0].n == 6  # what was refused left neither an intent nor a count


class Counting:
    """A provider that counts how often it is asked."""

    calls = 0

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109
        context: CallContext,
    ) -> Answer:
        self.calls += 1
        return Found({"id": "1"}, dict(match))


async def test_a_look_up_beyond_the_quota_or_outside_its_rows_gives_nothing(database: Database, vault: Vault) -> None:
    at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    await granted(database, at)
    provider, key = Counting(), vault.keyed_hash("person", "1")
    request = LookUpRequest(REGION, new_id(), RESOURCE, "d-police", "d-ca", "birth", {"id": "1"}, ["id"], "duty", key)
    async with database.connection() as connection:
        await connection.execute("""UPDATE grants SET quota = 2, "rows" = 'id <> ''1''' """)
    outside = await actions.look_up(database, provider, request, at, vault)
    assert (outside.outcome, outside.values) == ("missing", {})
    async with database.connection() as connection:
        await connection.execute("""UPDATE grants SET "rows" = NULL, masks = '{"id": {"kind": "hash"}}' """)
    masked = await actions.look_up(database, provider, request, at, vault)
    assert masked.outcome == "found" and len(masked.values["id"]) == 32
    with pytest.raises(NotGranted, match="used up"):
        await actions.look_up(database, provider, request, at, vault)
    assert provider.calls == 2
