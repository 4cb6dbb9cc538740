"""The case library's two sides as real processes: whatever is cut, killed or restarted, nothing is lost or doubled.

What was received is compared with the node's database, opened with the node's own key; and the node's feed with the
events of its cases. Receivers run as the institution runs them: without the node's settings, folder or database.
"""

import asyncio
import json
import os
import random
import secrets
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from tests.cli.cutting import proxy_to
from tests.cli.library_node import LibraryNode, Receiving, make_node, within
from tests.world import FANG, LEAD, REGION, WEI

from tongban.basics.key_file import load_or_create
from tongban.cases.library.writing import Sealed, seal, seal_context
from tongban.cases.models import INTAKE
from tongban.ledger.keys import log_signer

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def node(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryNode]:
    """A node with a few cases whose records are written, serving."""
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("CREATE DATABASE library")
    found = make_node(psycopg.conninfo.make_conninfo(postgres, dbname="library"), tmp_path_factory.mktemp("node"))
    try:
        happen(found, 6)
        found.start("web", "jobs")
        within(60, found.written, found.last_words)
        yield found
    finally:
        found.stop()


def happen(node: LibraryNode, cases: int) -> None:
    """Let 王芳 apply so often; every third is refused, every third accepted, every third decided in part."""

    async def act() -> None:
        async with node.opened() as world:
            for number in range(cases):
                case = await world.submitted()
                await world.decide(LEAD, case, INTAKE, "refuse" if number % 3 == 0 else "accept")
                if number % 3 == 2:
                    await world.decide(LEAD, case, "birth_certificate", "approve")
                    await world.decide(WEI, case, "household_registration", "approve")

    asyncio.run(act())


@pytest.fixture
def province(node: LibraryNode, tmp_path: Path) -> Receiving:
    """A newly registered institution."""
    return registered(node, tmp_path / "province")


