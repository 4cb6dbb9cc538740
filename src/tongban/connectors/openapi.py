"""An HTTP API that a department describes by OpenAPI, as a provider. Called by the list of connectors.

The deployment says which operation answers a look-up, what is put into its parameters and where in the answer the
fields stand; every one of these is checked against the description before anything is asked.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx
from msgspec import Struct

from tongban.connectors.asking import reached, received, within
from tongban.connectors.breaker import Breaker
from tongban.connectors.credentials import Credential
from tongban.connectors.departmental import LARGEST_ANSWER
from tongban.connectors.openapi_description import Description, Operation, value_at
from tongban.connectors.tables.source import As, plain
from tongban.resources.provider import Answer, CallContext, Found, Invalid, Missing, Unavailable

REASONS = ("case", "purpose", "basis", "consumer", "request_id")


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a field stands in the answer, below the record, and as what it is read."""

    at: str
    as_: As | None = None


class Mapped(Struct, frozen=True):
    """One look-up in terms of an API: ``send`` maps a key field or a reason (case, purpose, basis, consumer,
    request_id) to a parameter; ``record`` is the JSON pointer of the record in the answer, ``fields`` the places of
    the fields below it; ``missing`` are statuses that mean that there is none."""

    operation: Operation
    send: Mapping[str, str]
    record: str
    fields: Mapping[str, Place]
    missing: Sequence[int]


def mapped(
    description: Description,
    operation: str,
    send: Mapping[str, str],
    record: str,
    fields: Mapping[str, Place],
    missing: Sequence[int],
    personal_in_address: bool,
) -> Mapped:
    """The mapping, checked against the description. Raises ``ValueError`` with the first fault and its repair."""
    found = description.operation(operation)
    unknown = sorted(set(send.values()) - set(found.parameters))
    if unknown:
        raise ValueError(f"{operation} takes no {', '.join(unknown)}; it takes {', '.join(sorted(found.parameters))}")
    unsent = sorted(found.required - set(send.values()))
    if unsent:
        raise ValueError(f"{operation} requires {', '.join(unsent)}: say under send what is put there")
    open_ = sorted(k for k, p in send.items() if k not in REASONS and found.parameters[p] in ("path", "query"))
    if open_ and not personal_in_address:
        raise ValueError(
            f"{', '.join(open_)} would stand in an address, which others log; "
            "choose an operation that takes it in a body or header, or set personal_in_address: true"
        )
    inside = description.find(found.answer, record)
    if inside is None:
        raise ValueError(f"the 200 answer of {operation} has nothing at {record}")
    if "items" in inside:
        inside = description.resolved(inside["items"])
    lost = sorted(name for name, place in fields.items() if description.find(inside, place.at) is None)
    if lost:
        raise ValueError(f"the 200 answer of {operation} has no place for {', '.join(lost)}")
    _credential_kind(found)
    return Mapped(found, send, record, fields, missing)


def _credential_kind(operation: Operation) -> Mapping[str, Any]:
    """The scheme by which the API knows us. Raises ``ValueError`` where there is none of the kinds known here."""
    for scheme in operation.security:
        kind = (scheme.get("type"), scheme.get("scheme"), scheme.get("in"))
        if kind[:2] in (("http", "bearer"), ("http", "basic")) or (kind[0], kind[2]) == ("apiKey", "header"):
            return scheme
    raise ValueError("the operation must be secured by a bearer token, a basic password or an API key in a header")


