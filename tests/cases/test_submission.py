"""Submitting: one case whatever happens, in two round trips, all of it or nothing."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from tests.world import CHILD, CLAIM, FANG, FORM, JING, REGION, World

from tongban.basics.codes import case as case_code
from tongban.basics.database import Connection
from tongban.cases.actions import drafts, submission
from tongban.cases.errors import (
    CaseNotFound,
    FormIncomplete,
    MaterialsMissing,
    NotEligible,
    NoticeNotRead,
    StalePage,
)
from tongban.parties.errors import NotSignedIn

BRANCHES = ("cases", "tasks", "case_events", "ledger_entries", "ledger_promises", "outbox")


async def _counts(world: World) -> dict[str, int]:
    return {table: await world.one(f"SELECT count(*) FROM {table}") for table in BRANCHES}


async def test_two_submissions_at_once_make_one_case(world: World) -> None:
    draft = await world.ready()
    before = await _counts(world)
    first, second = await asyncio.gather(world.submit(draft), world.submit(draft))
    assert (first.id, first.number, first.entry) == (second.id, second.number, second.entry)
    # Who only repeated holds no second promise: one entry is promised once.
    assert [one.promise is None for one in (first, second)].count(False) == 1
    made = {table: count - before[table] for table, count in (await _counts(world)).items()}
    tasks = 1 + len(world.kernel.catalogue.journey("birth").journey.tasks)
    assert made == {**dict.fromkeys(BRANCHES, 1), "tasks": tasks}


async def test_twenty_submissions_at_once_make_one_case(world: World) -> None:
    draft = await world.ready()
    made = await asyncio.gather(*(world.submit(draft) for _ in range(20)))
    assert len({(s.id, s.number, s.entry) for s in made}) == 1
    assert await world.one("SELECT count(*) FROM cases") == 1


async def test_the_case_is_what_the_receipt_says(world: World) -> None:
    made = await world.submit(await world.ready())
    page = await world.page(made.id)
    assert (page.case.number, page.case.state) == (made.number, "submitted")
    assert case_code.parse(made.number).region == REGION
    assert made.promise is not None and made.promise.id == made.entry
    assert [e.kind for e in page.events] == ["case.submitted"]


async def test_somebody_elses_draft_can_not_be_submitted(world: World) -> None:
    draft = await world.ready()
    with pytest.raises(CaseNotFound):
        await world.submit(draft, JING)
    assert await world.one("SELECT count(*) FROM cases") == 0


async def test_an_expired_session_is_told_to_sign_in_and_the_draft_survives(world: World) -> None:
    draft = await world.ready()
    await world.rows("UPDATE sessions SET expires_at = statement_timestamp()")
    with pytest.raises(NotSignedIn):
        await world.submit(draft)
    world.secrets.clear()
    assert (await world.submit(draft)).id == draft.id


async def test_a_draft_changed_since_the_review_is_not_submitted(world: World) -> None:
    reviewed = await world.ready()
    await world.saved(reviewed, child_name="张大宝")
    with pytest.raises(StalePage):
        await world.submit(reviewed, revision=reviewed.revision)
    assert await world.one("SELECT count(*) FROM cases") == 0


async def test_a_draft_changed_between_reading_and_writing_is_not_submitted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await world.ready()
    meant = submission.assess

    def changed_meanwhile(*given: object) -> object:
        with psycopg.connect(world.database.conninfo, autocommit=True) as other:
            other.execute("UPDATE drafts SET revision = revision + 1")
        return meant(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(submission, "assess", changed_meanwhile)
    with pytest.raises(StalePage):
        await world.submit(draft)
    assert await world.one("SELECT count(*) FROM cases") == 0


async def test_an_unread_notice_an_empty_form_and_a_missing_material_are_each_told(world: World) -> None:
    opened = await world.opened()
    with pytest.raises(NoticeNotRead):
        await world.submit(opened)
    noticed = await world.noticed()
    with pytest.raises(FormIncomplete) as form:
        await world.submit(noticed)
    assert "child_name" in {fault["field"] for fault in form.value.faults}
    without_bill = await world.saved(noticed, **{**FORM, **CLAIM})
    with pytest.raises(MaterialsMissing) as missing:
        await world.submit(without_bill)
    assert [fault["field"] for fault in missing.value.faults] == ["medical_bill"]


async def test_who_is_not_eligible_is_told_which_condition_and_on_what_basis(world: World) -> None:
    draft = await world.ready(birth_date="2024-01-01")
    with pytest.raises(NotEligible) as refused:
        await world.submit(draft)
    (fault,) = refused.value.faults
    assert fault["field"] == "child_under_one" and fault["basis"]


async def test_a_future_birth_date_is_refused_at_its_field(world: World) -> None:
    draft = await world.ready(birth_date="2099-01-01")
    with pytest.raises(FormIncomplete) as refused:
        await world.submit(draft)
    assert "birth_date" in {fault["field"] for fault in refused.value.faults}


async def test_a_submission_is_two_statements_and_one_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await world.ready()
    await world.secret(FANG)
    seen: list[str] = []
    meant: Callable[..., object] = psycopg.AsyncCursor.execute

    async def counted(self: psycopg.AsyncCursor, query: object, *given: object, **options: object) -> object:
        seen.append(str(query).lstrip("- \n")[:6])
        return await meant(self, query, *given, **options)  # type: ignore[misc]

    before = await world.one("SELECT pg_current_xact_id()::text::bigint")
    monkeypatch.setattr(psycopg.AsyncCursor, "execute", counted)
    await world.submit(draft)
    monkeypatch.undo()
    assert len(seen) == 2, seen
    # One transaction id between the two that these questions take themselves.
    assert await world.one("SELECT pg_current_xact_id()::text::bigint") - before == 2


@pytest.mark.parametrize("broken", BRANCHES)
async def test_a_submission_that_fails_in_one_table_leaves_nothing_in_any(world: World, broken: str) -> None:
    draft = await world.ready()
    before = await _counts(world)
    await world.rows(f"ALTER TABLE {broken} ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    with pytest.raises(psycopg.errors.CheckViolation):
        await world.submit(draft)
    assert await _counts(world) == before
    await world.rows(f"ALTER TABLE {broken} DROP CONSTRAINT full_disk")
    assert (await world.submit(draft)).promise is not None


async def test_two_cases_that_draw_the_same_number_both_come_to_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = (await world.submit(await world.ready())).number
    drawn = iter([taken, taken])
    meant = submission.make_case_number
    monkeypatch.setattr(submission, "make_case_number", lambda *given: next(drawn, None) or meant(*given))
    other = await world.submit(await world.ready())
    assert other.number != taken
    assert await world.one("SELECT count(*) FROM cases") == 2


async def test_what_was_typed_lies_sealed(world: World) -> None:
    case: UUID = await world.submitted()
    (row,) = await world.rows("SELECT dossier FROM cases WHERE id = %(c)s", c=case)
    assert CHILD.encode() not in row.dossier
    assert world.people[FANG].id_number.encode() not in row.dossier


async def test_an_abandoned_draft_can_not_be_submitted(world: World) -> None:
    draft = await world.ready()
    await drafts.abandon(world.kernel, await world.actor(FANG), await world.now(), REGION, draft.id)
    with pytest.raises(CaseNotFound):
        await world.submit(draft)


async def test_no_connection_is_left_in_a_transaction(world: World) -> None:
    await world.submitted()
    idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%%'"
    connection: Connection
    async with world.database.connection() as connection:
        cursor = await connection.execute(idle.replace("%%", "%"))
        row = await cursor.fetchone()
    assert row is not None and row[0] == 0
