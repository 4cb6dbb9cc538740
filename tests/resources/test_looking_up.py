"""Asking a real departmental process under a grant: what comes back, what is refused, what stays written."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest

from tongban.basics.database import Database, StoreUnavailable
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.connectors.departmental import HttpProvider
from tongban.parties.definitions import Department, Region
from tongban.parties.directory import Directory
from tongban.parties.errors import RoleUnbound
from tongban.resources import actions
from tongban.resources.definitions import GrantNeed, Resource, ResourceField
from tongban.resources.errors import BadPeriod, NotGranted, UnknownGrant
from tongban.resources.exchange.log import ExchangeLog
from tongban.resources.models import Grant, LicenceUse, LookUpRequest
from tongban.resources.provider import Answer, CallContext, Found, Provider

REGION = "330903"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MARRIAGE = Resource(
    "civil-affairs.marriage",
    "婚姻登记信息",
    "civil-affairs",
    [
        ResourceField("id_number", "身份号码", key=True),
        ResourceField("name", "姓名"),
        ResourceField("registered_on", "登记日期", "date"),
        ResourceField("copies", "份数", "integer"),
        ResourceField("valid", "有效", "boolean"),
        ResourceField("address", "住址", grade="L3"),
    ],
    fresh_days=30,
)
NEED = GrantNeed(
    "marriage-for-birth",
    MARRIAGE.id,
    "police",
    ["id_number", "name", "registered_on", "copies", "valid"],
    "办理新生儿落户",
    "户口登记条例 第七条",
    "birth",
    valid_days=100,
)
DIRECTORY = Directory(
    {REGION: Region(REGION, "示范区", [], [Department("d-police", "公安分局", "公安", "X", roles=["police"])])}
)
FANG, MEI, NOBODY = "33090319900101000A", "33090319910202000B", "33090319930303000C"


def asking(vault: Vault, number: str = FANG, **changes: Any) -> LookUpRequest:
    request = LookUpRequest(
        region=REGION,
        case_id=new_id(),
        resource=MARRIAGE,
        consumer="d-police",
        provider="d-civil-affairs",
        journey="birth",
        match={"id_number": number},
        fields=["name", "registered_on"],
        legal="duty",
        person_key=vault.keyed_hash("person", number),
        material="marriage_certificate",
    )
    return msgspec.structs.replace(request, **changes)


async def granted(database: Database, need: GrantNeed = NEED, now: datetime = NOW) -> list[Grant]:
    async with database.connection() as connection:
        return await actions.propose_grants(connection, REGION, [need], DIRECTORY, "birth", "1.0.0", now)


async def entries(database: Database, subject: UUID) -> list[Any]:
    async with database.connection() as connection:
        found = await connection.execute(
            "SELECT kind, data, person_key, retain_until FROM ledger_entries WHERE subject = %s ORDER BY id",
            [subject],
        )
        return await found.fetchall()


async def written(database: Database) -> int:
    async with database.connection() as connection:
        found = await (await connection.execute("SELECT count(*) FROM look_ups")).fetchone()
        return int(found[0])  # type: ignore[index]


async def test_a_found_record_comes_back_and_its_use_is_written(
    database: Database, provider: HttpProvider, vault: Vault, department: Any
) -> None:
    await granted(database)
    request = asking(vault)
    use = await actions.look_up(database, provider, request, NOW, vault)
    assert (use.outcome, use.values) == ("found", {"name": "王芳", "registered_on": "2019-05-20"})
    assert use.fresh(NOW + timedelta(days=29)) and not use.fresh(NOW + timedelta(days=30))
    (entry,) = await entries(database, request.case_id)
    assert entry.kind == "resource.looked_up" and entry.person_key == request.person_key
    assert entry.retain_until.isoformat() >= "2029-03-02"
    assert entry.data == {
        "consumer": "d-police",
        "provider": "d-civil-affairs",
        "source": "resource:civil-affairs.marriage",
        "purpose": "办理新生儿落户",
        "basis": "户口登记条例 第七条",
        "legal": "duty",
        "fields": ["name", "registered_on"],
        "outcome": "found",
        "reason": None,
        "look_up": str(use.id),
        "digest": use.digest.hex() if use.digest else None,
    }
    access = department.administer("GET", "/accesses")[0]
    assert (access["consumer"], access["case_id"]) == ("d-police", str(request.case_id))
    assert (access["purpose"], access["basis"]) == ("办理新生儿落户", "户口登记条例 第七条")


async def test_no_value_and_no_number_stands_readable_in_the_database(
    database: Database, provider: HttpProvider, vault: Vault
) -> None:
    await granted(database)
    request = asking(vault)
    await actions.look_up(database, provider, request, NOW, vault)
    async with database.connection() as connection:
        for table in ("look_ups", "ledger_entries"):
            rows = await (await connection.execute(f"SELECT t::text FROM {table} t")).fetchall()
            text = " ".join(row[0] for row in rows)
            for value in ("王芳", "2019-05-20", FANG):
                assert value not in text and value.encode().hex() not in text


async def test_a_missing_record_is_an_answer_and_leaves_its_use(
    database: Database, provider: HttpProvider, vault: Vault
) -> None:
    await granted(database)
    request = asking(vault, NOBODY)
    use = await actions.look_up(database, provider, request, NOW, vault)
    assert (use.outcome, use.values, use.digest, use.found) == ("missing", {}, None, False)
    assert [entry.data["outcome"] for entry in await entries(database, request.case_id)] == ["missing"]


async def test_a_removed_record_is_no_longer_found_until_it_is_put_back(
    database: Database, provider: HttpProvider, vault: Vault, department: Any
) -> None:
    await granted(database)
    gone = department.administer("POST", "/records/remove", {"match": {"id_number": FANG}})["rows"]
    assert (await actions.look_up(database, provider, asking(vault), NOW, vault)).outcome == "missing"
    for row in gone:
        department.administer("POST", "/records", row)
    assert (await actions.look_up(database, provider, asking(vault), NOW, vault)).outcome == "found"


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [
        ({"kind": "slow", "seconds": 3}, "unavailable", "no answer in time"),
        ({"kind": "wrong"}, "invalid", "another record than the one asked for"),
        ({"kind": "garbage"}, "invalid", "the answer is not of the agreed form"),
        ({"kind": "huge"}, "invalid", "the answer is too large or packed"),
        ({"kind": "types"}, "invalid", "field name is not of its declared kind"),
        ({"kind": "down"}, "unavailable", "it answered with status 503"),
    ],
    ids=["slow", "wrong person", "garbage", "huge", "wrong types", "down"],
)
async def test_a_faulty_department_gives_no_evidence_and_the_use_says_why(
    database: Database,
    provider: HttpProvider,
    vault: Vault,
    department: Any,
    fault: dict[str, Any],
    outcome: str,
    reason: str,
) -> None:
    await granted(database)
    department.administer("PUT", "/fault", fault)
    request = asking(vault, timeout=0.5 if fault["kind"] == "slow" else 3.0)
    began = asyncio.get_running_loop().time()
    use = await actions.look_up(database, provider, request, NOW, vault)
    assert asyncio.get_running_loop().time() - began < 2
    assert (use.outcome, use.reason, use.values, use.digest) == (outcome, reason, {}, None)
    assert [entry.data["outcome"] for entry in await entries(database, request.case_id)] == [outcome]


async def test_a_field_that_nobody_asked_for_is_dropped(
    database: Database, provider: HttpProvider, vault: Vault, department: Any
) -> None:
    await granted(database)
    department.administer("PUT", "/fault", {"kind": "extra"})
    use = await actions.look_up(database, provider, asking(vault), NOW, vault)
    assert (use.outcome, set(use.values)) == ("found", {"name", "registered_on"})


class Recorder:
    """A provider that counts its calls; ``fault`` is raised instead of an answer."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.calls = 0
        self.fault = fault

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109
        context: CallContext,
    ) -> Answer:
        self.calls += 1
        if self.fault:
            raise self.fault
        return Found({"name": "王芳"}, dict(match))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fields": ["name", "address"]}, "field not granted: address"),
        ({"fields": ["shoe_size"]}, "unknown field"),
        ({"fields": []}, "no field asked"),
        ({"consumer": "d-tax"}, "no grant"),
        ({"journey": "move-in"}, "no grant"),
        ({"match": {"name": "王芳"}}, "match on key fields only"),
        ({"match": {}}, "match on key fields only"),
        ({"match": {"id_number": ""}}, "a key value is empty"),
    ],
)
async def test_what_no_grant_names_is_never_asked(
    database: Database, vault: Vault, changes: dict[str, Any], reason: str
) -> None:
    await granted(database)
    recorder: Provider = Recorder()
    request = asking(vault, **changes)
    with pytest.raises(NotGranted) as refusal:
        await actions.look_up(database, recorder, request, NOW, vault)
    assert refusal.value.data["reason"] == reason and "婚姻登记信息" in refusal.value.message()
    assert isinstance(recorder, Recorder) and recorder.calls == 0
    assert [entry.data["outcome"] for entry in await entries(database, request.case_id)] == ["refused"]


