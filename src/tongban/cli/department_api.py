"""An interface of a department's own making, and its OpenAPI description: unlike the platform's in every word.

Used by ``department_app`` where a department was started with it, and by the demonstration, which writes the
description beside the list of connectors and maps it there, as a deployment would.
"""

from collections.abc import Mapping, Sequence
from typing import Any

KEY_HEADER = "x-api-key"
REASONS = {
    "caseNumber": "case",
    "usePurpose": "purpose",
    "legalBasis": "basis",
    "requester": "consumer",
    "traceId": "request_id",
}
"""What the interface calls each reason that the platform gives."""


def word(field: str) -> str:
    """What the interface calls a field: ``bill_number`` is ``billNumber``."""
    first, *others = field.split("_")
    return first + "".join(other.capitalize() for other in others)


def description(title: str, resources: Mapping[str, tuple[Sequence[str], Mapping[str, str]]]) -> dict[str, Any]:
    """The OpenAPI description. ``resources``: id → its key fields, and all its fields with their JSON type."""
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": {
            f"/v1/{resource}/queries": {"post": _operation(resource, keys, fields)}
            for resource, (keys, fields) in resources.items()
        },
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": KEY_HEADER}},
            "schemas": {resource: _record(fields) for resource, (_, fields) in resources.items()},
        },
        "security": [{"key": []}],
    }


def operation(resource: str) -> str:
    """The operation's id."""
    return "query-" + resource.replace(".", "-")


def mapping(keys: Sequence[str], fields: Sequence[str]) -> dict[str, Any]:
    """How the list of connectors maps a resource onto the interface."""
    return {
        "send": {key: word(key) for key in keys} | {reason: name for name, reason in REASONS.items()},
        "record": "/data",
        "fields": {field: f"/{word(field)}" for field in fields},
    }


def asked(data: Mapping[str, str], fields: Sequence[str]) -> dict[str, Any]:
    """The question in the platform's terms; every field is answered."""
    names = {word(field): field for field in fields}
    match = {names[key]: value for key, value in data.items() if key in names}
    reasons = {reason: data.get(name, "") for name, reason in REASONS.items()}
    return {"match": match, "fields": list(fields), **reasons}


def told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A record in the interface's terms."""
    return {"code": 0, "data": {word(name): value for name, value in fields.items()}}


def _operation(resource: str, keys: Sequence[str], fields: Mapping[str, str]) -> dict[str, Any]:
    required = [*(word(key) for key in keys), *REASONS]
    body = {"type": "object", "properties": {name: {"type": "string"} for name in required}, "required": required}
    data = {"type": "object", "properties": {"code": {"type": "integer"}, "data": {"$ref": _schema(resource)}}}
    return {
        "operationId": operation(resource),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "一条记录", "content": {"application/json": {"schema": data}}},
            "404": {"description": "没有记录"},
        },
    }


def _schema(resource: str) -> str:
    return f"#/components/schemas/{resource}"


def _record(fields: Mapping[str, str]) -> dict[str, Any]:
    return {"type": "object", "properties": {word(name): {"type": kind} for name, kind in fields.items()}}
