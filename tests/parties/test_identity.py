"""Who one is: sessions that open once proved, end when they should, and the one checkpoint for everything."""

from uuid import uuid4

import pytest
from tests.world import FANG, JING, LEAD, REGION, WEI, World

from tongban.parties.actions import open_session, particulars, sign_out, who_is
from tongban.parties.errors import NotAllowed, NotSignedIn, TooManyAttempts, WrongCredentials
from tongban.parties.log_in.signing_in import sign_in
from tongban.parties.models import Actor, Post, Subject
from tongban.parties.rules import ACTIONS, desk_scope, may

PASSWORD = "tongban-2026"


async def _sign_in(world: World, login: str, password: str = PASSWORD, source: str = "10.0.0.1") -> str:
    async with world.database.connection() as connection:
        return await sign_in(connection, login=login, password=password, source=source, kind="token")


async def test_the_right_password_opens_a_session_of_ones_own(world: World) -> None:
    secret = await _sign_in(world, " WangFang ")
    async with world.database.connection() as connection:
        signed = await who_is(connection, secret, "token")
        assert signed.actor.name == FANG
        assert particulars(world.kernel.vault, signed.actor).id_number == world.people[FANG].id_number
        # A token opens no page, and a digest opens nothing.
        with pytest.raises(NotSignedIn):
            await who_is(connection, secret, "browser")
        await sign_out(connection, secret)
        with pytest.raises(NotSignedIn):
            await who_is(connection, secret, "token")


@pytest.mark.parametrize(("login", "password"), [("wangfang", "wrong"), ("nobody", PASSWORD), ("wangfang", "")])
async def test_a_wrong_password_and_an_unknown_account_are_told_alike(world: World, login: str, password: str) -> None:
    with pytest.raises(WrongCredentials) as refused:
        await _sign_in(world, login, password)
    assert refused.value.message("zh-CN") == "账号或密码不对，请检查后再试。"


async def test_guessing_is_throttled_for_the_guesser_and_nobody_else(world: World) -> None:
    for _ in range(8):
        with pytest.raises(WrongCredentials):
            await _sign_in(world, "wangfang", "guess")
    with pytest.raises(TooManyAttempts):
        await _sign_in(world, "wangfang")
    assert await _sign_in(world, "wangfang", source="10.0.0.2")
    assert await _sign_in(world, "liwei")


async def test_an_expired_session_and_a_disabled_account_are_nobody(world: World) -> None:
    async with world.database.connection() as connection:
        old = await open_session(connection, world.accounts[FANG], "token")
        await connection.execute("UPDATE sessions SET expires_at = statement_timestamp()")
        with pytest.raises(NotSignedIn):
            await who_is(connection, old, "token")
        new = await open_session(connection, world.accounts[FANG], "token")
        await connection.execute("UPDATE accounts SET disabled_at = statement_timestamp() WHERE login = 'wangfang'")
        with pytest.raises(NotSignedIn):
            await who_is(connection, new, "token")


async def test_neither_secret_nor_password_lies_in_the_store(world: World) -> None:
    secret = await _sign_in(world, "wangfang")
    stored = await world.rows("SELECT encode(digest, 'escape') AS digest FROM sessions")
    assert all(secret not in row.digest for row in stored)
    assert (await world.one("SELECT password_hash FROM accounts WHERE login = 'wangfang'")).startswith("$argon2id$")


def _somebody(*posts: Post) -> Actor:
    return Actor(uuid4(), "x", uuid4(), "某人", b"key", b"", posts)


CITIZEN = _somebody()
POLICE = _somebody(Post(REGION, "police", "handler"))
HEAD = _somebody(Post(REGION, "police", "head"))
CLERK = _somebody(Post(REGION, "police", "clerk"))
ADMINISTRATOR = _somebody(Post(REGION, "data-bureau", "administrator"))
NEIGHBOUR = _somebody(Post("330104", "police", "head"))
MARKET = _somebody(Post(REGION, "market", "handler"))
CASE = Subject(REGION, owner=CITIZEN.account, department="police", departments=("health", "police"))


@pytest.mark.parametrize(
    ("action", "those"),
    [
        ("draft.read", [CITIZEN]),
        ("draft.submit", [CITIZEN]),
        ("case.read", [CITIZEN, POLICE, HEAD]),
        ("case.edit", [CITIZEN]),
        ("case.withdraw", [CITIZEN]),
        ("case.answer", [POLICE, HEAD]),
        ("task.read", [POLICE, HEAD]),
        ("task.decide", [POLICE, HEAD]),
        ("licence.read", [CITIZEN]),
        ("time.move", [ADMINISTRATOR]),
        ("anything.else", []),
    ],
)
def test_who_may_do_what(action: str, those: list[Actor]) -> None:
    everybody = [CITIZEN, POLICE, HEAD, CLERK, ADMINISTRATOR, NEIGHBOUR, MARKET]
    assert [who for who in everybody if may(who, action, CASE)] == those


def test_a_subject_without_an_owner_is_nobodys() -> None:
    nobodys = Subject(REGION)
    assert [action for action in ACTIONS if action != "time.move" and may(CITIZEN, action, nobodys)] == []


def test_a_list_shows_the_departments_for_which_one_decides_and_is_refused_to_others() -> None:
    assert desk_scope(POLICE, REGION).departments == ("police",)
    for who in (CITIZEN, CLERK, ADMINISTRATOR, NEIGHBOUR):
        with pytest.raises(NotAllowed):
            desk_scope(who, REGION)


async def test_the_cast_is_who_the_stories_say(world: World) -> None:
    assert (await world.actor(WEI)).departments(REGION, "handler") == ["police"]
    assert (await world.actor(LEAD)).departments(REGION, "handler") == ["health"]
    assert (await world.actor(JING)).departments(REGION) == ["market"]
    assert not (await world.actor(FANG)).official
