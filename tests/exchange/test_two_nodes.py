"""A call from one node to another: proved by both, written by both, and both logs say the same, or the difference."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psycopg
import pytest

from tongban.basics.database import Database
from tongban.basics.migrate import migrate
from tongban.connectors.exchange_node import NodeProvider, node_client
from tongban.resources.actions import uses
from tongban.resources.exchange import between, reconciling
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.exchange.models import Signature
from tongban.resources.exchange.statements import answer_text, request_text
from tongban.web.exchange.door import Door

from .nodes import RunningNode, make_certificates, tls_context
from .stage import CIVIL, FANG, MARRIAGE, POLICE, REGION, Stage

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Two:
    """Both nodes; ``stage`` is the consumer's, whose only way to the record is the other node."""

    def __init__(self, stage: Stage, there: RunningNode, far: Database, provider: NodeProvider) -> None:
        self.stage, self.there, self.far, self.provider = stage, there, far, provider

    async def there_rows(self, statement: str) -> list[Any]:
        """What the other node's database answers."""
        async with self.far.connection() as connection:
            return await (await connection.execute(statement)).fetchall()

    async def there_has(self, table: str) -> None:
        """Wait until the other node has written the first row of ``table``."""
        for _ in range(1000):
            if await self.there_rows(f"SELECT 1 FROM {table}"):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"nothing in {table}")

    async def differences(self) -> list[reconciling.Difference]:
        """Both logs side by side."""
        ours = await reconciling.own_lines(self.stage.database, REGION, POLICE, "civil-node", LONG_AGO)
        return reconciling.compare(ours, await self.provider.log(REGION, POLICE, LONG_AGO))


@pytest.fixture
async def two(stage: Stage, dsn: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Two]:
    name = f"far{secrets.token_hex(4)}"
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    address = psycopg.conninfo.make_conninfo(dsn, dbname=name)
    migrate(address, "production")
    folder = tmp_path / "there"
    make_certificates(folder / "tls")
    there = RunningNode(folder, address, **getattr(request, "param", {}))
    own = stage.exchange.keys
    far_keys = KeyRing(folder / "exchange")
    far_keys.register(POLICE, own.public(POLICE).pem())
    own.register(CIVIL, far_keys.public(CIVIL).pem())
    there.start()
    client = node_client(*(folder / "tls" / name for name in ("authority.pem", "client.pem", "client.key")))
    provider = NodeProvider("civil-node", there.url, own, client)
    stage.exchange.providers = {MARRIAGE.id: provider}
    await stage.change_grant(rows=None, masks="{}")
    far = Database(address, size=2)
    await far.open()
    yield Two(stage, there, far, provider)
    there.kill()
    await client.aclose()
    await far.close()


async def test_a_call_crosses_and_both_logs_hold_both_signatures(two: Two) -> None:
    answer = await two.stage.ask()
    assert answer.json() == {"found": True, "fields": {"name": "王芳", "registered_on": "2019-05-20"}}
    (intent,), (outcome,) = await two.stage.intents(), await two.stage.outcomes()
    assert (intent.side, intent.peer) == ("consumer", "civil-node")
    (there,) = await two.there_rows("SELECT * FROM exchange_intents")
    assert (there.side, there.peer, there.officer, there.issue) == (
        "provider", "police-node", "CNliwei", "3309032026000017",
    )  # fmt: skip
    (far,) = await two.there_rows("SELECT i.digest AS asked, i.signature AS signed, o.digest AS told, o.signature FROM"
                                  " exchange_intents i JOIN exchange_outcomes o USING (region, id)")  # fmt: skip
    assert intent.signature is not None and outcome.signature is not None
    assert (far.asked, far.signed) == (intent.digest, intent.signature.value)
    assert (far.told, far.signature) == (outcome.digest, outcome.signature.value)
    keys = two.stage.exchange.keys
    keys.check(POLICE, intent.signature, request_text(intent))
    keys.check(CIVIL, outcome.signature, answer_text(intent, outcome))
    assert await two.differences() == []
    assert intent.subject is not None
    async with two.stage.database.connection() as connection:
        (use,) = await uses(connection, [intent.subject])
    assert (use.provider, use.peer) == (CIVIL, "civil-node")


