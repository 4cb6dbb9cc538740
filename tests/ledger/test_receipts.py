"""A receipt convinces somebody who has nothing but the receipt and the public keys."""

import base64
import json
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tongban.basics.database import Connection
from tongban.ledger import tiles, verify_receipt
from tongban.ledger.actions import erase, prepare, record, record_promise
from tongban.ledger.checkpoints import add_cosignatures, sign_checkpoint
from tongban.ledger.errors import EntryUnknown
from tongban.ledger.keys import Signer
from tongban.ledger.models import Pending, Prepared, Receipt
from tongban.ledger.receipts import make_promise, make_receipt
from tongban.ledger.sealer import seal_all
from tongban.ledger.statements import execute
from tongban.ledger.verify_receipt import InvalidProof, parse_key, verify
from tongban.ledger.witness import Witness

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
REGION = "330103"


async def sealed(conn: Connection, signer: Signer, size: int = 5) -> Prepared:
    """A sealed entry about 王芳 among others."""
    data = {"申请人": "王芳", "area": 88.5, "items": [1, 2.0, None]}
    mine = prepare(REGION, "case.submitted", uuid.uuid4(), data, NOW, person_key=b"k" * 32)
    others = [prepare(REGION, "case.submitted", uuid.uuid4(), {"n": n}, NOW) for n in range(size - 1)]
    await record(conn, *others[:2], mine, *others[2:])
    await seal_all(conn, signer)
    return mine


async def cosigned(conn: Connection, log_key: Signer, witness_key: Signer, folder: Path) -> None:
    witness = Witness(folder, witness_key, lambda: [log_key.verifier])
    note = await tiles.checkpoint(conn)
    assert note
    head = verify_receipt.parse_checkpoint(note.rpartition("\n\n")[0] + "\n")
    answer = witness.add_checkpoint(f"old 0\n\n{note}".encode(), 1_780_000_000)
    whole = add_cosignatures(note, answer.body, [witness_key.verifier])
    await execute(conn, "put_cosigned", log=1, size=head.size, note=whole, cosigned_at=NOW)
    witness.close()


