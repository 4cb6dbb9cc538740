"""A receipt is checked against the published keys; a changed one, a stranger's and nonsense are refused."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tongban.ledger.actions import prepare
from tongban.ledger.keys import Signer, log_signer
from tongban.ledger.receipts import make_promise
from tongban.web.public.receipts import judge

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SUBJECT = UUID("0199a0b0-0000-7000-8000-000000000001")


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return log_signer(tmp_path / "log.pem", "tongban.test/log")


def promise(signer: Signer) -> dict[str, Any]:
    entry = prepare("330103", "case.submitted", SUBJECT, {"journey": "birth"}, NOW)
    made: dict[str, Any] = msgspec.to_builtins(make_promise(entry, NOW, signer))
    return made


def test_a_promise_of_this_node_is_valid(signer: Signer) -> None:
    result = judge(json.dumps(promise(signer)).encode(), str(signer.verifier))
    assert result.verdict is not None and result.verdict.kind == "promise"


def test_a_changed_promise_is_refused(signer: Signer) -> None:
    changed = promise(signer) | {"include_by": "2036-01-01T00:00:00.000000Z"}
    assert judge(json.dumps(changed).encode(), str(signer.verifier)).verdict is None


def test_a_promise_of_another_node_is_refused(signer: Signer, tmp_path: Path) -> None:
    stranger = log_signer(tmp_path / "other.pem", "tongban.test/log")
    assert judge(json.dumps(promise(stranger)).encode(), str(signer.verifier)).verdict is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b"\xff\xfe", b"[" * 100_000, b'{"type": 5}'])
def test_nonsense_is_refused_without_failing(signer: Signer, content: bytes) -> None:
    result = judge(content, str(signer.verifier))
    assert result.verdict is None and result.reason