def registered(node: LibraryNode, folder: Path) -> Receiving:
    done = node.call("library", "register", f"省办件库 {secrets.token_hex(4)}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() not in json.dumps([str(row) for row in node.rows("SELECT * FROM library_receivers")])
    return Receiving(folder, done.stdout.strip())


def same(node: LibraryNode, receiver: Receiving) -> None:
    """What is kept equals the node's feed, and the feed the node's events: all of them, each once."""
    kept = receiver.kept()
    assert node.written()
    assert kept == node.feed() and len(kept) > 20
    assert [entry.position for entry in kept] == list(range(1, len(kept) + 1))
    assert len({entry.id for entry in kept}) == len(kept)


def acknowledged(node: LibraryNode) -> set[int]:
    return {row.acknowledged for row in node.rows("SELECT acknowledged FROM library_receivers")}


def test_everything_is_received_once_and_acknowledged(node: LibraryNode, province: Receiving) -> None:
    done = province.run("receive", node.url, "--once")
    assert done.returncode == 0, done.stderr
    same(node, province)
    assert len(province.kept()) in acknowledged(node)
    again = province.run("receive", node.url, "--once")
    assert again.returncode == 0
    same(node, province)
    number = node.world.people[FANG].id_number
    assert number not in done.stdout + done.stderr + again.stderr
    assert all(number.encode() not in path.read_bytes() for path in province.storage.iterdir())
    assert any(number in str(entry.content) for entry in province.kept())
    compared = province.run("reconcile", node.url)
    assert compared.returncode == 0 and "✓" in compared.stdout, compared.stdout


def test_a_connection_cut_in_the_middle_loses_and_doubles_nothing(node: LibraryNode, province: Receiving) -> None:
    with proxy_to(node.port) as proxy:
        proxy.cut_after = [1, 150, 700, 900, 2500, 4000, 1200, 3100, 60, 5000, 250, 9000]
        done = province.run("receive", proxy.url, "--once", "--most", "3", "--patience", "90")
        assert done.returncode == 0, done.stderr
        assert proxy.cuts >= 8
    same(node, province)


def test_a_receiver_killed_again_and_again_goes_on_where_it_was(node: LibraryNode, province: Receiving) -> None:
    with proxy_to(node.port) as proxy:
        proxy.delay = 0.01
        seen = [0]
        for turn in range(6):
            process = province.start(proxy.url, "--most", "1", "--every", "0.05")
            wanted = seen[-1] + random.randint(1, 4)
            within(60, lambda least=wanted: _count(province) >= least)  # type: ignore[misc]
            time.sleep(random.uniform(0, 0.03))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            seen.append(_count(province))
            assert seen[-1] >= wanted, turn
        # Killed in the middle, not only before or after.
        assert seen[-1] < node.rows("SELECT count(*) AS n FROM library_records")[0].n, seen
    assert province.run("receive", node.url, "--once").returncode == 0
    same(node, province)


def _count(receiver: Receiving) -> int:
    file = receiver.storage / "library.sqlite"
    if not file.exists():
        return 0
    with sqlite3.connect(file) as connection:
        return int(
            connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'records'").fetchone()[0]
        ) and int(connection.execute("SELECT count(*) FROM records").fetchone()[0])


def test_node_and_jobs_killed_and_started_again_while_cases_go_on(node: LibraryNode, province: Receiving) -> None:
    process = province.start(node.url, "--most", "4", "--every", "0.05")
    try:
        for kind in ("web", "jobs", "web", "jobs"):
            happen(node, 3)
            node.kill(kind)
            time.sleep(0.3)
            node.start(kind)
        within(60, node.written, node.last_words)
        within(60, lambda: _count(province) == node.rows("SELECT count(*) AS n FROM library_records")[0].n)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    same(node, province)


def test_batches_that_come_twice_count_once(node: LibraryNode, province: Receiving) -> None:
    assert province.run("receive", node.url, "--once").returncode == 0
    with sqlite3.connect(province.storage / "library.sqlite") as connection:
        connection.execute("UPDATE state SET cursor = 3")
    done = province.run("receive", node.url, "--once", "--most", "5")
    assert done.returncode == 0 and "received 0" in done.stderr
    same(node, province)


def test_only_one_receiver_works_in_a_storage(node: LibraryNode, province: Receiving) -> None:
    process = province.start(node.url, "--every", "0.05")
    try:
        within(20, lambda: _count(province) > 0)
        second = province.run("receive", node.url, "--once")
        assert second.returncode == 1 and "Traceback" not in second.stderr
    finally:
        process.terminate()
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\xe7\x8e\x8b\xe8\x8a\xb3", b"\xe7\x8e\x8b\xe6\x96\xb9"), (b'"result_type":"1"', b'"result_type":"0"')],
    ids=["a name", "a finish code"],
)
def test_a_record_changed_on_the_way_is_refused(
    node: LibraryNode, province: Receiving, before: bytes, after: bytes
) -> None:
    with proxy_to(node.port) as proxy:
        proxy.change = lambda part: part.replace(before, after)
        done = province.run("receive", proxy.url, "--once", "--most", "500")
    assert done.returncode == 1 and "library.batch_refused" in done.stderr
    assert _count(province) == 0
    assert province.run("receive", node.url, "--once").returncode == 0
    same(node, province)


def test_a_wrong_signature_is_refused(node: LibraryNode, province: Receiving, tmp_path: Path) -> None:
    other = tmp_path / "keys.txt"
    own = log_signer(node.home / "keys" / "log.pem", "rehearsal.invalid/log").verifier
    other.write_text(f"{log_signer(tmp_path / 'other.pem', own.name).verifier}\n")
    done = province.run("receive", node.url, "--once", "--keys", str(other))
    assert done.returncode == 1 and "library.batch_refused" in done.stderr and _count(province) == 0
    right = tmp_path / "right.txt"
    right.write_text(f"{own}\n")
    changed = province.run("receive", node.url, "--once", "--keys", str(right))
    assert changed.returncode == 1 and "library.keys_changed" in changed.stderr


