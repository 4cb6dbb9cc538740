"""Departmental systems over HTTP that speak the platform's own protocol, see docs/departments.md.

Called by the list of connectors, which makes one ``HttpProvider`` a resource.
"""

from collections.abc import Mapping, Sequence

import httpx
import msgspec

from tongban.connectors.asking import reached, received, within
from tongban.connectors.breaker import Breaker
from tongban.connectors.credentials import Credential
from tongban.resources.provider import Answer, CallContext, Found, Invalid, Missing, Unavailable

LARGEST_ANSWER = 64 * 1024  # bytes
# Identity: an answer of 64 kB must not unpack to 64 MB.
_HEADERS = {"content-type": "application/json", "accept-encoding": "identity"}


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

    def __init__(
        self, url: str, token: str | Credential, client: httpx.AsyncClient, breaker: Breaker | None = None
    ) -> None:
        self._url = url
        self._token = token
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
        body = _question(match, fields, context)
        return await within(timeout, self._breaker, lambda: self._exchange(body, timeout))

    async def probe(self, seconds: float) -> str | None:
        """None when somebody answers at its address. For the doctor: a look-up would need a case."""
        return await reached(self._client, self._url, seconds)

    async def close(self) -> None:
        """Nothing to let go of: the client belongs to the list."""

    async def _exchange(self, body: bytes, seconds: float) -> Answer:
        return _read(*await self._accepted(body, seconds))

    async def _accepted(self, body: bytes, seconds: float) -> tuple[int, bytes | None]:
        """What came; asked once more when the token was refused and another one lies there now."""
        if isinstance(self._token, str):
            return await self._post(body, self._token, seconds)
        token, version = self._token.secret(), self._token.version
        status, content = await self._post(body, token, seconds)
        if status in (401, 403) and await self._token.changed(version):
            status, content = await self._post(body, self._token.secret(), seconds)
        return status, content

    async def _post(self, body: bytes, token: str, seconds: float) -> tuple[int, bytes | None]:
        """Status and body; None instead of a body that is too large or packed."""
        headers = {"authorization": f"Bearer {token}", **_HEADERS}
        request = self._client.build_request("POST", self._url, content=body, headers=headers, timeout=seconds)
        return await received(self._client, request, LARGEST_ANSWER)


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