async def test_a_grant_counts_only_from_its_first_to_before_its_last_moment(
    database: Database, provider: HttpProvider, vault: Vault
) -> None:
    await granted(database)
    end = NOW + timedelta(days=100)
    for moment in (NOW - timedelta(microseconds=1), end, end + timedelta(days=1)):
        with pytest.raises(NotGranted, match="not valid now"):
            await actions.look_up(database, provider, asking(vault), moment, vault)
    last = end - timedelta(microseconds=1)
    assert (await actions.look_up(database, provider, asking(vault), last, vault)).found


async def test_a_revoked_grant_ends_at_once_and_comes_back_only_on_purpose(
    database: Database, provider: HttpProvider, vault: Vault
) -> None:
    (grant,) = await granted(database)
    async with database.connection() as connection:
        await actions.revoke(connection, REGION, grant.id, "提供方停止共享", NOW)
        with pytest.raises(UnknownGrant):
            await actions.revoke(connection, REGION, grant.id, "again", NOW)
        newer = await actions.propose_grants(connection, REGION, [NEED], DIRECTORY, "birth", "1.1.0", NOW)
    assert newer == []
    with pytest.raises(NotGranted, match="grant revoked"):
        await actions.look_up(database, provider, asking(vault), NOW, vault)
    async with database.connection() as connection:
        with pytest.raises(BadPeriod):
            await actions.restore(connection, REGION, grant.id, NOW, "误撤", NOW)
        await actions.restore(connection, REGION, grant.id, NOW + timedelta(days=1), "误撤", NOW)
    assert (await actions.look_up(database, provider, asking(vault), NOW, vault)).found
    kinds = [entry.kind for entry in await entries(database, grant.id)]
    assert kinds == ["grant.created", "grant.revoked", "grant.restored"]


