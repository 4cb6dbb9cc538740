"""A hostile consumer: over two hundred tries to get more than granted. None succeeds, each is recorded."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import msgspec

from tongban.resources.exchange import subsystems

from .attempts import Attempt, attempts
from .stage import FANG, FAR, MEI, PEOPLE, POLICE, REGION, Stage

SECRETS = [str(value) for person in PEOPLE for name, value in person.items() if name not in ("id_number", "district")]


async def test_over_two_hundred_tries_get_nothing_and_each_is_recorded(stage: Stage) -> None:
    tried = list(attempts())
    assert len(tried) > 200
    unpunished: list[str] = []
    for attempt in tried:
        restore = await _prepare(stage, attempt.prepare)
        before = await _written(stage)
        answer = await _send(stage, attempt)
        await restore()
        if any(secret in answer.text for secret in SECRETS):
            unpunished.append(f"{attempt.what}: {answer.text}")
        refused = answer.status_code != 200 or answer.json() == {"found": False}
        if not refused or await _written(stage) != before + 1:
            unpunished.append(f"{attempt.what}: {answer.status_code} {answer.text[:80]}, not recorded once")
    assert unpunished == [], "\n".join(unpunished)
    honest = await stage.ask(fields=("name",))
    assert honest.json() == {"found": True, "fields": {"name": "王芳"}}


async def test_a_hundred_guessed_numbers_find_nobody_and_all_stand_in_the_log(stage: Stage) -> None:
    for number in range(100):
        answer = await stage.ask(f"33090319{number:010d}")
        assert answer.json() == {"found": False}
    (row,) = await stage.rows("SELECT count(*), count(DISTINCT subject) AS people FROM exchange_intents")
    assert tuple(row) == (100, 100)


async def test_every_message_replayed_is_refused_even_after_a_restart(stage: Stage) -> None:
    first = await stage.ask(x_road_id="once")
    again = stage.gateway.exchange
    stage.gateway.exchange = type(again)(again.database, again.book, again.keys, again.vault, again.providers)
    answers = [await stage.ask(number, x_road_id="once") for number in (FANG, MEI, FAR)]
    assert first.status_code == 200
    assert {answer.json()["type"] for answer in answers} == {"Client.DuplicateMessage"}
    assert stage.table.asked == 1


async def _written(stage: Stage) -> int:
    """Refusals and calls together: each try leaves exactly one."""
    (row,) = await stage.rows(
        "SELECT (SELECT count(*) FROM exchange_refusals) + (SELECT count(*) FROM exchange_outcomes) AS n"
    )
    return int(row.n)


async def _send(stage: Stage, attempt: Attempt) -> httpx.Response:
    headers = stage.headers(**attempt.headers)
    headers = {name: value.replace("{token}", stage.token) for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    doubled = {name.lower() for name, _ in attempt.raw}
    raw = [(name, value) for name, value in raw if name not in doubled] + attempt.raw
    body = attempt.body if isinstance(attempt.body, bytes) else b""
    if isinstance(attempt.body, dict):
        body = msgspec.json.encode(attempt.body)
    request = stage.client.build_request(attempt.method, attempt.address, content=body or None)
    request.headers = httpx.Headers(raw)
    return await stage.client.send(request)


async def _prepare(stage: Stage, state: str) -> Callable[[], Awaitable[None]]:
    now = datetime.now(UTC)
    (grant,) = await stage.rows(
        'SELECT consumer, fields, "rows", quota, valid_from, valid_until, revoked_at FROM grants WHERE id = %(g)s',
        g=stage.grant,
    )
    changes = {
        "expired": {"valid_until": now - timedelta(minutes=1)},
        "not yet valid": {"valid_from": now + timedelta(days=1)},
        "revoked": {"revoked_at": now},
        "other consumer": {"consumer": "d-market"},
        "fewer fields": {"fields": ["name"]},
        "no rows": {"rows": "district = '000000'"},
        "spent": {"quota": 1},
    }.get(state)
    if changes is not None:
        await stage.change_grant(**{f'"{name}"' if name == "rows" else name: value for name, value in changes.items()})
    if state == "spent":
        await stage.ask(fields=("name",))
    if state == "ended system":
        async with stage.database.connection() as connection:
            await subsystems.end(connection, REGION, POLICE, "counter", now)
        stage.gateway._callers.clear()

    async def restore() -> None:
        if changes is not None:
            await stage.change_grant(**{f'"{name}"' if name == "rows" else name: value
                                        for name, value in grant._asdict().items()})  # fmt: skip
        if state == "ended system":
            async with stage.database.connection() as connection:
                stage.token = await subsystems.register(connection, REGION, POLICE, "counter", now)

    return restore