class OpenApiProvider:
    """The API at ``server`` as ``way`` maps it. ``user`` is for basic authentication only."""

    def __init__(
        self,
        server: str,
        way: Mapped,
        credential: Credential,
        client: httpx.AsyncClient,
        user: str = "",
        breaker: Breaker | None = None,
    ) -> None:
        self._server, self._way, self._user = server.rstrip("/"), way, user
        self._credential, self._client = credential, client
        self._scheme = _credential_kind(way.operation)
        self._breaker = breaker or Breaker()

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109 - part of the port
        context: CallContext,
    ) -> Answer:
        """Ask for one record. Raises nothing: every fault is an answer."""
        return await within(timeout, self._breaker, lambda: self._asked(match, fields, timeout, context))

    async def probe(self, seconds: float) -> str | None:
        """None when somebody answers at the server's address, whatever it says. For the doctor."""
        return await reached(self._client, self._server, seconds)

    async def close(self) -> None:
        """Nothing to let go of: the client belongs to the list."""

    async def _asked(
        self, match: Mapping[str, str], fields: Sequence[str], seconds: float, context: CallContext
    ) -> Answer:
        given = {**{name: getattr(context, name) for name in REASONS}, **match}
        unsent = sorted(set(match) - set(self._way.send))
        if unsent:
            return Unavailable(f"the connector does not say where {', '.join(unsent)} goes")
        if {".", ".."} & set(match.values()):
            return Missing()  # in an address these two would name another place
        secret, version = self._credential.secret(), self._credential.version
        status, content = await self._call(given, secret, seconds)
        if status in (401, 403) and await self._credential.changed(version):
            status, content = await self._call(given, self._credential.secret(), seconds)
        return self._read(status, content, match, fields)

    async def _call(self, given: Mapping[str, str], secret: str, seconds: float) -> tuple[int, bytes | None]:
        """Status and body; None instead of a body that is too large or packed."""
        return await received(self._client, self._request(given, secret, seconds), LARGEST_ANSWER)

    def _request(self, given: Mapping[str, str], secret: str, seconds: float) -> httpx.Request:
        operation = self._way.operation
        sent: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}, "body": {}}
        for name, parameter in self._way.send.items():
            if name in given:
                sent[operation.parameters[parameter]][parameter] = given[name]
        path = operation.path
        for name, value in sent["path"].items():
            path = path.replace("{" + name + "}", quote(value, safe=""))
        # A header holds ASCII only; what is beyond is written as in an address.
        headers = {name: quote(value, safe=" !#$&'()*+,/:;=?@[]") for name, value in sent["header"].items()}
        return self._client.build_request(
            operation.method.upper(),
            self._server + path,
            params=sent["query"] or None,
            headers={**headers, **self._shown(secret), "accept-encoding": "identity"},
            json=sent["body"] if operation.body else None,
            timeout=seconds,
        )

    def _shown(self, secret: str) -> dict[str, str]:
        if self._scheme["type"] == "apiKey":
            return {str(self._scheme["name"]): secret}
        if self._scheme["scheme"] == "basic":
            return {"authorization": "Basic " + base64.b64encode(f"{self._user}:{secret}".encode()).decode()}
        return {"authorization": f"Bearer {secret}"}

    def _read(self, status: int, content: bytes | None, match: Mapping[str, str], fields: Sequence[str]) -> Answer:
        if status in self._way.missing:
            return Missing()
        if status in (401, 403):
            return Unavailable("it does not accept our credential")
        if status != 200:
            return Unavailable(f"it answered with status {status}")
        if content is None:
            return Invalid("the answer is too large or packed")
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            return Invalid("the answer is not of the agreed form")
        record = value_at(told, self._way.record)
        if isinstance(record, list):
            if len(record) > 1:
                return Invalid("several records match")
            record = record[0] if record else None
        return self._found(record, match, fields)

    def _found(self, record: Any, match: Mapping[str, str], fields: Sequence[str]) -> Answer:
        if record is None:
            return Missing()
        if not isinstance(record, dict):
            return Invalid("the answer is not of the agreed form")
        values = {name: self._value(record, name) for name in {*match, *fields} if name in self._way.fields}
        if any(isinstance(value, dict | list) for value in values.values()):
            return Invalid("the answer is not of the agreed form")
        echo = {name: str(values[name]) for name in match if values.get(name) is not None}
        return Found({name: values[name] for name in fields if values.get(name) is not None}, echo)

    def _value(self, record: Mapping[str, Any], name: str) -> Any:
        place = self._way.fields[name]
        return plain(value_at(record, place.at), place.as_)