async def test_proposing_the_same_needs_again_changes_nothing(database: Database) -> None:
    assert len(await granted(database)) == 1
    assert await granted(database, now=NOW + timedelta(days=5)) == []
    async with database.connection() as connection:
        (grant,) = await actions.grants(connection, REGION)
    assert (grant.consumer, grant.valid_until) == ("d-police", NOW + timedelta(days=100))


async def test_a_need_of_a_role_that_nobody_plays_creates_no_grant(database: Database) -> None:
    needs = [NEED, msgspec.structs.replace(NEED, id="other", consumer="customs")]
    async with database.connection() as connection:
        with pytest.raises(RoleUnbound):
            await actions.propose_grants(connection, REGION, needs, DIRECTORY, "birth", "1.0.0", NOW)
        assert await actions.grants(connection, REGION) == []


async def test_an_answer_that_can_not_be_recorded_is_not_returned(database: Database, vault: Vault) -> None:
    await granted(database)
    recorder = Recorder()
    async with database.connection() as connection:
        await connection.execute(
            "ALTER TABLE ledger_entries ADD CONSTRAINT ledger_full CHECK (kind NOT LIKE 'resource.%') NOT VALID"
        )
        try:
            with pytest.raises(psycopg.errors.CheckViolation):
                await actions.look_up(database, recorder, asking(vault), NOW, vault)
        finally:
            await connection.execute("ALTER TABLE ledger_entries DROP CONSTRAINT ledger_full")
    assert recorder.calls == 1 and await written(database) == 0


