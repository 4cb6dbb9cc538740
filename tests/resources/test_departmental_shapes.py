"""Invented departments in every shape, each a process of its own, asked through the connector that fits it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from tongban.assembly.definitions import Records
from tongban.cli.demonstration import System, department_specs, departments
from tongban.cli.home import Home
from tongban.cli.process import Process, ProcessSpec
from tongban.connectors.live_connections import Connections
from tongban.resources import rules
from tongban.resources.definitions import Resource, ResourceField
from tongban.resources.models import LookUpRequest
from tongban.resources.provider import Answer, CallContext, Found, Invalid, ListProvider, Missing, Page

CONTEXT = CallContext("case-1", "办理新生儿落户", "户口登记条例 第七条", "d-police", "request-1")
# Invented; the numbers have wrong check digits on purpose.
ROWS: list[dict[str, Any]] = [
    {"number": "1", "name": "王芳", "amount": "12.50", "count": 3, "since": "2026-03-02"},
    {"number": "2", "name": "周梅", "amount": "7.00", "count": 0, "since": "长期"},
]
FIELDS = ["name", "amount", "count", "since"]


def resource(name: str, provider: str) -> Resource:
    kinds = {"count": "integer", "since": "date"}
    fields = [ResourceField(id=one, label=one, kind=kinds.get(one, "text")) for one in FIELDS]  # type: ignore[arg-type]
    return Resource(
        id=name, name=name, provider=provider, fields=[ResourceField(id="number", label="号", key=True), *fields]
    )


RESOURCES = {
    name: resource(name, provider)
    for name, provider in {
        "civil-affairs.marriage": "civil-affairs",
        "health.one": "health",
        "health.two": "health",
        "medical-insurance.bill": "medical-insurance",
        "market.registration": "market",
        "human-resources.staff": "human-resources",
    }.items()
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("node"))
    records = [Records(name, ROWS) for name in RESOURCES]
    count = len(departments(records, RESOURCES))
    specs = department_specs(home, records, RESOURCES, [free_port() for _ in range(count)])
    assert count == 5 and len(specs) == 5, "a department has one process, whatever it gives"
    with running(home, specs):
        yield home


@contextmanager
def running(home: Home, specs: list[ProcessSpec]) -> Iterator[None]:
    processes = [Process(spec, home.path) for spec in specs]
    for process in processes:
        process.launch()
    try:
        for process in processes:
            process.wait_ready()
        yield
    finally:
        for process in processes:
            process.ask_to_stop()
        for process in processes:
            process.stop()


async def look_up(connections: Connections, name: str, number: str) -> Answer:
    """As the platform asks: the connector's answer, checked."""
    request = LookUpRequest(
        region="330103",
        case_id=uuid4(),
        resource=RESOURCES[name],
        consumer="d-police",
        provider="d",
        journey="birth",
        match={"number": number},
        fields=FIELDS,
        legal="duty",
        person_key=b"",
    )
    return rules.check_answer(request, await connections[name].fetch(request.match, FIELDS, 5.0, CONTEXT))


@pytest.mark.parametrize("name", RESOURCES)
async def test_every_shape_gives_the_same_record_and_no_other(home: Home, name: str) -> None:
    connections = Connections(home.connectors)
    found = await look_up(connections, name, "1")
    assert found == Found({field: ROWS[0][field] for field in FIELDS}, {"number": "1"})
    assert await look_up(connections, name, "2") == Invalid("field since is not of its declared kind")
    assert await look_up(connections, name, "3") == Missing()
    assert await connections[name].probe(3.0) is None
    await connections.close()


@pytest.mark.parametrize("name", ["market.registration", "human-resources.staff"])
async def test_tables_and_files_give_lists(home: Home, name: str) -> None:
    connections = Connections(home.connectors)
    provider: ListProvider = connections[name]  # type: ignore[assignment]
    page = await provider.fetch_many({}, None, ["number"], 1, None, CONTEXT)
    assert isinstance(page, Page) and page.rows == [{"number": "1"}]
    assert await provider.fetch_many({}, None, ["number"], 5, page.after, CONTEXT) == Page([{"number": "2"}])
    await connections.close()


async def test_the_list_holds_no_secret_and_the_table_lets_nobody_in_without_one(home: Home) -> None:
    text = home.connectors.read_text("utf-8")
    secrets = [path.read_text().strip() for path in (home.path / "systems").glob("*/*token")]
    assert len(secrets) > 5 and not [secret for secret in secrets if secret in text]
    (home.path / "systems" / "market" / "wrong").write_text("wrong-password")
    other = yaml.safe_load(text)["market.registration"] | {"password_file": "systems/market/wrong"}
    (home.path / "other.yaml").write_text(yaml.safe_dump({"market.registration": other}))
    connections = Connections(home.path / "other.yaml")
    assert "does not accept our password" in str(await connections["market.registration"].probe(3.0))
    for user in ("tongban", "postgres"):
        entry = other | {"address": other["address"].replace("reader@", f"{user}@")}
        (home.path / "other.yaml").write_text(yaml.safe_dump({"market.registration": entry}))
        stranger = Connections(home.path / "other.yaml")
        assert await stranger["market.registration"].probe(3.0) == "not reachable", user
        await stranger.close()
    await connections.close()


async def test_an_api_of_its_own_asks_for_its_key_and_for_every_reason(home: Home) -> None:
    address = yaml.safe_load(home.connectors.read_text("utf-8"))["medical-insurance.bill"]["server"]
    key = (home.path / "systems" / "medical-insurance" / "token").read_text()
    body = {"number": "1", "caseNumber": "c", "usePurpose": "p", "legalBasis": "b", "requester": "d", "traceId": "t"}
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        place = f"{address}/v1/medical-insurance.bill/queries"
        assert (await client.post(place, json=body)).status_code == 401
        assert (await client.post(place, json=body, headers={"x-api-key": "wrong"})).status_code == 401
        without = await client.post(place, json={**body, "usePurpose": ""}, headers={"x-api-key": key})
        assert without.status_code == 400
        assert (await client.post(place, json=body, headers={"x-api-key": key})).json()["data"]["name"] == "王芳"


def test_a_dropped_file_is_replaced_again_and_again_and_never_half_there(tmp_path: Path) -> None:
    home = Home(tmp_path)
    system = System(home, "human-resources", [Records("human-resources.staff", ROWS)], 0)
    (spec,) = system.specs(RESOURCES)
    file = Path(spec.argv[-1])
    process = subprocess.Popen([*spec.argv, "--every", "0.05"], env=os.environ)
    try:
        soon(file.exists)
        first = file.stat().st_ino
        soon(lambda: file.stat().st_ino != first)
        for _ in range(50):
            assert file.read_text("utf-8").count("\n") == 3
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def soon(holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")


def test_resources_without_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t" * 20)
    (tmp_path / "r.json").write_text('{"resource": "a.b", "rows": []}')
    given = ["--resource", "a.b", "--resource", "c.d", "--data", "r.json", "--port", "1", "--storage", "s"]
    command = [sys.executable, "-m", "tongban.cli", "department", "serve", *given, "--token-file", "token"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith("tongban: department.refused")
