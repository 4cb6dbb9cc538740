"""``tongban serve`` is production: no invented people, no time to move, no demonstration's database."""

import httpx
import pytest

from .conftest import Node

ORIGIN = {"TONGBAN_LOG_ORIGIN": "log.example.test/1"}


def test_a_production_log_needs_a_name_of_its_own(node: Node) -> None:
    refused = node.call("serve")
    assert refused.returncode == 1 and "TONGBAN_LOG_ORIGIN" in refused.stderr
    assert not node.home.exists()


def test_a_demonstration_never_becomes_production(settled: Node) -> None:
    refused = settled.call("serve", **ORIGIN)
    assert refused.returncode == 1 and refused.stderr.startswith("tongban: basics.wrong_kind")
    assert settled.alive() == []


def test_an_empty_node_serves_without_accounts_or_time_and_the_doctor_says_what_is_missing(node: Node) -> None:
    node.start("serve", **ORIGIN)
    node.wait_ready()
    assert "tongban pack install" in node.said and "TONGBAN_WITNESS_URL" in node.said
    with httpx.Client(base_url=f"http://127.0.0.1:{node.port}", trust_env=False) as client:
        assert client.get("/health/ready").status_code == 200
        known = client.post("/api/v1/sessions", json={"login": "wangfang", "password": "tongban-2026"})
        moved = client.post("/api/v1/demonstration/time", json={"region": "330103", "working_days": 1})
    assert (known.status_code, moved.status_code < 500) == (401, True) and moved.status_code >= 400
    seen = node.call("doctor", **ORIGIN)
    assert seen.returncode == 0 and "database.kind: production" in seen.stdout, seen.stdout
    assert "packs.sound: no pack is installed" in seen.stdout and "keys.witness: no witness" in seen.stdout


@pytest.mark.parametrize("command", ["run", "serve"])
def test_both_say_what_they_take(node: Node, command: str) -> None:
    assert node.call(command, "--help").returncode == 0
