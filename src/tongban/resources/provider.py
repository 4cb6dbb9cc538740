"""The port to a departmental system: what is asked, and what may come back.

``resources`` states it; connectors implement it and the composition root hands the adapter in. An adapter
answers with one of the four answers and need not raise: whatever it raises counts as ``Unavailable``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from tongban.basics.rules import Rule


class CallContext(Struct, frozen=True):
    """Why somebody asks: what the provider writes into its own log.

    ``consumer`` is the asking department's id, ``case`` the case's opaque id; a department's own system is told of no
    officer. ``signed``: the committed question with the consumer's signature, for a provider whose attribute
    ``takes_signed`` is true.
    """

    case: str
    purpose: str
    basis: str
    consumer: str
    request_id: str
    signed: "SignedQuestion | None" = None


class SignedQuestion(Struct, frozen=True):
    """What a consumer's node signed: every word of the statement, the digest's salt, and the signature.

    Stated here and not in the exchange, because it crosses the port; ``algorithm``, ``key_id`` and ``signature`` as
    the signing key has them.
    """

    region: str
    message: str
    subsystem: str | None
    provider: str
    resource: str
    officer: str | None
    issue: str | None
    represented: str | None
    fields: Sequence[str]
    records: int
    signed_at: datetime
    salt: bytes
    algorithm: str
    key_id: str
    signature: bytes


class Proof(Struct, frozen=True):
    """The provider's own signature under an answer: when, over which digest, by which key."""

    signed_at: datetime
    digest: bytes
    algorithm: str
    key_id: str
    signature: bytes


class Found(Struct, frozen=True):
    """One record. ``echo`` repeats, from the record itself, the key fields that were matched."""

    fields: Mapping[str, Any]
    echo: Mapping[str, Any]
    proof: Proof | None = None


class Missing(Struct, frozen=True):
    """The provider has no such record."""

    proof: Proof | None = None


class Unavailable(Struct, frozen=True):
    """No answer in time, or the provider would not give one. ``reason`` holds no personal data."""

    reason: str


class Invalid(Struct, frozen=True):
    """An answer that can not be trusted. ``reason`` holds no personal data."""

    reason: str


Answer = Found | Missing | Unavailable | Invalid


class Provider(Protocol):
    """A departmental system that answers look-ups of one resource."""

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109 - the caller has its own; this one is told to the other side
        context: CallContext,
    ) -> Answer:
        """The record whose key fields equal ``match``, reduced to ``fields``, within ``timeout`` seconds."""
        ...


class Page(Struct, frozen=True):
    """Some records, reduced to the asked fields. ``after`` asks for what follows; None: there is nothing more.

    A page may hold fewer records than its limit, even none, and still have a next one: what a row condition
    leaves out counts for the work of a call, not for its records. ``after`` may hold a key value, so it travels
    in bodies only.
    """

    rows: Sequence[Mapping[str, Any]]
    after: str | None = None


Pages = Page | Unavailable | Invalid


class ListProvider(Provider, Protocol):
    """A departmental system that also hands out many records of one resource, page by page."""

    async def fetch_many(
        self,
        match: Mapping[str, str],
        rows: Rule | None,
        fields: Sequence[str],
        limit: int,
        after: str | None,
        context: CallContext,
        timeout: float = 10.0,  # noqa: ASYNC109 - told to the other side
    ) -> Pages:
        """At most ``limit`` records whose fields equal ``match`` (empty: all) and for which ``rows`` is true.

        ``rows`` is a condition over the resource's fields; a record for which it is false or unknown is left out.
        ``after`` is None for the first page, else what the page before gave. Raises nothing: every fault is an
        answer.
        """
        ...
