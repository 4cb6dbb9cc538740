"""A witness cosigns what grows, refuses what was rewritten, and forgets nothing."""

import asyncio
import base64
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tongban.basics.database import Connection, Database
from tongban.ledger import tiles
from tongban.ledger.actions import prepare, record
from tongban.ledger.audit import verify_log
from tongban.ledger.checkpoints import sign_checkpoint
from tongban.ledger.cosigner import WitnessAddress, cosign, last_witnessed
from tongban.ledger.errors import BadNote, WitnessBusy, WitnessRefused, WitnessUnreachable
from tongban.ledger.keys import Signer, log_signer
from tongban.ledger.merkle import consistency_ranges
from tongban.ledger.run import run
from tongban.ledger.sealer import seal_all
from tongban.ledger.tiles import Frontier, Tiles
from tongban.ledger.verify_receipt import leaf_hash, open_note
from tongban.ledger.witness import Answer, Witness
from tongban.ledger.witness_server import make_server

NOW = 1_780_000_000


class History:
    """A log in memory that can be grown, forked and signed."""

    def __init__(self, signer: Signer, name: str, size: int) -> None:
        self._signer = signer
        self._hashes = [leaf_hash(f"{name} {number}".encode()) for number in range(size)]

    def request(self, old: int, new: int, proof: list[bytes] | None = None) -> bytes:
        tree = Frontier(0, {})
        tree.extend(self._hashes[:new])
        held = Tiles(tree.changed)
        steps = [held.root(*each) for each in consistency_ranges(old, new)] if proof is None else proof
        lines = [f"old {old}", *(base64.b64encode(step).decode() for step in steps)]
        return ("\n".join(lines) + "\n\n" + sign_checkpoint(self._signer, new, tree.root())).encode()


@pytest.fixture
def witness(tmp_path: Path, witness_key: Signer, log_key: Signer) -> Iterator[Witness]:
    made = Witness(tmp_path / "witness", witness_key, lambda: [log_key.verifier])
    yield made
    made.close()


