"""Departmental systems over HTTP: the adapter of ``resources``' port, and the list of where they are.

Called by the composition root, which hands one ``HttpProvider`` a resource to ``resources``. The protocol
that a department has to offer stands in docs/departments.md.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import yaml

from tongban.connectors.breaker import Breaker
from tongban.connectors.departmental_errors import ConnectorsInvalid
from tongban.resources.provider import Answer, CallContext, Found, Invalid, Missing, Unavailable

LARGEST_ANSWER = 64 * 1024  # bytes


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a look-up, as a departmental system receives it."""

    match: dict[str, str]
    fields: list[str]
    case: str
    purpose: str
    basis: str
    consumer: str
    request_id: str


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an answer. ``match`` repeats the matched key fields from the record itself."""

    found: bool
    match: dict[str, str | int | float | bool | None] = {}
    fields: dict[str, str | int | float | bool | None] = {}


_replies = msgspec.json.Decoder(Reply, strict=True)


class HttpProvider:
    """One departmental system that answers at ``url``, known to it by a bearer ``token``.

    ``client`` is shared and closed by its owner; ``breaker`` keeps a silent system from slowing everybody.
    """

    def __init__(self, url: str, token: str, client: httpx.AsyncClient, breaker: Breaker | None = None) -> None:
        self._url = url
        # Identity: an answer of 64 kB must not unpack to 64 MB.
        self._headers = {
            "authorization": f"Bearer {token}",
            "content-type": "application/json",
            "accept-encoding": "identity",
        }
        self._client = client
        self._breaker = breaker or Breaker()

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109 - part of the port
        context: CallContext,
    ) -> Answer:
        """Ask for one record within ``timeout`` seconds. Raises nothing: every fault is an answer."""
        if not self._breaker.admits():
            return Unavailable("it has not answered lately; asked again in a few seconds")
        # Stands when the caller gives up first: its patience ended because nothing came.
        answer: Answer = Unavailable("no answer in time")
        try:
            answer = await self._exchange(_question(match, fields, context), timeout)
        finally:
            if isinstance(answer, Unavailable):
                self._breaker.failed()
            else:
                self._breaker.succeeded()
        return answer

    async def _exchange(self, body: bytes, seconds: float) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                status, content = await self._post(body, seconds)
        except (TimeoutError, httpx.TimeoutException):
            return Unavailable("no answer in time")
        except httpx.RemoteProtocolError:
            return Unavailable("the connection broke")
        except httpx.HTTPError as fault:
            return Unavailable(f"not reachable ({type(fault).__name__})")
        return _read(status, content)

    async def _post(self, body: bytes, seconds: float) -> tuple[int, bytes | None]:
        """Status and body; None instead of a body that is too large or packed."""
        async with self._client.stream(
            "POST",
            self._url,
            content=body,
            headers=self._headers,
            timeout=seconds,
            follow_redirects=False,
        ) as response:
            if "content-encoding" in response.headers:
                return response.status_code, None
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    return response.status_code, None
            return response.status_code, bytes(content)


def _question(match: Mapping[str, str], fields: Sequence[str], context: CallContext) -> bytes:
    return msgspec.json.encode(
        Question(
            match=dict(match),
            fields=list(fields),
            case=context.case,
            purpose=context.purpose,
            basis=context.basis,
            consumer=context.consumer,
            request_id=context.request_id,
        )
    )


def _read(status: int, content: bytes | None) -> Answer:
    if status == 409:
        return Invalid("several records match")
    if status in (401, 403):
        return Unavailable("it does not accept our token")
    if status != 200:
        return Unavailable(f"it answered with status {status}")
    if content is None:
        return Invalid("the answer is too large or packed")
    try:
        reply = _replies.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Invalid("the answer is not of the agreed form")
    return Found(reply.fields, reply.match) if reply.found else Missing()


class Connector(msgspec.Struct, frozen=True):
    """Where the system of one resource answers, and the token it knows us by (never shown)."""

    url: str
    token: str

    def __repr__(self) -> str:
        """Without the token, so that no log ever holds one."""
        return f"Connector(url={self.url!r})"


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the list; ``token_file`` is relative to the list's folder."""

    url: str
    token_file: str


def load_connectors(path: Path) -> dict[str, Connector]:
    """Read ``connectors.yaml``: resource id → ``{url, token_file}``.

    Raises ``ConnectorsInvalid`` with every fault and its repair at once.
    """
    found: dict[str, Connector] = {}
    faults: list[str] = []
    for resource, entry in _entries(path).items():
        try:
            found[str(resource)] = _connector(path.parent, entry)
        except (ValueError, OSError, msgspec.ValidationError) as fault:
            faults.append(f"{resource}: {_words(fault)}")
    if faults:
        raise _invalid(path, *faults)
    return found


def http_providers(connectors: Mapping[str, Connector], client: httpx.AsyncClient) -> dict[str, HttpProvider]:
    """One provider a resource; they share ``client``, which its owner closes."""
    return {
        resource: HttpProvider(connector.url, connector.token, client) for resource, connector in connectors.items()
    }


def _entries(path: Path) -> dict[Any, Any]:
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise _invalid(path, f"{_words(fault)}; write it or correct its place") from fault
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise _invalid(path, f"not valid YAML: {' '.join(str(fault).split())}") from fault
    if not isinstance(entries, dict):
        raise _invalid(path, "expected a mapping of resource id to {url, token_file}")
    return entries


def _connector(folder: Path, given: object) -> Connector:
    entry = msgspec.convert(given, _Entry)
    parts = urlsplit(entry.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"url {entry.url!r} must begin with https:// or http:// and name a host")
    if parts.username or parts.password or parts.query:
        raise ValueError("url must hold neither credentials nor a query; the token has a file of its own")
    token = (folder / entry.token_file).read_text(encoding="utf-8").strip()
    if not token or not token.isascii() or any(character.isspace() for character in token):
        raise ValueError(f"token_file {entry.token_file!r} must hold one token of ASCII characters")
    return Connector(entry.url, token)


def _words(fault: Exception) -> str:
    if isinstance(fault, OSError) and fault.filename is not None:
        return f"can not read {fault.filename} ({fault.strerror})"
    return str(fault)


def _invalid(path: Path, *faults: str) -> ConnectorsInvalid:
    return ConnectorsInvalid(path=str(path), count=len(faults), faults="; ".join(faults))