async def test_without_a_certificate_nobody_is_heard_and_what_is_no_request_is_recorded(two: Two) -> None:
    folder = two.there.folder / "tls"
    for shown in (None, "stranger"):
        certificate = None if shown is None else folder / f"{shown}.pem"
        key = None if shown is None else folder / f"{shown}.key"
        async with node_client(folder / "authority.pem", certificate, key) as client:
            with pytest.raises((httpx.TransportError, ssl.SSLError)):  # the refusal may come with the first read
                await client.post(f"{two.there.url}/node/v1/calls", content=b"{}")
    assert await two.there_rows("SELECT 1 FROM exchange_refusals") == []
    reader, writer = await asyncio.open_connection("127.0.0.1", two.there.port, ssl=tls_context(folder))
    writer.write(b"POST /node/v1/calls HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 60\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    writer.close()
    await two.there_has("exchange_refusals")


def asked(two: Two, **changes: Any) -> between.Asked:
    """A question as the consumer's node sends it, signed with the police's key unless ``changes`` say otherwise."""
    from uuid import UUID

    from tongban.resources.exchange.models import Intent
    from tongban.resources.exchange.statements import digest_of, question

    given: dict[str, Any] = {
        "region": REGION, "message": secrets.token_hex(8), "consumer": POLICE, "subsystem": "counter",
        "provider": CIVIL, "resource": MARRIAGE.id, "officer": "CNliwei", "issue": "1", "represented": None,
        "purpose": "办理户口登记时核对婚姻状况", "match": {"id_number": FANG}, "fields": ["name"], "records": 1,
        "signed_at": datetime.now(UTC), "salt": secrets.token_bytes(32),
    }  # fmt: skip
    sent = given | {name: value for name, value in changes.items() if not name.startswith("signed_")}
    if "signed_ago" in changes:
        sent["signed_at"] = given["signed_at"] = given["signed_at"] - changes["signed_ago"]
    signed = {name: value for name, value in given.items() if name not in ("match", "salt")}
    intent = Intent(id=UUID(int=0), at=None, basis="", grant=UUID(int=0), revision=0,
                    digest=digest_of(given["salt"], question(given["match"], given["fields"])), **signed)  # fmt: skip
    signature = two.stage.exchange.keys.sign(changes.get("signed_by", POLICE), request_text(intent))
    return between.Asked(signature=signature, **sent)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"fields": ["name", "spouse"]}, "SignatureVerification"),
        ({"match": {"id_number": "33090319910202000B"}}, "SignatureVerification"),
        ({"officer": "CNsomebody"}, "SignatureVerification"),
        ({"signed_by": "d-market"}, "SignatureVerification"),
        ({"consumer": "d-market"}, "Unauthorized"),
        ({"signed_ago": timedelta(minutes=10)}, "MessageExpired"),
        ({"signed_ago": timedelta(minutes=-10)}, "MessageExpired"),
        ({"resource": "police.secrets"}, "UnknownService"),
        ({"purpose": "闲聊"}, "AccessDenied"),
    ],
)
async def test_what_was_not_signed_so_is_refused_and_recorded(two: Two, changes: dict[str, Any], fault: str) -> None:
    answer = await two.provider._client.post(
        f"{two.there.url}/node/v1/calls", content=msgspec.json.encode(asked(two, **changes))
    )
    assert answer.json()["type"].endswith(fault)
    assert len(await two.there_rows("SELECT 1 FROM exchange_refusals")) == 1
    assert await two.there_rows("SELECT 1 FROM exchange_intents") == []


async def test_a_node_with_a_good_certificate_sees_and_asks_nothing_in_anothers_name(two: Two) -> None:
    """The certificate opens the door to every node of the authority; only the department's own key speaks for it."""
    await two.stage.ask()
    keys, now = two.stage.exchange.keys, datetime.now(UTC)
    text = between.wish_text(REGION, POLICE, now - timedelta(days=1), "", now)
    own = between.LogWish(REGION, POLICE, now - timedelta(days=1), "", now, keys.sign(POLICE, text))
    foreign = msgspec.structs.replace(own, signature=keys.sign("d-market", text))
    under_its_name = msgspec.structs.replace(own, signature=msgspec.structs.replace(own.signature, value=bytes(64)))
    for wish, fault in ((own, None), (foreign, "SignatureVerification"), (under_its_name, "SignatureVerification")):
        answer = await two.provider._client.post(f"{two.there.url}/node/v1/log", content=msgspec.json.encode(wish))
        assert (answer.status_code == 200) == (fault is None)
        assert fault is None or answer.json()["type"].endswith(fault)


async def test_a_question_heard_before_is_not_answered_again(two: Two) -> None:
    message = msgspec.json.encode(asked(two))
    first = await two.provider._client.post(f"{two.there.url}/node/v1/calls", content=message)
    again = await two.provider._client.post(f"{two.there.url}/node/v1/calls", content=message)
    assert (first.status_code, again.json()["type"]) == (200, "Client.DuplicateMessage")


async def test_an_answer_under_a_wrong_signature_is_not_believed(two: Two) -> None:
    question = asked(two)
    answer = await two.provider._client.post(f"{two.there.url}/node/v1/calls", content=msgspec.json.encode(question))
    told = msgspec.json.decode(answer.content, type=between.Told)
    assert two.provider._checked(question, told).fields == {"name": "王芳"}  # type: ignore[union-attr]
    other = told.body.replace("王芳".encode(), "王莽".encode())
    forged = Signature(told.signature.algorithm, told.signature.key_id, bytes(64))
    for wrong in (msgspec.structs.replace(told, body=other), msgspec.structs.replace(told, signature=forged),
                  msgspec.structs.replace(told, result="missing")):  # fmt: skip
        with pytest.raises(Exception, match="verif"):
            two.provider._checked(question, wrong)


async def test_in_a_demonstration_a_node_follows_a_later_peer_and_elsewhere_it_refuses_it(stage: Stage) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    heard: list[datetime] = []

    async def follow(moment: datetime) -> None:
        heard.append(moment)
        stage.exchange.ahead = moment - datetime.now(UTC)

    wish = between.LogWish(REGION, POLICE, LONG_AGO, "", later, stage.exchange.keys.sign(
        POLICE, between.wish_text(REGION, POLICE, LONG_AGO, "", later)))  # fmt: skip
    scope, body = {"method": "POST", "path": "/node/v1/log"}, msgspec.json.encode(wish)
    peers = {POLICE: "police-node"}
    refused = await Door(stage.gateway, peers).answer(scope, body)
    assert refused.headers["x-road-error"].endswith("MessageExpired") and heard == []
    answered = await Door(stage.gateway, peers, follow).answer(scope, body)
    assert answered.status == 200 and heard == [later]


def test_what_neither_side_believed_is_no_difference_and_what_one_believed_is() -> None:
    there = between.LogLine("m", MARRIAGE.id, LONG_AGO, b"asked", "invalid", b"told")
    here = msgspec.structs.replace(there, answer=None)
    assert reconciling.compare([here], [there]) == []
    (found,) = reconciling.compare([here], [msgspec.structs.replace(there, result="found")])
    assert found.kind == "result_differs"
