"""Every address that changes something, with the ids of 王芳 and of a department, sent by people whose they are not.

Generated from the application's own route table: a new address is tried from the day it is there.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from litestar.routes import HTTPRoute
from tests.api.test_read_paths import Hers, hers
from tests.attacks.conftest import Attacker
from tests.world import JING, World

__all__ = ["hers"]
STRANGERS = (None, "林晓", JING, "陈雨")
"""A visitor, a citizen, a handler of a department that takes no part, a head in another region."""
PLAIN = {"region", "journey", "step_id", "material", "kind", "on", "act", "theme", "secret", "rest", "unit"}
"""Parts of addresses that name nothing of anybody."""
NAMES = ("answer", "approval", "decision", "kind")
TYPED = {
    "revision": "1", "kind": "withdraw", "decision": "approve", "answer": "grant", "verdict": "confirm",
    "reasons": "没有理由的理由，足够长", "text": "这不是我的", "name": "改名", "department": "civil-affairs",
    "role": "head", "login": "mallory", "until": "2027-01-01", "day": "2026-12-01", "confirm": "yes",
}  # fmt: skip
UNREAD = ("access_denials", "ledger_entries", "kept_answers")


def _writes(attacker: Attacker, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Method and address of every write that names somebody's thing."""
    for route in attacker.door.litestar.routes:
        if not isinstance(route, HTTPRoute):
            continue
        parts = set(re.findall(r"{(\w+)}", route.path_format))
        if parts - PLAIN:
            known = {part: given.get(part, given["case"]) for part in parts}
            for method in sorted(set(route.methods) & {"POST", "PUT", "PATCH", "DELETE"}):
                yield method, route.path_format.format(**known)


def _example(schema: Mapping[str, Any], all_of: Mapping[str, Any]) -> Any:
    """The smallest value that a schema takes."""
    if "$ref" in schema:
        return _example(all_of[schema["$ref"].rsplit("/", 1)[1]], all_of)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return _example(schema[several][0], all_of)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        wanted = schema.get("required", [])
        return {name: _example(schema["properties"][name], all_of) for name in wanted}
    if kind == "array":
        return [_example(schema["items"], all_of)] * schema.get("minItems", 0)
    formats = {"uuid": "0197f000-0000-7000-8000-000000000000", "date": "2027-01-01"}
    return {"integer": 1, "number": 1, "boolean": True, "null": None}.get(kind) or formats.get(
        schema.get("format", ""), "没有理由的理由，足够长"[: schema.get("maxLength", 60)]
    )


def _bodies(openapi: Mapping[str, Any]) -> Mapping[tuple[str, str], Any]:
    """Method and address pattern → a body that fits."""
    found = {}
    for path, methods in openapi["paths"].items():
        for method, about in methods.items():
            content = about.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                found[method.upper(), path] = _example(content["schema"], openapi["components"]["schemas"])
    return found


def _body_for(bodies: Mapping[tuple[str, str], Any], method: str, path: str) -> Any:
    for (known, pattern), body in bodies.items():
        if known == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", pattern), path):
            return body
    return None


async def _state(world: World, ids: list[str]) -> dict[str, str]:
    """A digest of every row of every table that names one of ``ids``."""
    tables = await world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = {}
    for (table,) in tables:
        if table not in UNREAD:
            rows = await world.rows(f'SELECT t::text FROM "{table}" t WHERE t::text ~ %(ids)s', ids="|".join(ids))
            whole = "\n".join(sorted(row[0] for row in rows))
            found[table] = hashlib.sha256(whole.encode()).hexdigest()
    return found


async def _tried(attacker: Attacker, hers: Hers, every: int) -> tuple[list[str], dict[str | None, int]]:
    """What was answered otherwise than by a refusal; and how many refusals each stranger was given."""
    given = hers.values[""]
    bodies = _bodies((await attacker.send(None, "GET", "/api/v1/schema/openapi.json")).json())
    taken, refused = [], dict.fromkeys(STRANGERS, 0)
    for number, (method, path) in enumerate(_writes(attacker, given)):
        if number % every:
            continue
        sent = {"json": _body_for(bodies, method, path)} if path.startswith("/api/") else {"data": TYPED}
        for name in STRANGERS:
            answer = await attacker.send(name, method, path, **sent)
            if answer.status_code < 300 or (path.startswith("/api/") and answer.status_code < 400):
                taken.append(f"{method} {path} as {name}: {answer.status_code}")
            refused[name] += answer.status_code in (403, 404)
    return taken, refused


@pytest.mark.parametrize("every", [30, pytest.param(1, marks=pytest.mark.long)])
async def test_no_stranger_changes_anything_of_hers_and_each_try_is_noted(
    world: World, attacker: Attacker, hers: Hers, every: int
) -> None:
    ids = sorted({str(value) for value in hers.values[""].values() if len(str(value)) == 36})
    ids.append(str(world.accounts["王芳"]))
    before, had = await _state(world, ids), {name: await attacker.noted(name) for name in STRANGERS}
    taken, refused = await _tried(attacker, hers, every)
    assert taken == []
    after = await _state(world, ids)
    assert [table for table in after if after[table] != before[table]] == []
    assert every > 1 or attacker.tries > 350
    noted = {name: await attacker.noted(name) - had[name] for name in STRANGERS}
    # What does not even reach the question who asks is a visitor's, whoever sent it.
    assert sum(noted.values()) >= sum(refused.values())
    assert all(noted[name] for name in STRANGERS if name)
