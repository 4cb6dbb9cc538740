"""The port to a departmental system: what is asked, and what may come back.

``resources`` states it; connectors implement it and the composition root hands the adapter in. An adapter
answers with one of the four answers and need not raise: whatever it raises counts as ``Unavailable``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct


class CallContext(Struct, frozen=True):
    """Why somebody asks: what the provider writes into its own log.

    ``consumer`` is the asking department's id, ``case`` the case's opaque id; no officer is named.
    """

    case: str
    purpose: str
    basis: str
    consumer: str
    request_id: str


class Found(Struct, frozen=True):
    """One record. ``echo`` repeats, from the record itself, the key fields that were matched."""

    fields: Mapping[str, Any]
    echo: Mapping[str, Any]


class Missing(Struct, frozen=True):
    """The provider has no such record."""


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
