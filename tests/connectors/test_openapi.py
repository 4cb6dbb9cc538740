"""An API described by OpenAPI: its mapping is checked before anything is asked, its answers like everybody's."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tongban.connectors.connection_errors import ConnectorsInvalid
from tongban.connectors.connections import read_connectors
from tongban.resources.provider import Answer, Found, Invalid, Missing, Provider, Unavailable

from .conftest import CONTEXT

DESCRIPTION: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "insurance", "version": "1"},
    "paths": {
        "/insured/search": {
            "post": {
                "operationId": "search",
                "parameters": [{"name": "X-Case", "in": "header", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Search"}}}},
                "responses": {"200": {"$ref": "#/components/responses/People"}},
            }
        },
        "/insured/{idCard}": {
            "get": {
                "operationId": "byNumber",
                "parameters": [{"name": "idCard", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"$ref": "#/components/responses/People"}},
            }
        },
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "responses": {
            "People": {
                "description": "",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/P"}}},
            }
        },
        "schemas": {
            "Search": {"type": "object", "required": ["idCard"], "properties": {"idCard": {"type": "string"}}},
            "P": {
                "type": "object",
                "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/I"}}},
            },
            "I": {
                "allOf": [{"type": "object", "properties": {"idCard": {"type": "string"}}}],
                "properties": {"person": {"type": "object", "properties": {"name": {"type": "string"}}}, "months": {}},
            },
        },
    },
    "security": [{"key": []}],
}
ENTRY: dict[str, Any] = {
    "kind": "openapi",
    "description": "api.yaml",
    "operation": "search",
    "send": {"id_number": "idCard", "case": "X-Case"},
    "record": "/data",
    "fields": {"id_number": "/idCard", "name": "/person/name", "months": {"at": "/months", "as": "integer"}},
    "credential_file": "key",
}
ROW = {"idCard": "1", "person": {"name": "王芳"}, "months": "12"}


class Api:
    """A server on a real socket: answers with ``body``, accepts ``key``, keeps what it was sent."""

    def __init__(self) -> None:
        self.status, self.body, self.key = 200, json.dumps({"data": [ROW]}).encode(), "first-key"
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length", 0)))
                api.asked.append((self.path, dict(self.headers), content))
                known = self.headers.get("X-Key") == api.key
                self.send_response(api.status if known else 401)
                self.end_headers()
                self.wfile.write(api.body if known else b"{}")

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    yield made
    made.server.shutdown()


def provider(folder: Path, address: str = "http://127.0.0.1:9", **changed: Any) -> Provider:
    (folder / "api.yaml").write_text(yaml.safe_dump(changed.pop("description", DESCRIPTION)), "utf-8")
    if not (folder / "key").exists():
        (folder / "key").write_text("first-key\n")
    path = folder / "connectors.yaml"
    entry = {k: v for k, v in {**ENTRY, "server": address, **changed}.items() if v is not None}
    path.write_text(yaml.safe_dump({"insured": entry}), "utf-8")
    return read_connectors(path, httpx.AsyncClient(trust_env=False))["insured"].provider


async def ask(one: Provider, number: str = "1") -> Answer:
    return await one.fetch({"id_number": number}, ["name", "months"], 2.0, CONTEXT)


async def test_question_and_answer_go_where_the_deployment_says(tmp_path: Path, api: Api) -> None:
    one = provider(tmp_path, api.address)
    assert await ask(one) == Found({"name": "王芳", "months": 12}, {"id_number": "1"})
    path, headers, content = api.asked[0]
    assert path == "/insured/search" and json.loads(content) == {"idCard": "1"}
    assert headers["X-Case"] == "case-1" and headers["X-Key"] == "first-key"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, b"", Missing()),
        (200, b'{"data": []}', Missing()),
        (200, b"{}", Missing()),
        (200, json.dumps({"data": [ROW, ROW]}).encode(), Invalid("several records match")),
        (200, b'{"data": ["x"]}', Invalid("the answer is not of the agreed form")),
        (200, b'{"data": [{"idCard": {"a": 1}}]}', Invalid("the answer is not of the agreed form")),
        (200, b"<html>", Invalid("the answer is not of the agreed form")),
        (200, b"[" * 9000, Invalid("the answer is not of the agreed form")),
        (200, b" " * 70_000, Invalid("the answer is too large or packed")),
        (503, b"", Unavailable("it answered with status 503")),
    ],
)
async def test_every_reply_becomes_one_of_four_answers(
    tmp_path: Path, api: Api, status: int, body: bytes, expected: Answer
) -> None:
    one = provider(tmp_path, api.address)
    api.status, api.body = status, body
    assert await ask(one) == expected


async def test_a_number_in_an_address_can_not_name_another_place(tmp_path: Path, api: Api) -> None:
    one = provider(tmp_path, api.address, operation="byNumber", send={"id_number": "idCard"}, personal_in_address=True)
    assert await ask(one, "..") == Missing() and api.asked == []
    await ask(one, "../../admin?x=1#y\r\nX-Evil: 1")
    assert api.asked[0][0] == "/insured/..%2F..%2Fadmin%3Fx%3D1%23y%0D%0AX-Evil%3A%201"


async def test_a_key_that_is_changed_is_shown_anew_and_the_call_goes_on(tmp_path: Path, api: Api) -> None:
    one = provider(tmp_path, api.address)
    await ask(one)
    api.key = "second-key"
    assert await ask(one) == Unavailable("it does not accept our credential")
    (tmp_path / "key").write_text("second-key\n")
    assert isinstance(await ask(one), Found)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"operation": "absent"}, "has no operation absent; it has byNumber, search"),
        ({"send": {"id_number": "card"}}, "takes no card"),
        ({"send": {"id_number": "idCard"}}, "requires X-Case"),
        ({"send": {"case": "X-Case"}}, "send must say where the key fields go"),
        ({"operation": "byNumber", "send": {"id_number": "idCard"}}, "would stand in an address"),
        ({"record": "/rows"}, "has nothing at /rows"),
        ({"record": "data"}, "must be a JSON pointer"),
        ({"fields": {"name": "/name"}}, "has no place for name"),
        ({"server": "ftp://x"}, "must begin with https://"),
        ({"credential_file": "absent"}, "can not read"),
        ({"description": {"swagger": "2.0"}}, "must be an OpenAPI description"),
        ({"description": DESCRIPTION | {"security": []}}, "must be secured"),
        ({"description": DESCRIPTION | {"components": {}}}, "names nothing"),
    ],
)
def test_a_mapping_that_can_not_work_is_refused_at_the_start(
    tmp_path: Path, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConnectorsInvalid) as refusal:
        provider(tmp_path, **changed)
    assert words in refusal.value.message()


def test_references_in_a_circle_and_to_elsewhere_are_refused(tmp_path: Path) -> None:
    for schema in ({"$ref": "#/components/schemas/P"}, {"$ref": "https://example.org/x"}):
        parts = {**DESCRIPTION["components"], "schemas": {**DESCRIPTION["components"]["schemas"], "P": schema}}
        with pytest.raises(ConnectorsInvalid, match=r"circle|outside"):
            provider(tmp_path, description=DESCRIPTION | {"components": parts})
