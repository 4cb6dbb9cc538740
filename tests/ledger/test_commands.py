"""The commands tell an operator what stands, and a script by their exit status."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import psycopg
import pytest

from tongban.ledger.actions import prepare, record
from tongban.ledger.cosigner import WitnessAddress, cosign
from tongban.ledger.keys import log_signer
from tongban.ledger.receipts import make_receipt
from tongban.ledger.sealer import seal_all
from tongban.ledger.verify_receipt import parse_key

ORIGIN = "tongban.example/commands"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A deployment's folder, its key made."""
    log_signer(tmp_path / "keys" / "log.pem", ORIGIN)
    return tmp_path


def tongban(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TONGBAN_HOME": str(home), "TONGBAN_LOG_ORIGIN": ORIGIN}
    command = [sys.executable, "-m", "tongban.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


async def seal(database: str, home: Path, count: int, witness: WitnessAddress | None = None) -> uuid.UUID:
    signer = log_signer(home / "keys" / "log.pem", ORIGIN)
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as conn:
        made = [prepare("330103", "case.submitted", uuid.uuid4(), {"n": n}, NOW) for n in range(count)]
        await record(conn, *made)
        await seal_all(conn, signer)
        if witness:
            await cosign(conn, witness)
        receipt = await make_receipt(conn, "330103", made[0].id)
        (home / "receipt.json").write_bytes(msgspec.json.encode(receipt))
    return made[0].id


def test_verify_exits_zero_when_clean_and_one_when_not(database: str, home: Path) -> None:
    first = asyncio.run(seal(database, home, 5))
    clean = tongban(home, "ledger", "verify", "--database", database)
    assert clean.returncode == 0 and "未发现问题" in clean.stdout
    with psycopg.connect(database) as conn:
        conn.execute("UPDATE ledger_entries SET kind = 'case.refused' WHERE id = %s", [first])
    bad = tongban(home, "ledger", "verify", "--database", database)
    assert bad.returncode == 1 and "第 0 条存证被改动" in bad.stdout and str(first) in bad.stdout
    found = json.loads(tongban(home, "ledger", "verify", "--database", database, "--json").stdout)
    assert found["counts"] == {"entry.changed": 1} and found["findings"][0]["where"]["index"] == 0


def test_keys_receipt_and_export_serve_somebody_outside(database: str, home: Path) -> None:
    asyncio.run(seal(database, home, 300))
    keys = tongban(home, "ledger", "keys")
    assert parse_key(keys.stdout.strip()).name == ORIGIN
    (home / "keys.txt").write_text(keys.stdout)
    done = tongban(home, "ledger", "receipt", str(home / "receipt.json"), str(home / "keys.txt"))
    assert done.returncode == 0 and "回执有效" in done.stdout
    assert tongban(home, "ledger", "export", str(home / "log"), "--database", database).returncode == 0
    files = sorted(str(path.relative_to(home / "log")) for path in (home / "log").rglob("*") if path.is_file())
    assert files == [
        "checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44",
    ]  # fmt: skip


def test_a_witness_process_cosigns_and_testifies(database: str, home: Path) -> None:
    log_key = tongban(home, "ledger", "keys").stdout.strip()
    command = [sys.executable, "-m", "tongban.cli.main", "witness", "serve"]
    options = ["--state", str(home / "witness"), "--port", "0", "--log", log_key]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        _, key, url = process.stdout.readline().split()
        (home / "keys" / "witnesses.txt").write_text(key + "\n")
        assert httpx.get(f"{url}/keys").text == f"{key}\n"
        asyncio.run(seal(database, home, 5, WitnessAddress(url, parse_key(key))))
        clean = tongban(home, "ledger", "verify", "--database", database, "--witness", url)
        assert clean.returncode == 0 and "会签至 cosigned up to 5" in clean.stdout
        with psycopg.connect(database) as conn:
            for table in ("logs", "entries", "leaves", "tiles", "checkpoints"):
                conn.execute(f"DELETE FROM ledger_{table}")  # type: ignore[arg-type]
        asyncio.run(seal(database, home, 5))
        bad = tongban(home, "ledger", "verify", "--database", database, "--witness", url)
        assert bad.returncode == 1 and "witness.contradicts" in bad.stdout
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert tongban(home, "witness", "keys", "--state", str(home / "witness")).stdout.strip() == key


def test_what_is_missing_is_said_in_one_line(home: Path) -> None:
    done = tongban(home, "ledger", "verify")
    assert done.returncode == 1 and "database.none" in done.stderr and "Traceback" not in done.stderr
