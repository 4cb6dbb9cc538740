"""Another party's own log beside this node's: what differs is named, kept, told, and gone when it is mended."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tongban.cli.check_trust import check_trust
from tongban.resources.exchange import comparisons, foreign, reconciling
from tongban.resources.exchange.comparisons import Compared
from tongban.resources.exchange.errors import LogUnreadable
from tongban.resources.exchange.log import ExchangeLog

from .stage import CIVIL, POLICE, REGION, Stage

EVER, SOON = datetime(2020, 1, 1, tzinfo=UTC), timedelta(hours=1)


async def found(stage: Stage, text: str, consumer: str | None = POLICE) -> Mapping[str, tuple[str, str, str]]:
    """Differences with a log in a file, by message; of the consumer, or of the provider where None."""
    provider = CIVIL if consumer is None else None
    async with stage.database.connection() as connection:
        ours = await foreign.own_calls(connection, REGION, consumer, provider, EVER, datetime.now(UTC) + SOON)
        refused = await foreign.refused_messages(connection, REGION, consumer, EVER)
    differences = foreign.beside(ours, foreign.read_log(text), refused, asked=consumer is not None)
    return {one.message: (one.kind, one.here, one.there) for one in differences}


async def asked(stage: Stage, message: str, number: str | None = None, **changes: Any) -> tuple[str, str]:
    """One call; its request's id and its answer's digest, as the asking system reads them from the headers."""
    given = {"x_road_id": message, **changes}
    answer = await (stage.ask(**given) if number is None else stage.ask(number, **given))
    signature = answer.headers.get("tongban-signature", ";;;").split(";")
    return answer.headers["x-road-request-id"], signature[2]


def lines(*records: Mapping[str, Any]) -> str:
    return "\n".join(msgspec.json.encode(record).decode() for record in records)


async def test_a_consumers_own_log_that_says_the_same_differs_in_nothing(stage: Stage) -> None:
    (one, digest), (two, _) = await asked(stage, "m1"), await asked(stage, "m2", "330903200001010000")
    await asked(stage, "m3", tongban_purpose="%E9%97%B2%E8%81%8A")  # refused here
    told = lines(
        {"message": "m1", "result": "found", "digest": digest},
        {"request_id": two, "result": "missing"},
        {"message": "m3", "result": "failed"},
        {"message": "m4", "result": "failed"},  # the network failed them: it never came
    )
    assert await found(stage, told) == {}
    assert await found(stage, f"x-road-request-id,result\n{one},true\n{two},1\n") == {}


async def test_a_security_servers_monitoring_records_are_read(stage: Stage) -> None:
    await asked(stage, "m1")
    now = int(datetime.now(UTC).timestamp() * 1000)
    records = [{"messageId": "m1", "requestInTs": now, "succeeded": True, "clientMemberCode": POLICE}]
    assert await found(stage, msgspec.json.encode({"records": records}).decode()) == {}
    records.append({"messageId": "m9", "requestInTs": now, "succeeded": True, "clientMemberCode": POLICE})
    assert await found(stage, msgspec.json.encode({"records": records}).decode()) == {
        "m9": ("missing_here", "never asked", "found")
    }


async def test_every_kind_of_difference_with_a_consumers_log_is_named(stage: Stage) -> None:
    for message in ("differs", "arrived", "failed", "unsure"):
        await asked(stage, message)
    stage.exchange.providers = {}
    await asked(stage, "waiting")
    told = lines(
        {"message": "differs", "result": "found", "digest": "00" * 32},
        {"message": "failed", "result": "failed"},
        {"message": "unsure"},
        {"message": "waiting", "result": "found"},
        {"message": "invented", "result": "found"},
    )
    assert await found(stage, told) == {
        "arrived": ("never_arrived", "found", "never arrived"),
        "differs": ("answer_differs", "found", "found"),
        "failed": ("result_differs", "found", "unavailable"),
        "invented": ("missing_here", "never asked", "found"),
        "unsure": ("unknown_there", "found", "unknown"),
        "waiting": ("result_differs", "unavailable", "found"),
    }


async def test_a_providers_log_that_was_asked_in_our_name_without_an_intent_is_told(stage: Stage) -> None:
    request, _ = await asked(stage, "m1")
    told = lines({"request": request, "succeeded": True}, {"request": "unknown-to-us", "succeeded": False})
    assert await found(stage, told, None) == {"unknown-to-us": ("missing_here", "never asked", "unavailable")}


async def test_an_unknown_call_is_settled_with_the_other_logs_word_and_the_difference_is_kept_until_it_is_gone(
    stage: Stage,
) -> None:
    await asked(stage, "m1")
    await stage.rows("DELETE FROM exchange_outcomes")
    now = datetime.now(UTC)
    span = {"since": now - SOON, "before": now + SOON}
    for text, open_ones in ((lines({"message": "m1", "result": "found"}), 1), (lines({"message": "m1"}), 0)):
        async with stage.database.connection() as connection:
            ours = await foreign.own_calls(connection, REGION, POLICE, None, **span)
        differences = foreign.beside(ours, foreign.read_log(text), frozenset(), asked=True)
        closed = await reconciling.close(
            ExchangeLog(stage.database), stage.database, REGION, span["before"], differences
        )
        assert closed == open_ones
        async with stage.database.connection() as connection:
            await comparisons.keep(
                connection, Compared(REGION, POLICE, now, here=1, there=1, closed=closed, **span), differences
            )
            assert len(await comparisons.open_differences(connection, REGION)) == open_ones
            (said,) = [one for one in await check_trust(connection, now) if one.check == "trust.compared"]
        assert said.level == ("warning" if open_ones else "ok")
    (outcome,) = await stage.outcomes()
    assert (outcome.result, outcome.there) == ("undelivered", "found")


@pytest.mark.parametrize(
    "text",
    [
        '{"message": "m1", "result": "perhaps"}',
        '{"result": "found"}',
        '{"message": "m1", "at": "yesterday"}',
        '{"message": "m1", "at": "2026-01-01T00:00:00"}',
        '{"message": "m1", "digest": "zz"}',
        '{"message": "m1"',
        '{"records": 1}',
        "[1]",
        "when,what\n1,2\n",
    ],
)
def test_a_log_that_does_not_read_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(LogUnreadable):
        foreign.read_log(text)
