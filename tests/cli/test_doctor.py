"""``tongban doctor``: what the numbers mean, and what is said of a node that runs, is stopped, or is broken."""

import datetime as dt
import json
import os
import uuid
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tongban.basics.calendar import WorkingCalendar
from tongban.basics.key_file import load_or_create
from tongban.cli.check_database import Health, check_connections, check_migrations, check_version, judge
from tongban.cli.check_keys import check_certificates, check_files, check_log_key, check_vault, check_witness_key
from tongban.cli.check_machine import check_clock, check_cores, check_disk, check_memory, check_python, check_years
from tongban.cli.check_packs import _grant
from tongban.cli.findings import Finding
from tongban.cli.home import Home
from tongban.cli.running import database_address
from tongban.cli.settings import read_settings
from tongban.parties.definitions import Department
from tongban.resources.definitions import GrantNeed
from tongban.resources.models import Grant

from .conftest import Node, soon

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
GB = 1 << 30


def levels(found: list[Finding]) -> dict[str, str]:
    return {one.check: one.level for one in found if one.level != "ok"}


@pytest.mark.parametrize(
    ("health", "wrong"),
    [
        (Health(), {}),
        (Health(waiting=3, oldest=2.0, unsealed=12, uncosigned=1.5, skew=0.3), {}),
        (Health(dead=1), {"outbox.dead": "fault"}),
        (Health(waiting=3, oldest=90.0), {"outbox.waiting": "fault"}),
        (Health(unsealed=5000), {"ledger.unsealed": "fault"}),
        (Health(broken=1), {"ledger.promises": "fault"}),
        (Health(uncosigned=600.0), {"ledger.cosigned": "warning"}),
        (Health(failed=2), {"queue.failed": "fault"}),
        (Health(stalled=1), {"queue.stalled": "warning"}),
        (Health(papers_owed=2), {"notices.owed": "fault"}),
        (Health(measures_failed=1), {"measures.failed": "warning"}),
        (Health(skew=-30.0), {"database.clock": "fault"}),
    ],
)
def test_each_number_that_is_wrong_is_named_and_no_other(health: Health, wrong: dict[str, str]) -> None:
    found = judge(health)
    assert levels(found) == wrong
    assert all(all(one.repair) for one in found if one.level != "ok")


@pytest.mark.parametrize(
    ("applied", "level", "word"),
    [
        ({"1": "a", "2": "b"}, "ok", "2"),
        ({"1": "a"}, "fault", "not applied yet: 2"),
        ({"1": "a", "2": "x"}, "fault", "edited: 2"),
        ({"1": "a", "2": "b", "3": "c"}, "fault", "newer than the program: 3"),
    ],
)
def test_migrations_must_be_those_of_this_program(applied: dict[str, str], level: str, word: str) -> None:
    found = check_migrations(applied, {"1": "a", "2": "b"})
    assert (found.level, word in found.found[1]) == (level, True)