def test_reconciliation_names_what_was_removed_or_changed_here(node: LibraryNode, province: Receiving) -> None:
    assert province.run("receive", node.url, "--once").returncode == 0
    kept = province.kept()
    vault = load_or_create(province.storage / "vault.json")
    forged = {**kept[4].content, "project_no": "330103-000000-0000000-0"}
    plain = json.dumps({"salt": kept[4].salt, "content": forged}).encode()
    with sqlite3.connect(province.storage / "library.sqlite") as connection:
        connection.execute("DELETE FROM records WHERE position = 2")
        connection.execute("UPDATE records SET kind = 'result' WHERE position = 7")
        sealed = vault.seal(plain, f"received:5:{kept[4].id}".encode())
        connection.execute("UPDATE records SET sealed = ? WHERE position = 5", [sealed])
        connection.execute("UPDATE records SET sealed = x'00' WHERE position = 9")
    assert _differences(node, province) == [
        ("missing_here", 2, []),
        ("differs", 5, ["project_no"]),
        ("differs", 7, ["kind"]),
        ("differs", 9, ["(unreadable)"]),
    ]


def test_reconciliation_names_what_was_removed_or_changed_there(node: LibraryNode, province: Receiving) -> None:
    assert province.run("receive", node.url, "--once").returncode == 0
    accept = next(entry for entry in province.kept() if entry.kind == "accept")
    vault = load_or_create(node.home / "keys" / "vault.json")
    last = len(province.kept())
    gone = node.rows("DELETE FROM library_records WHERE position IN (3, %(last)s) RETURNING *", last=last)
    (row,) = node.rows("SELECT id, sealed FROM library_records WHERE position = %(p)s", p=accept.position)
    forged = seal(vault, REGION, row.id, {**accept.content, "applyer_page_code": "330103199001011234"})
    try:
        _put(node, accept.position, forged)
        found = _differences(node, province)
        told = province.run("reconcile", node.url).stdout
    finally:
        _put(node, accept.position, row.sealed)
        for one in gone:
            names, values = ", ".join(one._fields), ", ".join(f"%({name})s" for name in one._fields)
            node.rows(f"INSERT INTO library_records ({names}) VALUES ({values})", **one._asdict())
    expected = [
        ("missing_there", 3, []), ("differs", accept.position, ["applyer_page_code", "salt"]),
        ("missing_there", last, []),
    ]  # fmt: skip
    assert found == sorted(expected, key=lambda one: one[1])
    assert "applyer_page_code" in told and "330103199001011234" not in told
    assert node.world.people[FANG].id_number not in told
    same(node, province)


def _put(node: LibraryNode, position: int, sealed: bytes) -> None:
    node.rows("UPDATE library_records SET sealed = %(s)s WHERE position = %(p)s", s=sealed, p=position)


