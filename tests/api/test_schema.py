"""What the API answers is what its OpenAPI document says, whatever is sent, whoever sends it.

schemathesis makes calls from the document, fitting ones and spoilt ones, and sends them to a server of our own
over HTTP. Nothing may answer 5xx, answer what the document does not name, or refuse in other words than a problem.
"""

import asyncio
import json
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.conftest import Template
from tests.world import FANG, LEAD, REGION, WEI, World

from tongban.cases.models import INTAKE
from tongban.web.app import create_app
from tongban.web.cached import FrontDoor
from tongban.web.listener import Embedded
from tongban.web.site import Site, WebSettings

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
THIS_RUN = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LONGER = settings(THIS_RUN, max_examples=120)


@dataclass
class Running:
    """A server, tokens by role, and ids that exist."""

    address: str
    front: FrontDoor
    tokens: dict[str, str]
    known: dict[str, str]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _prepared(world: World) -> tuple[dict[str, str], dict[str, str]]:
    """Tokens of the roles; a case, a draft and a licence of 王芳 to be asked for."""
    await world.database.open()
    made = await world.submit(await world.ready())
    await world.decide(LEAD, made.id, INTAKE, "accept")
    await world.decide(LEAD, made.id, "birth_certificate", "approve")
    draft = await world.ready()
    licence = await world.one("SELECT id FROM licences WHERE source = %(c)s", c=made.id)
    known = {"case": made.id, "draft": draft.id, "licence": licence, "entry": made.entry}
    tokens = {name: await world.secret(name) for name in (FANG, LEAD, WEI, "吴浩")}
    await world.database.close()
    fixed = {"region": REGION, "task": "household_registration", "material": "medical_bill", "journey": "birth"}
    return tokens, {**{name: str(value) for name, value in known.items()}, **fixed}


@pytest.fixture(scope="module")
def running(template: Template) -> Iterator[Running]:
    """The application served over HTTP from a thread of its own."""
    address = template.copy()
    tokens, known = asyncio.run(_prepared(template.world(address)))
    site = Site(
        template.world(address).kernel,
        WebSettings(base_url="http://127.0.0.1", secret="a secret of thirty-two characters", demonstration=True),
    )
    front, port = create_app(site), _free_port()
    server = Embedded.of(front, port)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    _wait(f"http://127.0.0.1:{port}/health")
    yield Running(f"http://127.0.0.1:{port}", front, tokens, known)
    server.stop()
    thread.join(20)
    template.drop(address)


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            assert httpx.get(address, trust_env=False).status_code == 200
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="module")
def document(running: Running) -> Any:
    """The document as programs fetch it."""
    answer = httpx.get(f"{running.address}/api/v1/schema/openapi.json", trust_env=False)
    assert answer.status_code == 200
    schema = schemathesis.openapi.from_dict(json.loads(answer.content))
    schema.config.update(base_url=running.address)
    # Signing out would end the role's token for every call that follows; test_bad_input has it.
    return schema.exclude(method="DELETE", path="/api/v1/sessions/current")


@dataclass(frozen=True)
class Asking:
    """Who sends, and whether ids that exist stand in the address."""

    role: str | None
    known: bool


WAYS = {
    f"{name}, {'ids that exist' if known else 'any ids'}": Asking(role, known)
    for name, role in {"visitor": None, "applicant": FANG, "handler": LEAD, "administrator": "吴浩"}.items()
    for known in (False, True)
}


def _send(running: Running, case: schemathesis.Case, asking: Asking) -> None:
    headers = {"authorization": f"Bearer {running.tokens[asking.role]}"} if asking.role else {}
    if asking.known:
        case.path_parameters.update({k: v for k, v in running.known.items() if k in case.path_parameters})
    answer = case.call(headers=headers)
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"], (case, answer.headers)


def _ask_everything(document: Any, running: Running, asking: Asking, at_length: settings) -> None:
    """Every call of the document, as often as ``at_length`` says; all calls are made before any fault is told."""
    faults = []
    for found in document.get_all_operations():
        operation = found.ok()
        send = at_length(given(case=operation.as_strategy())(lambda case: _send(running, case, asking)))
        try:
            send()
        except (Exception, BaseExceptionGroup) as fault:
            faults.append(f"{operation.label}: {''.join(traceback.format_exception(fault))}")
    assert faults == [], "\n\n".join(faults)


@pytest.mark.parametrize("way", WAYS)
def test_every_answer_is_one_that_the_document_names(document: Any, running: Running, way: str) -> None:
    _ask_everything(document, running, WAYS[way], THIS_RUN)


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_every_answer_is_one_that_the_document_names_at_length(document: Any, running: Running, way: str) -> None:
    _ask_everything(document, running, WAYS[way], LONGER)


def test_the_document_is_openapi_31_and_names_every_creating_calls_key(document: Any) -> None:
    raw = document.raw_schema
    assert raw["openapi"].startswith("3.1")
    creating = {path: item["post"] for path, item in raw["paths"].items() if "post" in item}
    without = [
        path
        for path, post in creating.items()
        if "Idempotency-Key" not in {p["name"] for p in post.get("parameters", [])}
    ]
    # A token is a secret: its answer is not kept, and a second one harms nobody. An acknowledgement only ever moves on.
    assert sorted(without) == ["/api/v1/library/acknowledgements", "/api/v1/sessions"]


def test_every_call_documents_its_refusals_as_problems(document: Any) -> None:
    for path, item in document.raw_schema["paths"].items():
        for method, call in item.items():
            refused = {code: answer for code, answer in call["responses"].items() if code >= "400"}
            assert {"400", "500", "503"} <= set(refused), (method, path)
            assert all(set(answer["content"]) == {"application/problem+json"} for answer in refused.values())
