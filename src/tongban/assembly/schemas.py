"""The pack format as JSON Schema 2020-12, for editors: one document for each kind of file.

Generated from the very types that the loader fills. ``tongban pack schema`` writes them, ``docs/schema`` holds
them, and a test says that they are current. A file points at its schema in its first line:
``# yaml-language-server: $schema=../../docs/schema/journey.json``.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from tongban.assembly.reading import ROOMS
from tongban.assembly.stories import ACT_KEYS, COMMON, DECIDE, VERBS, Kind, Verb
from tongban.cases.actions.procedures.table import PROCEDURES

DIALECT = "https://json-schema.org/draft/2020-12/schema"

VALUES: Mapping[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "days": {"type": "integer", "minimum": 0},
    "values": {"type": "object"},
    "materials": {"type": "array", "items": {"type": "string"}},
    "resources": {"type": "array", "items": {"type": "string"}},
    "commitments": {"type": "array", "items": {"type": "string"}},
    "task": {"type": "string"},
    "person": {"type": "string"},
}
DECISION = {
    "oneOf": [
        {"enum": list(DECIDE)},
        {
            "type": "object",
            "required": ["decision"],
            "additionalProperties": False,
            "properties": {
                "decision": {"enum": list(DECIDE)},
                "reason": {"type": "string"},
                "by": {"type": "string"},
            },
        },
    ]
}


def schemas() -> dict[str, dict[str, Any]]:
    """File name → schema, for every kind of file in a pack."""
    return {f"{room.schema}.json": _schema(room.kind, f"{room.path}: {room.about}") for room in ROOMS}


def _schema(kind: Any, title: str) -> dict[str, Any]:
    made = msgspec.json.schema(kind)
    story = made.get("$defs", {}).get("Story")
    if story is not None:
        story["properties"]["steps"]["items"] = _step()
    return {"$schema": DIALECT, "title": title, **made}


def _step() -> dict[str, Any]:
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {name: _verb(verb) for name, verb in VERBS.items()},
    }


def _act(kind: str) -> dict[str, Any]:
    """What a special act may say in a story: the words of ``Act``, and who does it."""
    procedure = PROCEDURES[kind]
    properties: dict[str, Any] = {name: {} for name in ACT_KEYS}
    if procedure.causes:
        properties["cause"] = {"enum": list(procedure.causes)}
    described = f"{procedure.zh} / {procedure.en}"
    return {
        "description": described,
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": properties,
    }


def _verb(verb: Verb) -> dict[str, Any]:
    if "decisions" in verb.takes.values():
        return {"description": verb.about, "type": "object", "additionalProperties": DECISION}
    if "acts" in verb.takes.values():
        kinds: dict[str, Any] = {kind: _act(kind) for kind in PROCEDURES}
        return {
            "description": verb.about,
            "type": "object",
            "properties": kinds | {name: VALUES[kind] for name, kind in COMMON.items()},
        }
    made: dict[str, Any] = {
        "description": verb.about,
        "type": "object" if verb.needs else ["object", "null"],
        "additionalProperties": False,
        "properties": {name: VALUES[kind] for name, kind in {**verb.takes, **COMMON}.items()},
    }
    return made | ({"required": list(verb.needs)} if verb.needs else {})