def _differences(node: LibraryNode, receiver: Receiving) -> list[tuple[str, int, list[str]]]:
    done = receiver.run("reconcile", node.url, "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return [(one["what"], one["position"], one["fields"]) for one in found["differences"]]


def test_a_node_that_was_set_back_is_noticed(node: LibraryNode, province: Receiving) -> None:
    assert province.run("receive", node.url, "--once").returncode == 0
    with sqlite3.connect(province.storage / "library.sqlite") as connection:
        connection.execute("UPDATE state SET cursor = cursor + 1000")
    done = province.run("receive", node.url, "--once")
    assert done.returncode == 1 and "library.cursor_ahead" in done.stderr


def test_nobody_reads_without_a_token_of_a_receiver_of_this_region(
    node: LibraryNode, province: Receiving, tmp_path: Path
) -> None:
    person = node.rows("SELECT count(*) AS n FROM library_records")[0].n
    assert person > 20
    asked = _statuses(node, None)
    assert asked == _statuses(node, "x" * 43) == (401, 401, 401)
    assert _statuses(node, asyncio.run(_token_of(node))) == (401, 401, 401)
    assert _statuses(node, province.token) == (200, 200, 200)
    assert _statuses(node, province.token, "330104") == (403, 403, 403)
    elsewhere = _receiver_of(node, "330104")
    assert _statuses(node, elsewhere, REGION) == (403, 403, 403)
    answer = httpx.get(f"{node.url}/api/v1/library/feed", headers=_shown(elsewhere), trust_env=False).json()
    assert answer["entries"] == [] and answer["region"] == "330104"
    # An institution's token opens nothing but the library.
    assert httpx.get(f"{node.url}/api/v1/cases", headers=_shown(province.token), trust_env=False).status_code == 401
    stranger = Receiving(tmp_path / "stranger", "y" * 43).run("receive", node.url, "--once")
    assert stranger.returncode == 1 and "library.receiver_unknown" in stranger.stderr


async def _token_of(node: LibraryNode) -> str:
    async with node.opened() as world:
        return await world.secret(LEAD)


def _receiver_of(node: LibraryNode, region: str) -> str:
    from tongban.parties.actions import digest_of

    token = secrets.token_urlsafe(32)
    node.rows(
        "INSERT INTO library_receivers (digest, region, id, name, registered_at)"
        " VALUES (%(d)s, %(r)s, gen_random_uuid(), %(n)s, now())",
        d=digest_of(token), r=region, n=token[:8],
    )  # fmt: skip
    return token


def _shown(token: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}


def _statuses(node: LibraryNode, token: str | None, region: str | None = None) -> tuple[int, ...]:
    asked = {"region": region} if region else {}
    with httpx.Client(base_url=f"{node.url}/api/v1/library", headers=_shown(token), trust_env=False) as client:
        return (
            client.get("/feed", params={"after": 0, **asked}).status_code,
            client.get("/digests", params=asked).status_code,
            client.post("/acknowledgements", json={"cursor": 0, **asked}).status_code,
        )


def test_an_acknowledgement_only_moves_on(node: LibraryNode, province: Receiving) -> None:
    with httpx.Client(base_url=f"{node.url}/api/v1/library", headers=_shown(province.token), trust_env=False) as client:
        told = [client.post("/acknowledgements", json={"cursor": n}).json()["acknowledged"] for n in (4, 9, 9, 2)]
        assert told == [4, 9, 9, 9]
        assert client.post("/acknowledgements", json={"cursor": 10**6}).json()["code"] == "library.cursor_ahead"
        # Without a cursor the feed goes on after what was acknowledged.
        assert client.get("/feed").json()["after"] == 9
        assert client.get("/feed", params={"after": 10**6}).status_code == 409
        assert client.get("/feed", params={"after": -1}).status_code == 400


def test_a_revoked_receiver_reads_nothing_and_may_be_registered_anew(node: LibraryNode, tmp_path: Path) -> None:
    name = f"市办件库 {secrets.token_hex(4)}"
    first = node.call("library", "register", name).stdout.strip()
    twice = node.call("library", "register", name)
    assert twice.returncode == 1 and "library.receiver_exists" in twice.stderr
    assert node.call("library", "revoke", name).returncode == 0
    assert _statuses(node, first) == (401, 401, 401)
    second = node.call("library", "register", name, "--region", REGION).stdout.strip()
    assert second != first and _statuses(node, second) == (200, 200, 200)
    missing = node.call("library", "revoke", "没有登记")
    assert missing.returncode == 1 and "library.receiver_missing" in missing.stderr
    unknown = node.call("library", "register", name, "--region", "990000")
    assert unknown.returncode == 1 and "library.region_to_name" in unknown.stderr
    listed = node.call("library", "receivers")
    assert listed.returncode == 0 and name in listed.stdout
    kinds = {row.kind for row in node.rows("SELECT kind FROM ledger_entries WHERE kind LIKE 'library.%%'")}
    assert kinds == {"library.registered", "library.revoked"}


def test_what_is_sealed_in_the_feed_opens_with_the_nodes_key_only(node: LibraryNode) -> None:
    (row,) = node.rows("SELECT id, sealed FROM library_records WHERE kind = 'accept' LIMIT 1")
    number = node.world.people[FANG].id_number.encode()
    assert number not in row.sealed
    opened = load_or_create(node.home / "keys" / "vault.json").open(row.sealed, seal_context(REGION, UUID(str(row.id))))
    assert number in opened and Sealed.__struct_fields__ == ("salt", "content")


def test_a_silent_node_is_waited_for_no_longer_than_told(province: Receiving) -> None:
    done: subprocess.CompletedProcess[str] = province.run("receive", "http://127.0.0.1:9", "--once", "--patience", "1")
    assert done.returncode == 1 and "library.node_unreachable" in done.stderr
