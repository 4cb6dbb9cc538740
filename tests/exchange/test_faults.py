"""Either side dies in the middle of a call, is slow, or loses its clock or its disk: what is known, and who is told."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tongban.ledger.audit import verify_log
from tongban.ledger.keys import log_signer
from tongban.ledger.sealer import seal_all
from tongban.resources.exchange import reconciling
from tongban.resources.exchange.calls import Exchange
from tongban.resources.exchange.log import ExchangeLog
from tongban.resources.exchange.reconciling import Difference

from .stage import POLICE, REGION, Stage
from .test_two_nodes import Two, two

__all__ = ["two"]
SOON = timedelta(hours=1)


async def both_logs_verify(two: Two, tmp_path: Any) -> None:
    """Seal what waits on both nodes and audit both ledgers."""
    for number, database in enumerate((two.stage.database, two.far)):
        signer = log_signer(tmp_path / f"log{number}.pem", f"test.invalid/{number}")
        async with database.connection() as connection:
            await connection.execute("DELETE FROM ledger_logs")
            for table in ("ledger_leaves", "ledger_tiles", "ledger_checkpoints"):
                await connection.execute(f"DELETE FROM {table}")
            await connection.execute("UPDATE ledger_entries SET leaf_index = NULL")
            await seal_all(connection, signer)
            report = await verify_log(connection, [signer.verifier])
        assert report.findings == [] and report.size > 0


async def reconciled(two: Two) -> Sequence[Difference]:
    """Compare both logs, close every unknown call, and see that nothing unknown is left here."""
    differences = await two.differences()
    log = ExchangeLog(two.stage.database)
    await reconciling.close(log, two.stage.database, REGION, datetime.now(UTC) + SOON, differences)
    assert await log.unknown(REGION, datetime.now(UTC) + SOON) == []
    return differences


@pytest.mark.parametrize("two", [{"STAGE_SLOW": "5"}], indirect=True)
async def test_the_provider_dies_in_the_middle_of_a_call(two: Two, tmp_path: Any) -> None:
    call = asyncio.create_task(two.stage.ask())
    await two.there_has("exchange_intents")
    two.there.kill()
    answer = await call
    assert (answer.status_code, answer.json()["type"]) == (500, "Server.ServerProxy.ServiceFailed")
    (outcome,) = await two.stage.outcomes()
    assert outcome.result == "unavailable"
    assert await two.there_rows("SELECT 1 FROM exchange_outcomes") == []
    two.there._environment["STAGE_SLOW"] = "0"
    two.there.start()
    assert await reconciled(two) == []  # told as unavailable here, unknown there: nothing was delivered
    far = ExchangeLog(two.far)
    assert await reconciling.close(far, two.far, REGION, datetime.now(UTC) + SOON, []) == 1
    assert await far.unknown(REGION, datetime.now(UTC) + SOON) == []
    await both_logs_verify(two, tmp_path)


@pytest.mark.parametrize("two", [{"STAGE_SLOW": "1"}], indirect=True)
async def test_the_consumer_dies_in_the_middle_of_a_call(two: Two, dsn: str, tmp_path: Any) -> None:
    killed = _asks_and_dies(two, dsn, tmp_path)
    assert killed == -signal.SIGKILL
    (unknown,) = await ExchangeLog(two.stage.database).unknown(REGION, datetime.now(UTC) + SOON)
    await two.there_has("exchange_outcomes")
    (difference,) = await reconciled(two)
    assert (difference.message, difference.kind, difference.there) == (
        unknown.message, "outcome_unknown_here", "found",
    )  # fmt: skip
    (outcome,) = await two.stage.outcomes()
    assert (outcome.result, outcome.there) == ("undelivered", "found")
    assert await two.differences() == []
    await both_logs_verify(two, tmp_path)


def _asks_and_dies(two: Two, dsn: str, tmp_path: Any) -> int:
    """A consumer's process that kills itself with -9 while the other node is being asked."""
    keys = two.stage.exchange.keys
    settings = {"PEER": two.there.url, "TLS": str(two.there.folder / "tls"), "DSN": dsn, "KEYS": str(keys._folder)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.exchange.dying_consumer"], env={**os.environ, **settings}, check=False, timeout=90
    )
    return done.returncode


@pytest.mark.parametrize("two", [{"STAGE_SLOW": "5"}], indirect=True)
async def test_a_provider_that_is_too_slow_is_told_as_unavailable_on_both_sides_in_the_end(two: Two) -> None:
    answer = await two.stage.ask()
    assert answer.json()["type"] == "Server.ServerProxy.ServiceFailed"
    (outcome,) = await two.stage.outcomes()
    assert (outcome.result, outcome.reason) == ("unavailable", "no answer in time")
    await two.there_has("exchange_outcomes")
    assert await two.differences() == []


async def test_a_clock_that_jumps_is_refused_and_asked_again_when_it_is_right(two: Two) -> None:
    exchange: Exchange = two.stage.exchange
    exchange.ahead = timedelta(minutes=30)
    jumped = await two.stage.ask()
    assert jumped.json()["type"] == "Server.ServerProxy.ServiceFailed"
    assert await two.there_rows("SELECT 1 FROM exchange_intents") == []
    (refusal,) = await two.there_rows("SELECT code FROM exchange_refusals")
    assert refusal.code == "exchange.out_of_time"
    exchange.ahead = timedelta(0)
    assert (await two.stage.ask()).status_code == 200
    (intent, _) = await two.stage.intents()
    assert intent.at is not None and abs(intent.at - datetime.now(UTC)) < timedelta(minutes=5)  # the database's time


async def test_a_store_that_takes_nothing_more_lets_nothing_out(stage: Stage) -> None:
    """A full disk as PostgreSQL tells it: the statement fails, whichever of the two it is."""
    for table, asked in (("exchange_intents", 0), ("exchange_outcomes", 1)):
        await stage.rows(
            "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$"
        )
        await stage.rows(f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION no_space()")
        answer = await stage.ask()
        await stage.rows("DROP FUNCTION no_space CASCADE")
        assert answer.status_code == 500 and "王芳" not in answer.text
        assert stage.table.asked == asked
    (unknown,) = await stage.exchange.log.unknown(REGION, datetime.now(UTC) + SOON)
    assert unknown.consumer == POLICE
    assert (await stage.ask()).status_code == 200


@pytest.mark.long
@pytest.mark.parametrize("two", [{"STAGE_SLOW": "0.05"}], indirect=True)
async def test_many_calls_through_many_deaths_leave_no_answer_without_its_intent(two: Two, tmp_path: Any) -> None:
    answered: list[str] = []

    async def load() -> None:
        for _ in range(60):
            answer: httpx.Response = await two.stage.ask()
            if answer.status_code == 200:
                answered.append(answer.headers["x-road-request-id"])

    running = [asyncio.create_task(load()) for _ in range(8)]
    for _ in range(4):
        await asyncio.sleep(1.5)
        two.there.kill()
        await asyncio.to_thread(two.there.start)
    await asyncio.gather(*running)
    written = await two.stage.rows(
        "SELECT i.id FROM exchange_intents i JOIN exchange_outcomes o USING (region, id) WHERE o.result = 'found'"
    )
    assert set(answered) == {str(row.id) for row in written} and len(answered) > 20
    await reconciled(two)
    await both_logs_verify(two, tmp_path)