def plain(document: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(msgspec.json.encode(document))
    return found


def run_verifier(folder: Path, document: Any, keys: str) -> subprocess.CompletedProcess[str]:
    (folder / "receipt.json").write_bytes(msgspec.json.encode(document))
    (folder / "keys.txt").write_text(keys)
    arguments = [str(folder / "receipt.json"), str(folder / "keys.txt")]
    command = [sys.executable, "-I", verify_receipt.__file__, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


async def test_the_lone_verifier_accepts_a_cosigned_receipt(
    connection: Connection, log_key: Signer, witness_key: Signer, tmp_path: Path
) -> None:
    mine = await sealed(connection, log_key)
    await cosigned(connection, log_key, witness_key, tmp_path / "w")
    receipt = await make_receipt(connection, REGION, mine.id)
    assert isinstance(receipt, Receipt) and receipt.cosigned
    keys = f"# trusted\n{log_key.verifier}\n{witness_key.verifier}\n"
    done = run_verifier(tmp_path, receipt, keys)
    assert (done.returncode, done.stderr) == (0, "")
    assert "回执有效" in done.stdout and "witness.example/w1" in done.stdout


async def test_the_lone_verifier_refuses_a_changed_receipt(
    connection: Connection, log_key: Signer, tmp_path: Path
) -> None:
    mine = await sealed(connection, log_key)
    receipt = plain(await make_receipt(connection, REGION, mine.id))
    receipt["entry"]["data"]["申请人"] = "陈静"
    done = run_verifier(tmp_path, receipt, f"{log_key.verifier}\n")
    assert done.returncode == 1 and "digest differs" in done.stderr


def test_the_lone_verifier_says_how_it_is_called(tmp_path: Path) -> None:
    command = [sys.executable, "-I", verify_receipt.__file__]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
    missing = subprocess.run([*command, "nowhere", "nowhere"], capture_output=True, check=False, cwd=tmp_path)
    assert missing.returncode == 2


def flipped(text: str) -> str:
    blob = bytearray(base64.b64decode(text))
    blob[-1] ^= 1
    return base64.b64encode(blob).decode()


def other(name: str, value: Any) -> Any:
    return lambda receipt: receipt.__setitem__(name, value)


FORGERIES: dict[str, Any] = {
    "subject": lambda r: r["entry"].__setitem__("subject", str(uuid.uuid4())),
    "person": lambda r: r["entry"].__setitem__("person", None),
    "retention": lambda r: r["entry"].__setitem__("retain_until", "2040-01-01"),
    "time": lambda r: r["entry"].__setitem__("at", "2026-03-02T09:30:00.000001Z"),
    "kind": lambda r: r["entry"].__setitem__("kind", "case.refused"),
    "region": lambda r: r["entry"].__setitem__("region", "330104"),
    "salt": lambda r: r.__setitem__("salt", flipped(r["salt"])),
    "salt withheld": other("salt", None),
    "leaf": lambda r: r.__setitem__("leaf", base64.b64encode(base64.b64decode(r["leaf"]) + b" ").decode()),
    "index": lambda r: r.__setitem__("leaf_index", r["leaf_index"] + 1),
    "index outside": other("leaf_index", 99),
    "proof": lambda r: r["inclusion_proof"].__setitem__(0, flipped(r["inclusion_proof"][0])),
    "proof shortened": lambda r: r["inclusion_proof"].pop(),
    "proof lengthened": lambda r: r["inclusion_proof"].append(r["inclusion_proof"][0]),
    "size": lambda r: r.__setitem__("checkpoint", r["checkpoint"].replace("\n5\n", "\n6\n")),
    "signature": lambda r: r.__setitem__("checkpoint", r["checkpoint"][:-8] + "AAAAAA=\n"),
    "signature missing": lambda r: r.__setitem__("checkpoint", r["checkpoint"].split("\n\n")[0] + "\n\n"),
    "origin": other("origin", "elsewhere.example/log"),
    "type": other("type", "something/v1"),
    "proof missing": lambda r: r.pop("inclusion_proof"),
    "nonsense": lambda r: r.update(entry=None),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_forged_receipt_is_refused(connection: Connection, log_key: Signer, forge: Any) -> None:
    mine = await sealed(connection, log_key)
    receipt = plain(await make_receipt(connection, REGION, mine.id))
    assert verify(receipt, [log_key.verifier]).leaf_index == receipt["leaf_index"]
    forge(receipt)
    with pytest.raises(InvalidProof):
        verify(receipt, [log_key.verifier])


async def test_who_trusts_a_witness_demands_its_cosignature(
    connection: Connection, log_key: Signer, witness_key: Signer, tmp_path: Path
) -> None:
    mine = await sealed(connection, log_key)
    keys = [log_key.verifier, witness_key.verifier]
    with pytest.raises(InvalidProof, match="no known witness"):
        verify(plain(await make_receipt(connection, REGION, mine.id)), keys)
    await cosigned(connection, log_key, witness_key, tmp_path)
    verdict = verify(plain(await make_receipt(connection, REGION, mine.id)), keys)
    assert verdict.witnesses == (("witness.example/w1", 1_780_000_000),)


async def test_an_operator_cannot_sign_for_the_witness(
    connection: Connection, log_key: Signer, witness_key: Signer
) -> None:
    mine = await sealed(connection, log_key)
    receipt = plain(await make_receipt(connection, REGION, mine.id))
    blob = witness_key.verifier.key_id + (1_780_000_000).to_bytes(8, "big") + bytes(64)
    receipt["checkpoint"] += f"— {witness_key.name} {base64.b64encode(blob).decode()}\n"
    with pytest.raises(InvalidProof, match=r"signature of witness\.example/w1"):
        verify(receipt, [log_key.verifier, witness_key.verifier])


async def test_before_sealing_there_is_a_promise_and_afterwards_a_proof(
    connection: Connection, log_key: Signer, tmp_path: Path
) -> None:
    mine = prepare(REGION, "case.submitted", uuid.uuid4(), {"a": 1}, NOW)
    wall = datetime.now(UTC)
    promise = make_promise(mine, wall, log_key)
    await record(connection, mine)
    await record_promise(connection, REGION, mine.id, datetime.fromisoformat(promise.include_by))
    assert await make_receipt(connection, REGION, mine.id) == Pending(REGION, mine.id, wall + timedelta(seconds=10))
    done = run_verifier(tmp_path, promise, str(log_key.verifier))
    assert done.returncode == 0 and "承诺有效" in done.stdout
    await seal_all(connection, log_key)
    receipt = await make_receipt(connection, REGION, mine.id)
    assert isinstance(receipt, Receipt)
    assert receipt.leaf == promise.leaf
    with pytest.raises(EntryUnknown):
        await make_receipt(connection, REGION, uuid.uuid4())


@pytest.mark.parametrize("field", ["include_by", "id", "region", "origin", "leaf", "kind", "at"])
def test_a_changed_promise_is_refused(log_key: Signer, field: str) -> None:
    mine = prepare(REGION, "case.submitted", uuid.uuid4(), {"a": 1}, NOW)
    promise = plain(make_promise(mine, NOW, log_key))
    assert verify(promise, [log_key.verifier]).include_by == "2026-03-02T09:30:10.000000Z"
    promise[field] = promise[field][:-2] + "zz"
    with pytest.raises(InvalidProof):
        verify(promise, [log_key.verifier])


async def test_a_receipt_outlives_the_erasure_and_a_new_one_shows_no_payload(
    connection: Connection, log_key: Signer
) -> None:
    mine = await sealed(connection, log_key)
    before = plain(await make_receipt(connection, REGION, mine.id))
    await erase(connection, REGION, mine.id, NOW, "个人信息保护法第四十七条", {})
    after = plain(await make_receipt(connection, REGION, mine.id))
    assert not verify(before, [log_key.verifier]).erased
    assert verify(after, [log_key.verifier]).erased
    assert (after["entry"]["data"], after["entry"]["person"], after["salt"]) == (None, None, None)
    assert "王芳" not in json.dumps(after, ensure_ascii=False)
    forged = {**after, "entry": {**after["entry"], "data": {"申请人": "陈静"}}}
    with pytest.raises(InvalidProof):
        verify(forged, [log_key.verifier])


async def test_a_leaf_shows_nothing_of_the_person_or_the_case(connection: Connection, log_key: Signer) -> None:
    mine = await sealed(connection, log_key)
    leaf = json.loads(mine.leaf)
    assert set(leaf) == {"at", "digest", "id", "kind", "region", "v"}
    assert str(mine.subject) not in mine.leaf.decode()


def test_public_examples_of_the_formats_verify() -> None:
    """Keys and notes of the signed-note and tlog-cosignature formats, whole and broken."""
    key = parse_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = (
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert verify_receipt.open_note(f"{text}\n{line}", [key]) == (text, [(key, 0)])
    with pytest.raises(InvalidProof):
        verify_receipt.open_note(f"{text.replace('answer', 'question')}\n{line}", [key])
    with pytest.raises(InvalidProof):
        parse_key(str(key).replace("c74f20a3", "c74f20a4"))


def test_a_checkpoint_is_written_as_the_format_says(log_key: Signer) -> None:
    note = sign_checkpoint(log_key, 7, bytes(32))
    lines = note.split("\n")
    assert lines[:4] == ["tongban.example/log", "7", "A" * 43 + "=", ""]
    assert lines[4].startswith("— tongban.example/log ") and lines[5:] == [""]
    head, _ = verify_receipt.open_checkpoint(note, log_key.name, [log_key.verifier])
    assert (head.size, head.root) == (7, bytes(32))