async def test_a_database_that_is_gone_returns_no_answer(dsn: str, database: Database, vault: Vault) -> None:
    await granted(database)

    class Cutter(Recorder):
        async def fetch(self, *args: Any, **kwargs: Any) -> Answer:
            with psycopg.connect(dsn, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
            return await super().fetch(*args, **kwargs)

    with pytest.raises(StoreUnavailable):
        await actions.look_up(database, Cutter(), asking(vault), NOW, vault)
    await database.pool.check()
    assert await written(database) == 0


async def test_a_broken_connector_is_unavailable_and_its_words_are_not_kept(
    database: Database, vault: Vault, caplog: pytest.LogCaptureFixture
) -> None:
    await granted(database)
    use = await actions.look_up(database, Recorder(RuntimeError(f"bad {FANG}")), asking(vault), NOW, vault)
    assert (use.outcome, use.reason) == ("unavailable", "the connector failed (RuntimeError)")
    assert "RuntimeError" in caplog.text and FANG not in caplog.text


async def test_a_connector_that_answers_with_something_else_is_unavailable(database: Database, vault: Vault) -> None:
    await granted(database)

    class Confused(Recorder):
        async def fetch(self, *args: Any, **kwargs: Any) -> Any:
            return {"name": "王芳"}

    use = await actions.look_up(database, Confused(), asking(vault), NOW, vault)
    assert (use.outcome, use.values) == ("unavailable", {})


async def test_a_resource_without_connector_is_unavailable(database: Database, vault: Vault) -> None:
    await granted(database)
    use = await actions.look_up(database, None, asking(vault), NOW, vault)
    assert (use.outcome, use.reason) == ("unavailable", "no connector is configured")


async def test_a_person_sees_every_use_also_in_somebody_elses_case_but_never_another_persons(
    database: Database, provider: HttpProvider, vault: Vault
) -> None:
    await granted(database)
    first = await actions.look_up(database, provider, asking(vault, MEI), NOW, vault)
    fathers_case = new_id()
    second = await actions.look_up(database, provider, asking(vault, MEI, case_id=fathers_case), NOW, vault)
    await actions.look_up(database, provider, asking(vault, FANG), NOW, vault)
    mei = vault.keyed_hash("person", MEI)
    async with database.connection() as connection:
        page = await actions.uses(connection, [mei], limit=1)
        rest = await actions.uses(connection, [mei], before=page[0].id, limit=5)
    assert [use.id for use in page + rest] == [second.id, first.id]
    assert (page[0].case_id, page[0].consumer, page[0].provider) == (
        fathers_case,
        "d-police",
        "d-civil-affairs",
    )
    assert page[0].fields == ["name", "registered_on"]
    told = set(type(page[0]).__struct_fields__)
    assert not told & {"values", "officer", "person_account", "sealed", "digest"}


async def test_purging_an_abandoned_draft_destroys_values_and_keeps_the_uses(
    database: Database, provider: HttpProvider, vault: Vault
) -> None:
    await granted(database)
    request = asking(vault)
    await actions.look_up(database, provider, request, NOW, vault)
    other = asking(vault, MEI)
    await actions.look_up(database, provider, other, NOW, vault)
    async with database.connection() as connection:
        assert await actions.purge(connection, REGION, request.case_id, NOW) == 1
        assert await actions.purge(connection, REGION, request.case_id, NOW) == 0
        (purged,) = await actions.evidence(connection, REGION, request.case_id, vault)
        (kept,) = await actions.evidence(connection, REGION, other.case_id, vault)
        (use,) = await actions.uses(connection, [request.person_key])
    assert (purged.outcome, purged.found, purged.values) == ("found", False, {})
    assert kept.values["name"] == "周梅" and use.purged_at == NOW
    kinds = [entry.kind for entry in await entries(database, request.case_id)]
    assert kinds == ["resource.looked_up", "resource.purged"]


async def test_evidence_is_the_latest_of_each_source_with_own_licences_beside_it(
    database: Database, provider: HttpProvider, vault: Vault
) -> None:
    await granted(database)
    request = asking(vault)
    await actions.look_up(database, provider, request, NOW, vault)
    later = NOW + timedelta(days=31)
    await actions.look_up(database, provider, request, later, vault)
    licence = LicenceUse(
        region=REGION,
        case_id=request.case_id,
        licence_type="resident-card",
        consumer="d-police",
        provider="d-police",
        purpose="办理新生儿落户",
        basis="户口登记条例 第七条",
        legal="consent",
        values={"name": "王芳"},
        person_key=request.person_key,
        material="identity",
    )
    async with database.connection() as connection:
        await actions.record_licence_use(connection, licence, later, vault)
        found = await actions.evidence(connection, REGION, request.case_id, vault)
    by_source = {use.source: use for use in found}
    assert set(by_source) == {"licence:resident-card", "resource:civil-affairs.marriage"}
    assert by_source["resource:civil-affairs.marriage"].asked_at == later
    assert by_source["licence:resident-card"].values == {"name": "王芳"}
    assert by_source["licence:resident-card"].legal == "consent"


async def test_nobody_is_asked_when_the_intent_can_not_be_written(database: Database, vault: Vault) -> None:
    await granted(database)
    recorder = Recorder()
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE ledger_entries ADD CONSTRAINT ledger_full CHECK (false) NOT VALID")
        try:
            with pytest.raises(psycopg.errors.CheckViolation):
                await actions.look_up(database, recorder, asking(vault), NOW, vault)
        finally:
            await connection.execute("ALTER TABLE ledger_entries DROP CONSTRAINT ledger_full")
    assert recorder.calls == 0 and await written(database) == 0


class Interrupted(Recorder):
    """A provider during whose answer the asking process dies."""

    async def fetch(self, *given: Any, **named: Any) -> Answer:
        await super().fetch(*given, **named)
        raise asyncio.CancelledError


async def test_a_call_that_dies_half_way_leaves_an_intent_without_outcome(database: Database, vault: Vault) -> None:
    (grant,) = await granted(database)
    request = asking(vault)
    with pytest.raises(asyncio.CancelledError):
        await actions.look_up(database, Interrupted(), request, NOW, vault)
    unknown = [row for row in await ExchangeLog(database).unknown(REGION, NOW + timedelta(hours=1))
               if row.issue == str(request.case_id)]  # fmt: skip
    assert [(row.consumer, row.resource, row.purpose) for row in unknown] == [
        ("d-police", MARRIAGE.id, "办理新生儿落户")
    ]
    assert await written(database) == 0
    (entry,) = await entries(database, unknown[0].id)
    assert (entry.kind, entry.data["grant"], entry.data["revision"]) == ("exchange.intended", str(grant.id), 1)
    assert entry.data["fields"] == ["name", "registered_on"] and FANG not in str(entry.data)


async def test_a_found_record_has_intent_and_outcome_under_one_id(
    database: Database, provider: HttpProvider, vault: Vault, department: Any
) -> None:
    await granted(database)
    use = await actions.look_up(database, provider, asking(vault), NOW, vault)
    async with database.connection() as connection:
        found = await connection.execute(
            "SELECT i.grant_id, i.revision, o.result, o.digest FROM exchange_intents i"
            " JOIN exchange_outcomes o USING (region, id) WHERE i.id = %s",
            [use.id],
        )
        (row,) = await found.fetchall()
    assert (row.revision, row.result, row.digest) == (1, "found", use.digest)
    assert department.administer("GET", "/accesses")[0]["request_id"] == str(use.id)