@pytest.mark.parametrize(
    ("finding", "level"),
    [
        (check_python((3, 11, 2)), "ok"),
        (check_python((3, 10, 9)), "fault"),
        (check_cores(2), "ok"),
        (check_cores(1), "warning"),
        (check_memory(4 * GB), "ok"),
        (check_memory(3 * GB // 2), "warning"),
        (check_memory(GB // 2), "fault"),
        (check_disk(9 * GB, Path("/srv")), "ok"),
        (check_disk(2 * GB, Path("/srv")), "warning"),
        (check_disk(GB // 2, Path("/srv")), "fault"),
        (check_clock(NOW, NOW - dt.timedelta(days=90)), "ok"),
        (check_clock(dt.datetime(1970, 1, 1, tzinfo=dt.UTC), NOW), "fault"),
        (check_version(180004), "ok"),
        (check_version(150006), "fault"),
        (check_connections(97, 28), "ok"),
        (check_connections(20, 28), "warning"),
    ],
)
def test_a_machine_and_a_server_are_judged_by_their_numbers(finding: Finding, level: str) -> None:
    assert finding.level == level
    assert level == "ok" or all(finding.repair)


def test_an_unpublished_year_is_a_warning_before_it_begins_and_a_fault_within_it() -> None:
    calendar = WorkingCalendar({}, {}, frozenset({2026}), {})
    assert levels(check_years(dt.date(2026, 11, 24), calendar)) == {"calendar.next_year": "warning"}
    within = check_years(dt.date(2027, 1, 4), calendar)
    assert levels(within) == {"calendar.this_year": "fault", "calendar.next_year": "warning"}
    assert "tongban calendar propose" in within[0].repair[1] and "provisional" in within[0].found[1]


async def test_keys_are_private_and_never_made_by_looking(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert levels(check_files(home, expected=False)) == {}
    assert levels(check_files(home, expected=True)) == {"keys.vault": "fault", "keys.log": "fault"}
    assert await check_vault(home, None) == [] and await check_log_key(home, "a.example/1", None) == []
    assert os.listdir(tmp_path) == []
    home.keys.mkdir(mode=0o700)
    load_or_create(home.keys / "vault.json")
    home.signer("a.example/1")
    assert levels(check_files(home, expected=True)) == {}
    (home.keys / "vault.json").chmod(0o644)
    home.keys.chmod(0o755)
    assert levels(check_files(home, expected=True)) == {"keys.vault": "fault", "keys.private": "fault"}


async def test_a_damaged_key_file_is_a_fault_that_asks_for_the_backup(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.keys.mkdir(mode=0o700)
    for name in ("vault.json", "log.pem"):
        (home.keys / name).write_text("not a key")
        (home.keys / name).chmod(0o600)
    found = [*await check_vault(home, None), *await check_log_key(home, "a.example/1", None)]
    assert levels(found) == {"keys.opens": "fault", "keys.log_origin": "fault"}
    assert all("backup" in one.repair[1] for one in found)


@pytest.mark.parametrize(
    ("text", "wanted", "level"), [(None, False, "warning"), (None, True, "fault"), ("x", False, "fault")]
)
def test_a_node_without_a_witness_says_so(text: str | None, wanted: bool, level: str, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.keys.mkdir()
    if text is not None:
        home.witnesses.write_text(text)
    assert check_witness_key(home, wanted).level == level


HEALTH = Department("health", "下城区卫生健康局", "卫健", "11330103MB9010379M")


def certificate(home: Home, days: int) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - dt.timedelta(days=400))
        .not_valid_after(NOW + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    path = home.keys / "departments" / "departments" / f"{HEALTH.uscc}.pem"
    path.parent.mkdir(parents=True)
    path.write_bytes(made.public_bytes(Encoding.PEM))


@pytest.mark.parametrize(("days", "level"), [(-1, "fault"), (20, "warning"), (90, "ok")])
def test_a_departments_certificate_is_watched_a_month_ahead(days: int, level: str, tmp_path: Path) -> None:
    home = Home(tmp_path)
    certificate(home, days)
    (found,) = check_certificates(home, [HEALTH], False, NOW)
    assert found.level == level


def test_a_department_without_a_key_is_a_fault_in_production_only(tmp_path: Path) -> None:
    assert levels(check_certificates(Home(tmp_path), [HEALTH], False, NOW)) == {"keys.departments": "fault"}
    assert levels(check_certificates(Home(tmp_path), [HEALTH], True, NOW)) == {}


NEED = GrantNeed("marriage", "civil-affairs.marriage", "police", ["spouse"], "出生登记", "户口登记条例", "birth")


def grant(days: int, revoked: bool = False) -> Grant:
    facts = {"region": "330103", "id": "01935f00-0000-7000-8000-000000000001", "need": NEED.id, "journey": NEED.journey}
    spans = {"valid_from": NOW - dt.timedelta(days=365), "valid_until": NOW + dt.timedelta(days=days)}
    told = {"resource": NEED.resource, "consumer": "police", "purpose": NEED.purpose, "basis": NEED.basis}
    rest = {"fields": NEED.fields, "pack": "birth", "version": "1.0.0", "revoked_at": NOW if revoked else None}
    return Grant(**{**facts, **spans, **told, **rest})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ([grant(90)], None),
        ([grant(20)], "warning"),
        ([grant(-1)], "fault"),
        ([], "warning"),
        ([grant(90, revoked=True)], "warning"),
        ([grant(-1), grant(90)], None),
    ],
)
def test_a_grant_is_watched_a_month_ahead(given: list[Grant], level: str | None) -> None:
    assert [one.level for one in _grant(NEED, given, NOW)] == ([level] if level else [])


def test_a_stopped_node_is_said_to_be_stopped_and_the_rest_is_checked(node: Node) -> None:
    seen = node.call("doctor", "--json")
    found = {one["check"]: one for one in json.loads(seen.stdout)}
    assert seen.returncode == 0 and found["node.runs"]["level"] == "warning"
    assert {"machine.python", "machine.disk", "web.assets", "calendar.this_year"} <= found.keys()
    assert not node.home.exists()


def test_an_unreachable_database_is_a_fault_in_both_languages(node: Node) -> None:
    address = {"TONGBAN_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    seen = node.call("doctor", **address, LANG="zh_CN.UTF-8")
    assert seen.returncode == 1 and "✗ 故障  database.reachable" in seen.stdout and "办法：" in seen.stdout
    seen = node.call("doctor", **address)
    assert seen.returncode == 1 and "Repair: check that PostgreSQL runs" in seen.stdout


def test_a_running_node_is_well_and_a_lost_key_is_found(settled: Node) -> None:
    settled.start("run")
    settled.wait_ready()
    key, kept = settled.home / "keys" / "vault.json", settled.home / "keys" / "kept"
    try:
        # What waited while the node was stopped is worked off first.
        assert soon(lambda: settled.call("doctor").returncode == 0, 60), settled.call("doctor").stdout
        well = settled.call("doctor")
        for check in ("keys.opens", "keys.log_origin", "packs.layouts", "connectors.reachable", "packs.grants"):
            assert f"ok       {check}" in well.stdout, well.stdout
        for shape in ("civil-affairs.marriage", "medical-insurance.settlement", "market.registration"):
            assert f"ok       connectors.reachable: {shape} answers (" in well.stdout, well.stdout
        assert "connectors.reachable: human-resources.skill-certificate answers (" in well.stdout
        key.rename(kept)
        lost = settled.call("doctor")
        assert lost.returncode == 1 and "✗ fault    keys.vault" in lost.stdout
        load_or_create(key)
        strange = settled.call("doctor", TONGBAN_LOG_ORIGIN="another.example/log")
        assert "✗ fault    keys.opens" in strange.stdout and "✗ fault    keys.log_origin" in strange.stdout
    finally:
        if kept.exists():
            kept.replace(key)


def test_a_message_given_up_is_a_fault_until_it_is_tried_again(settled: Node) -> None:
    settled.start("run")
    settled.wait_ready()
    environment = settled.environment()
    with psycopg.connect(database_address(read_settings(environment)), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO outbox (region, id, topic, payload, attempts) VALUES ('330103', %s, 'nobody.waits', '{}', 12)",
            [uuid.uuid4()],
        )
        given_up = settled.call("doctor")
        assert given_up.returncode == 1 and "✗ fault    outbox.dead: 1 messages" in given_up.stdout, given_up.stdout
        settled.call("doctor", "--replay")
        assert soon(lambda: connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,), 20)
    assert "ok       outbox.dead" in settled.call("doctor").stdout
