"""Read an OpenAPI description (3.0, 3.1) as far as one look-up needs it, and check a mapping against it.

Called by ``openapi`` when the list of connectors is read, so that a mapping that can not work is refused at the
start and not at a citizen's first question. Nothing is fetched: a description is a file beside the list.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from msgspec import Struct

METHODS = ("get", "post", "put", "patch", "delete")
Place = Literal["path", "query", "header", "body"]
_DEEPEST = 32  # references behind references


class Operation(Struct, frozen=True):
    """One operation. ``parameters``: name → place; ``required`` of them must be sent; ``body`` says whether it takes
    a JSON object, whose properties count as parameters in the place ``body``. ``answer``: schema of its 200."""

    method: str
    path: str
    parameters: Mapping[str, Place]
    required: frozenset[str]
    body: bool
    answer: Mapping[str, Any]
    security: Sequence[Mapping[str, Any]]


class Description:
    """The description in the file at ``path``. Raises ``ValueError`` and ``OSError`` with the repair."""

    def __init__(self, path: Path) -> None:
        try:
            content = yaml.safe_load(path.read_text("utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as fault:
            raise ValueError(f"{path.name} is not valid YAML or JSON: {' '.join(str(fault).split())}") from fault
        version = content.get("openapi") if isinstance(content, dict) else None
        if not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
            raise ValueError(f"{path.name} must be an OpenAPI description, version 3.0 or 3.1")
        self._content: dict[str, Any] = content
        self._name = path.name

    def operation(self, name: str) -> Operation:
        """The operation with ``operationId`` ``name``. Raises ``ValueError``."""
        for path, item, method, found in self._operations():
            if found.get("operationId") == name:
                return self._read(path, item, method, found)
        known = ", ".join(sorted(str(o.get("operationId")) for _, _, _, o in self._operations()))
        raise ValueError(f"{self._name} has no operation {name}; it has {known or 'none'}")

    def find(self, schema: Mapping[str, Any], pointer: str) -> Mapping[str, Any] | None:
        """What ``schema`` says about the value at a JSON pointer (RFC 6901); None when nothing stands there."""
        found: Any = self.resolved(schema)
        for part in steps(pointer):
            found = self._inside(found, part)
            if found is None:
                return None
        return found if isinstance(found, Mapping) else None

    def resolved(self, node: Any) -> Any:
        """``node``, or what its local reference names. Raises ``ValueError`` for a reference elsewhere."""
        for _ in range(_DEEPEST):
            if not isinstance(node, Mapping) or "$ref" not in node:
                return node
            node = self._referred(str(node["$ref"]))
        raise ValueError(f"{self._name}: references turn in a circle")

    def _operations(self) -> Iterator[tuple[str, Mapping[str, Any], str, Mapping[str, Any]]]:
        for path, item in (self._content.get("paths") or {}).items():
            for method in METHODS:
                if isinstance(item, Mapping) and isinstance(item.get(method), Mapping):
                    yield str(path), item, method, item[method]

    def _read(self, path: str, item: Mapping[str, Any], method: str, found: Mapping[str, Any]) -> Operation:
        given = [self.resolved(one) for one in [*(item.get("parameters") or ()), *(found.get("parameters") or ())]]
        parameters: dict[str, Place] = {one["name"]: one["in"] for one in given if one["in"] != "cookie"}
        required = {one["name"] for one in given if one.get("required")}
        body = self._json(found.get("requestBody"))
        schema = self._flat(body)
        parameters |= dict.fromkeys(schema.get("properties", {}), "body")
        return Operation(
            method=method,
            path=path,
            parameters=parameters,
            required=frozenset(required | set(schema.get("required", ()))),
            body=body is not None,
            answer=self._json((found.get("responses") or {}).get("200")) or {},
            security=self._security(found),
        )

    def _json(self, node: Any) -> Mapping[str, Any] | None:
        """The schema of the JSON content of a request body or an answer."""
        content = (self.resolved(node) or {}).get("content") or {}
        schema = (content.get("application/json") or {}).get("schema")
        return self.resolved(schema) if schema else None

    def _security(self, operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The schemes that may be used alone, resolved."""
        schemes = (self._content.get("components") or {}).get("securitySchemes") or {}
        wanted = operation.get("security", self._content.get("security")) or []
        return [self.resolved(schemes.get(next(iter(one)))) or {} for one in wanted if len(one) == 1]

    def _flat(self, schema: Any) -> dict[str, Any]:
        """An object's properties and what it requires, those of ``allOf`` among them."""
        found = self.resolved(schema) or {}
        parts = [self._flat(part) for part in found.get("allOf", ())]
        properties = {k: v for part in parts for k, v in part["properties"].items()} | found.get("properties", {})
        required = [name for part in parts for name in part["required"]] + list(found.get("required", ()))
        return {"properties": properties, "required": required}

    def _inside(self, node: Any, part: str) -> Any:
        schema = self.resolved(node)
        if not isinstance(schema, Mapping):
            return None
        if part.isdecimal() and "items" in schema:
            return self.resolved(schema["items"])
        inside = self._flat(schema)["properties"].get(part)
        if inside is not None:
            return self.resolved(inside)
        choices = [self._inside(one, part) for one in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))]
        return next((one for one in choices if one is not None), None)

    def _referred(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            raise ValueError(f"{self._name}: {reference} lies outside of it; put everything into one file")
        found: Any = self._content
        for part in steps(reference[1:]):
            found = found.get(part) if isinstance(found, Mapping) else None
        if found is None:
            raise ValueError(f"{self._name}: {reference} names nothing")
        return found


def steps(pointer: str) -> list[str]:
    """The parts of a JSON pointer (RFC 6901). Raises ``ValueError``."""
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} must be a JSON pointer such as /data/name")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def value_at(content: Any, pointer: str) -> Any:
    """The value that ``pointer`` names in decoded JSON; None where nothing stands."""
    for part in steps(pointer):
        if isinstance(content, Mapping):
            content = content.get(part)
        elif isinstance(content, list) and part.isdecimal() and int(part) < len(content):
            content = content[int(part)]
        else:
            return None
    return content
