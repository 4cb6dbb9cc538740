"""A client of the X-Road REST message protocol asks through the gateway: what it gets, and what is written first."""

import asyncio
import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest

from tongban.resources.exchange.models import Signature
from tongban.resources.exchange.statements import answer_text, request_text

from .stage import FANG, FAR, INSTANCE, MEI, POLICE, PURPOSE, SERVICE, Stage


async def test_a_granted_question_is_answered_with_the_headers_of_the_protocol(stage: Stage) -> None:
    headers = stage.headers()
    body = b'{"match":{"id_number":"' + FANG.encode() + b'"},"fields":["name","registered_on"]}'
    answer = await stage.client.post(SERVICE, content=body, headers=headers | {"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (
        200,
        {"found": True, "fields": {"name": "王芳", "registered_on": "2019-05-20"}},
    )
    assert answer.headers["x-road-id"] == headers["x-road-id"]
    assert answer.headers["x-road-client"] == headers["x-road-client"]
    assert answer.headers["x-road-service"] == SERVICE.removeprefix("/r1/")
    assert "x-road-error" not in answer.headers
    named = {k: v for k, v in headers.items() if k.startswith("x-road-")} | {"accept": "*/*"}
    named |= {"content-type": "application/json"}
    lines = "".join(f"{name}:{value}\r\n" for name, value in sorted(named.items()))
    head = hashlib.sha512(f"POST {SERVICE} HTTP/1.1\r\n{lines}".encode()).digest()
    expected = hashlib.sha512(head + hashlib.sha512(body).digest()).digest()
    assert base64.b64decode(answer.headers["x-road-request-hash"]) == expected


async def test_a_machine_whose_clock_is_behind_the_database_looks_there_before_it_calls_a_grant_too_new(
    stage: Stage,
) -> None:
    stage.exchange.ahead = timedelta(days=-4000)
    assert (await stage.ask()).status_code == 200
    assert abs(stage.exchange.ahead) < timedelta(minutes=1)
    await stage.rows("UPDATE grants SET valid_from = clock_timestamp() + interval '1 day'")
    assert (await stage.ask()).json()["type"] == "Server.ServerProxy.AccessDenied"


async def test_a_plain_get_is_answered_too_and_a_missing_id_is_made(stage: Stage) -> None:
    address = f"{SERVICE}?id_number={FANG}&fields=name,spouse"
    answer = await stage.client.get(address, headers=stage.headers(x_road_id=None))
    assert answer.json()["fields"]["name"] == "王芳"
    assert answer.json()["fields"]["spouse"] not in ("张伟", "")  # masked as the grant says
    assert len(answer.headers["x-road-id"]) == 36


async def test_intent_and_outcome_stand_in_the_ledger_without_the_data(stage: Stage) -> None:
    answer = await stage.ask()
    identifier = answer.headers["x-road-request-id"]
    rows = await stage.rows(
        "SELECT kind, data, at FROM ledger_entries WHERE subject = %(i)s::uuid ORDER BY id", i=identifier
    )
    assert [row.kind for row in rows] == ["exchange.intended", "exchange.answered"]
    intended, answered = rows[0].data, rows[1].data
    assert (intended["consumer"], intended["officer"], intended["issue"]) == (POLICE, "CNliwei", "3309032026000017")
    assert (intended["purpose"], intended["grant"], intended["revision"]) == (PURPOSE, str(stage.grant), 1)
    assert answered["result"] == "found" and len(answered["digest"]) == 64
    everything = str(await stage.rows("SELECT t::text FROM exchange_intents t"))
    everything += str(await stage.rows("SELECT t::text FROM exchange_outcomes t"))
    everything += str(await stage.rows("SELECT t::text FROM ledger_entries t"))
    everything += str(await stage.rows("SELECT t::text FROM look_ups t"))
    for value in ("王芳", "2019-05-20", FANG):
        assert value not in everything and value.encode().hex() not in everything


async def test_the_person_sees_the_call_among_the_uses_of_her_data(stage: Stage) -> None:
    answer = await stage.ask()
    key = stage.exchange.vault.keyed_hash("person", FANG)
    (use,) = await stage.rows("SELECT * FROM look_ups WHERE person_key = %(k)s", k=key)
    assert (str(use.id), use.consumer, use.purpose, use.outcome) == (
        answer.headers["x-road-request-id"], POLICE, PURPOSE, "found",
    )  # fmt: skip


@pytest.mark.parametrize("algorithm", ["Ed25519", "ECDSA-P256-SHA256", "SM2-SM3"])
async def test_both_sides_signatures_verify_from_the_log_alone(stage: Stage, tmp_path: Any, algorithm: str) -> None:
    if algorithm == "SM2-SM3":
        pytest.importorskip("tongsuopy", reason="SM2 needs the library of tongban[sm2]")
    from tongban.resources.exchange.keys import KeyRing

    stage.exchange.keys = KeyRing(tmp_path / algorithm, algorithm)
    await stage.ask()
    (intent,) = await stage.intents()
    (outcome,) = await stage.outcomes()
    assert intent.signature is not None and outcome.signature is not None
    auditor = KeyRing(tmp_path / algorithm, makes=False)
    auditor.check(intent.consumer, intent.signature, request_text(intent))
    auditor.check(intent.provider, outcome.signature, answer_text(intent, outcome))
    forged = Signature(algorithm, intent.signature.key_id, bytes(len(intent.signature.value)))
    with pytest.raises(Exception, match="signed text differs"):
        auditor.check(intent.consumer, forged, request_text(intent))


async def test_a_record_outside_the_granted_rows_is_as_if_there_were_none(stage: Stage) -> None:
    answer = await stage.ask(FAR)
    assert (answer.status_code, answer.json()) == (200, {"found": False})


async def test_a_revoked_grant_stops_the_very_next_call_of_a_gateway_that_has_not_heard_of_it(
    stage: Stage,
) -> None:
    assert (await stage.ask()).status_code == 200
    await stage.rows("ALTER TABLE grants DISABLE TRIGGER grants_changed")  # the book goes on with what it knows
    try:
        await stage.rows("UPDATE grants SET revoked_at = now() WHERE id = %(g)s", g=stage.grant)
        answer = await stage.ask(MEI)
    finally:
        await stage.rows("ALTER TABLE grants ENABLE TRIGGER grants_changed")
    assert (answer.status_code, answer.json()["type"]) == (500, "Server.ServerProxy.AccessDenied")
    assert stage.table.asked == 1
    (refusal,) = await stage.rows("SELECT code, reason, known FROM exchange_refusals")
    assert (refusal.code, refusal.known) == ("exchange.not_granted", True) and "grant revoked" in refusal.reason


async def test_a_message_is_taken_once(stage: Stage) -> None:
    headers = {"x_road_id": "m-1"}
    assert (await stage.ask(**headers)).status_code == 200
    again = await stage.ask(MEI, **headers)
    assert (again.status_code, again.json()["type"]) == (400, "Client.DuplicateMessage")
    assert stage.table.asked == 1


async def test_many_calls_at_once_are_each_written_whole(stage: Stage) -> None:
    answers = await asyncio.gather(*(stage.ask(FANG if n % 2 else MEI) for n in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    (count,) = await stage.rows(
        "SELECT count(*) AS calls, count(DISTINCT i.message) AS messages FROM exchange_intents i"
        " JOIN exchange_outcomes o USING (region, id)"
    )
    entries = await stage.rows("SELECT count(*) FROM ledger_entries WHERE kind LIKE 'exchange.%%ed'")
    assert (count.calls, count.messages) == (40, 40) and entries[0][0] >= 80


async def test_a_quota_is_spent_once_however_many_ask_at_the_same_time(stage: Stage) -> None:
    await stage.change_grant(quota=5)
    answers = await asyncio.gather(*(stage.ask() for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [500] * 7
    assert stage.table.asked == 5


async def test_another_department_with_a_token_of_its_own_gets_nothing(stage: Stage) -> None:
    from datetime import UTC, datetime

    from tongban.resources.exchange import subsystems

    async with stage.database.connection() as connection:
        token = await subsystems.register(connection, "330903", "d-market", "counter", datetime.now(UTC))
    answer = await stage.ask(authorization=f"Bearer {token}", x_road_client=f"{INSTANCE}/GOV/d-market/counter")
    assert answer.json()["type"] == "Server.ServerProxy.AccessDenied"
    stolen = await stage.ask(authorization=f"Bearer {token}")
    assert stolen.json()["type"] == "Client.Unauthorized"
    assert stage.table.asked == 0
