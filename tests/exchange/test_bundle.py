"""Offline, with nothing but public keys: a call was made under a grant that was valid then, or it is not proven."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tongban.ledger import verify_receipt
from tongban.ledger.actions import prepare, record
from tongban.ledger.keys import log_signer
from tongban.ledger.sealer import seal_all
from tongban.ledger.verify_receipt import InvalidProof, verify
from tongban.resources.exchange.bundle import make_bundle

from .stage import MARRIAGE, POLICE, PURPOSE, REGION, Stage

GIVEN = {"consumer": POLICE, "resource": MARRIAGE.id, "purpose": PURPOSE,
         "fields": ["name", "registered_on"], "revision": 1}  # fmt: skip


async def sealed_call(
    stage: Stage, folder: Path, *changes: tuple[str, dict[str, Any]], **given: Any
) -> tuple[Any, Any]:
    """The bundle of one call, and the log's key. ``changes``: what the ledger says happened to the grant before it."""
    now = datetime.now(UTC)
    created = GIVEN | {"until": (now + timedelta(days=30)).isoformat()} | given
    history = [("grant.created", created), *changes]
    signer = log_signer(folder / "log.pem", "test.invalid/bundle")
    async with stage.database.connection() as connection:
        for table in ("ledger_logs", "ledger_leaves", "ledger_tiles", "ledger_checkpoints"):
            await connection.execute(f"DELETE FROM {table}")
        for number, (kind, data) in enumerate(history):
            at = now - timedelta(minutes=len(history) - number)
            await record(connection, prepare(REGION, kind, stage.grant, data, at))
        await connection.execute("UPDATE grants SET revision = %s WHERE id = %s", [len(history), stage.grant])
    answer = await stage.ask(fields=("name",))
    async with stage.database.connection() as connection:
        await seal_all(connection, signer)
        bundle = await make_bundle(connection, REGION, UUID(answer.headers["x-road-request-id"]))
    return json.loads(json.dumps(bundle)), signer.verifier


async def test_a_call_under_a_valid_grant_is_proven_by_the_single_file(stage: Stage, tmp_path: Path) -> None:
    bundle, key = await sealed_call(stage, tmp_path)
    (tmp_path / "bundle.json").write_text(json.dumps(bundle))
    (tmp_path / "keys.txt").write_text(f"{key}\n")
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, verify_receipt.__file__, str(tmp_path / "bundle.json"), str(tmp_path / "keys.txt")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "调用有据" in done.stdout, done.stdout + done.stderr


NARROWED = ("grant.narrowed", {"fields": ["registered_on"], "revision": 2})
REVOKED = ("grant.revoked", {"reason": "不再需要"})


@pytest.mark.parametrize(
    ("changes", "given", "words"),
    [
        ((REVOKED,), {}, "not valid"),
        ((NARROWED,), {}, "fields"),
        ((), {"until": "2020-01-01T00:00:00+00:00"}, "not valid"),
        ((), {"purpose": "别的用途"}, "another purpose"),
        ((), {"consumer": "d-market"}, "another department"),
    ],
)
async def test_a_call_beyond_its_grant_is_not_proven(
    stage: Stage, tmp_path: Path, changes: tuple[Any, ...], given: dict[str, Any], words: str
) -> None:
    bundle, key = await sealed_call(stage, tmp_path, *changes, **given)
    with pytest.raises(InvalidProof, match=words):
        verify(bundle, [key])


async def test_a_grant_that_was_given_back_is_valid_again(stage: Stage, tmp_path: Path) -> None:
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    bundle, key = await sealed_call(stage, tmp_path, REVOKED, ("grant.restored", {"until": until, "reason": "恢复"}))
    assert verify(bundle, [key]).kind == "exchange"


def _without_history(bundle: Any) -> None:
    bundle["grant"].pop()


def _other_call(bundle: Any) -> None:
    bundle["intent"]["entry"]["data"]["fields"] = ["registered_on"]


def _other_time(bundle: Any) -> None:
    bundle["intent"]["entry"]["at"] = "2030-01-01T00:00:00.000000Z"


def _an_outcome(bundle: Any) -> None:
    bundle["intent"] = bundle["grant"][0]


@pytest.mark.parametrize("forge", [_without_history, _other_call, _other_time, _an_outcome])
async def test_a_bundle_that_was_tampered_with_proves_nothing(
    stage: Stage, tmp_path: Path, forge: Callable[[Any], None]
) -> None:
    bundle, key = await sealed_call(stage, tmp_path)
    forge(bundle)
    with pytest.raises(InvalidProof):
        verify(bundle, [key])