@pytest.fixture
def address(witness: Witness) -> Iterator[WitnessAddress]:
    server = make_server(witness, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield WitnessAddress(f"http://127.0.0.1:{server.server_port}", witness.signer.verifier)
    server.shutdown()
    server.server_close()


def test_a_growing_history_is_cosigned(witness: Witness, log_key: Signer, witness_key: Signer) -> None:
    history = History(log_key, "true", 700)
    old = 0
    for new in (1, 5, 256, 256, 700):
        request = history.request(old, new)
        answer = witness.add_checkpoint(request, NOW)
        assert answer.status == 200
        note = request.decode().partition("\n\n")[2] + answer.body
        signed = open_note(note, [witness_key.verifier])[1]
        assert signed == [(witness_key.verifier, NOW)]
        old = new


@pytest.mark.parametrize("size", [5, 6, 9, 300])
def test_a_forked_history_is_refused(witness: Witness, log_key: Signer, size: int) -> None:
    assert witness.add_checkpoint(History(log_key, "true", 5).request(0, 5), NOW).status == 200
    forked = witness.add_checkpoint(History(log_key, "false", size).request(5, size), NOW)
    assert forked.status == (409 if size == 5 else 422)
    assert witness.add_checkpoint(History(log_key, "true", 9).request(5, 9), NOW).status == 200


def test_a_stale_or_shrunken_request_learns_the_size(witness: Witness, log_key: Signer) -> None:
    history = History(log_key, "true", 9)
    assert witness.add_checkpoint(history.request(0, 7), NOW).status == 200
    stale = Answer(409, "text/x.tlog.size", "7\n")
    assert witness.add_checkpoint(history.request(0, 9), NOW) == stale
    assert witness.add_checkpoint(history.request(5, 9), NOW) == stale
    assert witness.add_checkpoint(history.request(0, 5), NOW) == stale


def test_memory_outlives_the_process(witness: Witness, log_key: Signer, witness_key: Signer, tmp_path: Path) -> None:
    witness.add_checkpoint(History(log_key, "true", 5).request(0, 5), NOW)
    with pytest.raises(WitnessBusy):
        Witness(tmp_path / "witness", witness_key, lambda: [log_key.verifier])
    witness.close()
    again = Witness(tmp_path / "witness", witness_key, lambda: [log_key.verifier])
    assert again.add_checkpoint(History(log_key, "false", 9).request(0, 9), NOW).status == 409
    again.close()


def test_strangers_forgers_and_nonsense_are_told_apart(witness: Witness, log_key: Signer, tmp_path: Path) -> None:
    stranger = log_signer(tmp_path / "a.pem", "stranger.example/log")
    forger = log_signer(tmp_path / "b.pem", log_key.name)
    true = History(log_key, "true", 9)
    assert witness.add_checkpoint(History(stranger, "x", 3).request(0, 3), NOW).status == 404
    assert witness.add_checkpoint(History(forger, "x", 3).request(0, 3), NOW).status == 403
    assert witness.add_checkpoint(true.request(0, 3, [bytes(32)]), NOW).status == 422
    assert witness.add_checkpoint(true.request(0, 3).replace(b"old 0", b"old 4"), NOW).status == 400
    broken = (b"", b"old 1\n", b"old 01\n\nx\n1\n", b"old x\n\n", b"\xff\n\n", b"new 0" + true.request(0, 3)[5:],
              true.request(0, 3, [b"short"]), true.request(0, 3, [bytes(32)] * 64))  # fmt: skip
    assert [witness.add_checkpoint(body, NOW).status for body in broken] == [400] * len(broken)
    assert witness.latest("0" * 64) is None


async def grow(conn: Connection, signer: Signer, count: int) -> None:
    now = datetime.now(UTC)
    await record(conn, *[prepare("330103", "case.submitted", uuid.uuid4(), {}, now) for _ in range(count)])
    await seal_all(conn, signer)


async def test_every_new_head_is_cosigned_once(
    connection: Connection, log_key: Signer, address: WitnessAddress
) -> None:
    assert not await cosign(connection, address)
    for count in (3, 300, 1):
        await grow(connection, log_key, count)
        assert await cosign(connection, address)
        assert not await cosign(connection, address)
    note = await tiles.checkpoint(connection)
    assert note == await last_witnessed(address, log_key.name)
    report = await verify_log(connection, [log_key.verifier, address.key], note)
    assert report.ok and (report.cosigned_size, report.witnessed_size) == (304, 304)


async def test_a_lost_answer_is_caught_up(connection: Connection, log_key: Signer, address: WitnessAddress) -> None:
    await grow(connection, log_key, 3)
    await cosign(connection, address)
    await connection.execute("UPDATE ledger_checkpoints SET cosigned_at = NULL")
    await grow(connection, log_key, 4)
    assert await cosign(connection, address)


async def test_a_witness_that_is_away_costs_lateness_only(
    connection: Connection, log_key: Signer, address: WitnessAddress
) -> None:
    await grow(connection, log_key, 3)
    with pytest.raises(WitnessUnreachable):
        await cosign(connection, address._replace(url="http://127.0.0.1:9"))
    await grow(connection, log_key, 2)
    assert (await verify_log(connection, [log_key.verifier, address.key])).ok
    assert await cosign(connection, address)


async def test_an_answer_by_another_key_is_not_kept(
    connection: Connection, log_key: Signer, address: WitnessAddress, tmp_path: Path
) -> None:
    await grow(connection, log_key, 3)
    other = log_signer(tmp_path / "o.pem", "other.example/w").verifier._replace(kind=4)
    with pytest.raises(WitnessUnreachable):
        await cosign(connection, address._replace(key=other))
    cursor = await connection.execute("SELECT count(*) FROM ledger_checkpoints WHERE cosigned_at IS NULL")
    assert await cursor.fetchone() == (1,)


@pytest.mark.parametrize("size", [2, 3, 5])
async def test_a_rewritten_log_gets_no_cosignature(
    connection: Connection, log_key: Signer, address: WitnessAddress, size: int
) -> None:
    await grow(connection, log_key, 3)
    await cosign(connection, address)
    for table in ("entries", "leaves", "tiles", "checkpoints"):
        await connection.execute(f"DELETE FROM ledger_{table}")  # type: ignore[arg-type]
    await grow(connection, log_key, size)
    with pytest.raises(WitnessRefused):
        await cosign(connection, address)


async def test_the_running_sealer_keeps_its_promise_with_a_hanging_witness(
    connection: Connection, database: str, log_key: Signer, address: WitnessAddress
) -> None:
    hanging = await asyncio.start_server(lambda reader, writer: asyncio.sleep(60), "127.0.0.1", 0)
    port = hanging.sockets[0].getsockname()[1]
    store, stop = Database(database, size=3), asyncio.Event()
    await store.open()
    slow = WitnessAddress(f"http://127.0.0.1:{port}", address.key, timeout=30)
    task = asyncio.create_task(run(store, log_key, slow, stop, interval=0.05))
    begun = time.monotonic()
    now = datetime.now(UTC)
    for number in range(3):
        await record(connection, prepare("330103", "case.submitted", uuid.uuid4(), {"n": number}, now))
        await asyncio.sleep(0.3)
    note = await tiles.checkpoint(connection)
    assert note and note.split("\n")[1] == "3"
    assert time.monotonic() - begun < 5
    stop.set()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    hanging.close()
    await store.close()


async def test_the_running_sealer_stops_when_told(
    connection: Connection, database: str, log_key: Signer, address: WitnessAddress
) -> None:
    store, stop = Database(database, size=3), asyncio.Event()
    await store.open()
    task = asyncio.create_task(run(store, log_key, address, stop, interval=0.05))
    await record(connection, prepare("330103", "case.submitted", uuid.uuid4(), {}, datetime.now(UTC)))
    for _ in range(100):
        note = await tiles.checkpoint(connection)
        if note and note.count("— ") == 2:
            break
        await asyncio.sleep(0.05)
    assert note and note.count("— ") == 2
    stop.set()
    await asyncio.wait_for(task, 5)
    await store.close()


def test_the_server_answers_over_http(address: WitnessAddress, log_key: Signer) -> None:
    request = History(log_key, "true", 5).request(0, 5)
    assert httpx.post(f"{address.url}/add-checkpoint", content=request).status_code == 200
    stale = httpx.post(f"{address.url}/add-checkpoint", content=request)
    assert (stale.status_code, stale.headers["content-type"], stale.text) == (409, "text/x.tlog.size", "5\n")
    assert httpx.post(f"{address.url}/add-checkpoint", content=b"x" * 70_000).status_code == 413
    assert httpx.post(f"{address.url}/elsewhere", content=b"").status_code == 404
    assert httpx.get(f"{address.url}/checkpoint/../lock").status_code == 404
    assert httpx.get(f"{address.url}/keys").text == f"{address.key}\n"


def test_a_key_is_made_once_and_private(tmp_path: Path) -> None:
    first, second = (
        log_signer(tmp_path / "k" / "log.pem", "a.example"),
        log_signer(tmp_path / "k" / "log.pem", "a.example"),
    )
    assert first.verifier == second.verifier
    assert (tmp_path / "k" / "log.pem").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "k").iterdir()] == ["log.pem"]
    for name in ("", "a b", "a+b"):
        with pytest.raises(BadNote):
            log_signer(tmp_path / "k" / "log.pem", name)


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    found: list[str] = []

    def start() -> None:
        found.append(str(log_signer(tmp_path / "log.pem", "a.example").verifier))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
