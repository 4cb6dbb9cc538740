"""Requests of the X-Road REST message protocol, read strictly: what is said twice, or oddly, is refused. Pure.

Called by ``gateway``. The protocol: X-Road Message Protocol for REST (PR-REST), chapters 4.1 to 4.5.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from tongban.resources.exchange.errors import CallMalformed

LARGEST_BODY = 64 * 1024  # bytes
LONGEST_ADDRESS = 2000  # characters, the limit that the protocol itself suggests
LONGEST_LIST = 100
PAGE, MOST_RECORDS = 500, 100_000
"""Records of one page, and of one answer."""
LISTS = "/records"
MEMBER_CLASS = "GOV"
PROVIDER_SUBSYSTEM = "data"
_PART = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_WORDS = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}\Z")
_SINGLE = {
    b"authorization", b"content-length", b"content-type", b"host", b"tongban-purpose", b"transfer-encoding",
}  # fmt: skip
_HASHED = (b"accept", b"content-type", b"tongban-purpose")


class ServiceId(Struct, frozen=True):
    """``instance/class/member/subsystem/service``; ``path``: what follows it in the address."""

    instance: str
    member_class: str
    member: str
    subsystem: str
    service: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.instance}/{self.member_class}/{self.member}/{self.subsystem}/{self.service}"


class ClientId(Struct, frozen=True):
    """``instance/class/member/subsystem`` of the calling system."""

    instance: str
    member_class: str
    member: str
    subsystem: str

    def __str__(self) -> str:
        return f"{self.instance}/{self.member_class}/{self.member}/{self.subsystem}"


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a question: which record, by which keys, and which of its fields."""

    match: dict[str, str]
    fields: list[str]


class ListQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a question for many records: at most ``limit``, of those that follow ``after``."""

    fields: list[str]
    match: dict[str, str] = {}
    limit: int = PAGE
    after: str | None = None


_questions = msgspec.json.Decoder(Question)
_lists = msgspec.json.Decoder(ListQuestion)


class Headers:
    """Request headers, each of ours at most once; text only. Raises ``CallMalformed``."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._held: dict[bytes, bytes] = {}
        for given, value in raw:
            name = given.lower()
            if name in self._held and (name in _SINGLE or name.startswith(b"x-road-")):
                raise CallMalformed(reason=f"header {name.decode('latin-1')} is given twice")
            self._held[name] = value

    def words(self, name: bytes) -> str | None:
        """The value of a header as text, percent-decoded; None where it is not given."""
        value = self._held.get(name)
        if value is None:
            return None
        try:
            text = unquote(value.strip().decode("utf-8"), errors="strict")
        except UnicodeDecodeError:
            text = ""
        if not _WORDS.match(text):
            raise CallMalformed(reason=f"header {name.decode('latin-1')} is empty, too long or not text")
        return text

    def client(self) -> ClientId:
        """The calling system, which the protocol makes every request name."""
        value = self._held.get(b"x-road-client")
        if value is None:
            raise CallMalformed(reason="header X-Road-Client is missing")
        parts = _parts(value.decode("latin-1"), 4, "X-Road-Client")
        return ClientId(*parts)

    def bearer(self) -> str | None:
        """The token, if one is given."""
        kind, _, token = self._held.get(b"authorization", b"").decode("latin-1").partition(" ")
        return token.strip() if kind.lower() == "bearer" and token.strip() else None

    def hashed(self) -> bytes:
        """The headers that belong to the message, in one order: what the request hash is made of."""
        named = sorted(name for name in self._held if name.startswith(b"x-road-") or name in _HASHED)
        return b"".join(name + b":" + self._held[name] + b"\r\n" for name in named)


def service_of(address: str) -> ServiceId:
    """The service in ``/r1/instance/class/member/subsystem/service[/path]``, still percent-encoded.

    Raises ``CallMalformed``.
    """
    if len(address) > LONGEST_ADDRESS:
        raise CallMalformed(reason="the address is too long")
    _, version, *rest = address.split("/", 7)
    if version != "r1" or len(rest) < 5:
        raise CallMalformed(reason="the address is not /r1/instance/class/member/subsystem/service")
    return ServiceId(*[*_parts("/".join(rest[:5]), 5, "the address"), "".join("/" + part for part in rest[5:])])


def _parts(text: str, wanted: int, where: str) -> list[str]:
    try:
        parts = [unquote(part, errors="strict") for part in text.strip().split("/")]
    except UnicodeDecodeError:
        parts = []
    if len(parts) != wanted or not all(map(_PART.match, parts)):
        raise CallMalformed(reason=f"{where} does not have {wanted} parts of letters, digits, dot, hyphen, underscore")
    return parts


def question_of(method: str, query: str, body: bytes) -> Question:
    """What is asked: of a POST its JSON body, of a GET its query (keys, and ``fields`` with commas).

    Raises ``CallMalformed``.
    """
    if method == "POST":
        if query:
            raise CallMalformed(reason="a POST has no query")
        return _sound(_decoded(body))
    if body:
        raise CallMalformed(reason="a GET has no body")
    given = _query(query)
    fields = given.pop("fields", "")
    return _sound(Question(given, fields.split(",") if fields else []))


def list_of(method: str, query: str, body: bytes) -> ListQuestion:
    """What a question for many records asks. Raises ``CallMalformed``."""
    if method != "POST" or query:
        raise CallMalformed(reason="lists are asked by POST, without a query")
    try:
        asked = _lists.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CallMalformed(reason="the body is not {match, fields, limit, after}") from error
    _sound(Question(asked.match, asked.fields))
    if not 1 <= asked.limit <= MOST_RECORDS or (asked.after is not None and not _WORDS.match(asked.after)):
        raise CallMalformed(reason=f"limit is from 1 to {MOST_RECORDS}, after is what an answer gave")
    return asked


def _decoded(body: bytes) -> Question:
    try:
        return _questions.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CallMalformed(reason="the body is not {match, fields}") from error


def _query(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in query.split("&") if query else []:
        name, _, value = part.partition("=")
        try:
            name, value = (unquote(text.replace("+", " "), errors="strict") for text in (name, value))
        except UnicodeDecodeError as error:
            raise CallMalformed(reason="the query is not UTF-8") from error
        if name in found:
            raise CallMalformed(reason="a query parameter is given twice")
        found[name] = value
    return found


def _sound(question: Question) -> Question:
    texts = [*question.match, *question.match.values(), *question.fields]
    if len(texts) > LONGEST_LIST or not all(map(_WORDS.match, texts)):
        raise CallMalformed(reason="a name or value is empty, too long or not text")
    if len(set(question.fields)) != len(question.fields):
        raise CallMalformed(reason="a field is asked twice")
    return question


def request_hash(method: str, address: str, headers: Headers, body: bytes) -> str:
    """Base64 of SHA-512 over the SHA-512 of head and body, or of the head alone without a body (PR-REST 4.3)."""
    head = hashlib.sha512(f"{method} {address} HTTP/1.1\r\n".encode("latin-1", "replace") + headers.hashed())
    digest = hashlib.sha512(head.digest() + hashlib.sha512(body).digest()) if body else head
    return base64.b64encode(digest.digest()).decode()


def flat(headers: Mapping[str, str]) -> Sequence[tuple[bytes, bytes]]:
    """Headers as ASGI sends them."""
    return [(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers.items()]


def json_of(value: Any) -> bytes:
    """``value`` as JSON."""
    return msgspec.json.encode(value)
