"""One grant as a decision: compiled once, asked for every call, denying whatever it does not name. Pure.

``decide`` is the one checkpoint: look-ups, the exchange and lists all pass it. Law: only what the purpose needs
(Personal Information Protection Law, articles 6 and 34).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.rules import Rule, RuleRefused, RuleValueRefused, SchemaRefused
from tongban.resources.definitions import Resource
from tongban.resources.granting.rows import compile_rows
from tongban.resources.masks.definitions import fault as mask_fault
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.masks.masking import Masker, mask, subject_of
from tongban.resources.models import Grant

NOT_NOW = "grant not valid now"


class Ask(Struct, frozen=True):
    """Who asks for what. ``consumer`` a department id; ``match`` key field → value.

    ``journey`` for what a pack's journey needs; ``purpose`` for what a basket was granted for. ``many``: a page of
    rows, where ``match`` may be empty.
    """

    region: str
    resource: str
    consumer: str
    purpose: str | None
    journey: str | None
    fields: Sequence[str]
    match: Mapping[str, str]
    many: bool = False


class Denial(Struct, frozen=True):
    """Nothing may be asked, and why. ``grant``: the one that came nearest, if any."""

    reason: str
    grant: UUID | None = None


class Compiled(Struct, frozen=True):
    """A grant ready to decide. ``fields`` are those that may leave: all granted, or after ``decide`` those asked.

    ``broken``: the grant does not fit its resource (any more), so it admits nothing.
    """

    grant: Grant
    resource: Resource
    fields: tuple[str, ...]
    granted: frozenset[str]
    keys: frozenset[str]
    subject_key: str | None
    maskers: Mapping[str, Masker]
    rule: Rule | None = None
    match: Mapping[str, str] = {}
    broken: str | None = None

    def admits(self, ask: Ask, now: datetime) -> str | None:
        """Why this grant does not cover ``ask`` at ``now``; None when it does."""
        grant = self.grant
        if (grant.region, grant.resource, grant.consumer) != (ask.region, ask.resource, ask.consumer):
            return "no grant"
        return self._fault(ask) or self._purpose(ask) or self._standing(now) or self._beyond(ask)

    @property
    def wanted(self) -> tuple[str, ...]:
        """What the provider must be asked for: what leaves, what the row condition reads, whose dates to shift."""
        more = set(self.rule.names if self.rule else ()) | ({self.subject_key} if self.subject_key else set())
        return (*self.fields, *sorted(more - set(self.fields)))

    def release(self, record: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What of ``record`` may leave, masked; None when the row condition does not hold, or can not be decided."""
        if self.rule is not None and not self._within(record):
            return None
        subject = self._subject(record)
        return {
            name: self.maskers[name](record[name], subject) if name in self.maskers else record[name]
            for name in self.fields
            if name in self.granted and name in record
        }

    def _fault(self, ask: Ask) -> str | None:
        if not set(ask.match) <= self.keys or not (ask.match or ask.many):
            return "match on key fields only"
        if not all(ask.match.values()):
            return "a key value is empty"
        if not ask.fields:
            return "no field asked"
        return None if all(map(self.resource.field, ask.fields)) else "unknown field"

    def _purpose(self, ask: Ask) -> str | None:
        if self.grant.journey != ask.journey:
            return "no grant"
        if ask.purpose is None:
            return None if self.grant.journey is not None else "no purpose"
        return None if ask.purpose == self.grant.purpose else "another purpose"

    def _standing(self, now: datetime) -> str | None:
        if self.grant.revoked_at is not None:
            return "grant revoked"
        if not self.grant.valid_from <= now < self.grant.valid_until:
            return NOT_NOW
        return self.broken

    def _beyond(self, ask: Ask) -> str | None:
        if ask.many and not self.grant.lists:
            return "lists not granted"
        beyond = sorted(set(ask.fields) - self.granted)
        return f"field not granted: {', '.join(beyond)}" if beyond else None

    def _within(self, record: Mapping[str, Any]) -> bool:
        assert self.rule is not None
        try:
            return self.rule.evaluate({**self.match, **record}) is True
        except RuleValueRefused:
            return False

    def _subject(self, record: Mapping[str, Any]) -> str:
        if self.subject_key is None:
            return ""
        return subject_of(record.get(self.subject_key, self.match.get(self.subject_key)))


def compile_grant(grant: Grant, resource: Resource, keys: MaskKeys) -> Compiled:
    """``grant`` over ``resource``. Never raises: one that does not fit admits nothing and says why (``broken``)."""
    rule, broken = None, _unfit(grant, resource)
    try:
        rule = compile_rows(grant.rows, resource) if grant.rows is not None else None
    except (RuleRefused, SchemaRefused):
        broken = "the row condition does not fit the resource"
    scope = scope_of(grant)
    maskers = {name: mask(spec, keys, scope) for name, spec in grant.masks.items() if spec.kind != "keep"}
    identity = [field.id for field in resource.fields if field.key]
    shifts = any(spec.kind == "shift" for spec in grant.masks.values())
    return Compiled(
        grant=grant,
        resource=resource,
        fields=tuple(grant.fields),
        granted=frozenset(grant.fields),
        keys=frozenset(identity),
        subject_key=identity[0] if shifts and identity else None,
        maskers=maskers,
        rule=rule,
        broken=broken,
    )


def scope_of(grant: Grant) -> str:
    """Within what hashes agree and tokens open: one consumer and purpose, through renewals."""
    return f"{grant.region}|{grant.consumer}|{grant.purpose}"


def decide(candidates: Iterable[Compiled], ask: Ask, now: datetime) -> Compiled | Denial:
    """The first of ``candidates`` that admits ``ask``, with its ``fields`` narrowed to those asked; else why none does.

    Grants never add up: one must cover the whole question.
    """
    nearest: tuple[int, Denial] = (-1, Denial("no grant"))
    for compiled in candidates:
        reason = compiled.admits(ask, now)
        if reason is None:
            return msgspec.structs.replace(compiled, fields=tuple(dict.fromkeys(ask.fields)), match=dict(ask.match))
        near = -1 if reason == "no grant" else 0 if reason.endswith("purpose") else 1
        if near > nearest[0]:
            nearest = (near, Denial(reason, compiled.grant.id))
    return nearest[1]


def _unfit(grant: Grant, resource: Resource) -> str | None:
    """A mask that does not fit its field hides nothing reliably, so the whole grant admits nothing."""
    for name, spec in grant.masks.items():
        field = resource.field(name)
        if field is None or mask_fault(spec, field.kind) is not None:
            return f"the mask of {name} does not fit"
    return None
