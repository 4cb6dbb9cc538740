"""Which way a line of a basket goes, what is wrong with it, and how its fields are masked. Pure.

The sharing type and the grade decide; the highest grade of what is asked wins (GB/T 43697-2024 takes the higher).
Every number and list is declared by a pack with its date and basis.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

from tongban.basics.rules import RuleRefused, SchemaRefused, always_false
from tongban.resources.definitions import Resource, ResourceField
from tongban.resources.granting.definitions import HeadRule, Line, SharingWay, Theme
from tongban.resources.granting.rows import compile_rows
from tongban.resources.masks.definitions import Mask
from tongban.resources.masks.definitions import fault as mask_fault

LEAST = 4  # characters of a purpose or basis that says anything


class Offer(Struct, frozen=True):
    """A resource as it is offered now: by the published entry of the catalogue where there is one."""

    resource: Resource
    published: bool


class LineFault(Struct, frozen=True):
    """Something wrong with a line before it is sent. ``code``: purpose, basis, fields, field, excess, rows, mask."""

    resource: str
    code: str
    found: str = ""


class Route(Struct, frozen=True):
    """How a line is decided.

    ``refused``: not shared, with its ``law``. ``automatic``: granted by the check. ``provider``: by the department
    that owns it. ``head``: with its head's consent, by the ``basis`` of that rule. ``limit``: id of the dated limit.
    """

    kind: Literal["automatic", "provider", "refused"]
    limit: str = ""
    head: bool = False
    basis: str = ""
    law: str = ""


def route(line: Line, offer: Offer, way: SharingWay, day: dt.date) -> Route:
    """The way of ``line`` on ``day``."""
    resource = offer.resource
    if resource.sharing == "not_shared":
        return Route("refused", law=resource.basis or resource.condition or "")
    rule = head_rule(line, resource, way, day)
    usual = default_masks(resource, line.fields, way, day)
    plain = rule is None and masks_of(line, resource, way, day) == usual and not line.lists
    if resource.sharing == "unconditional" and plain:
        return Route("automatic", limit="sharing-check")
    limit = "sharing-answer" if offer.published else "sharing-answer-unpublished"
    return Route("provider", limit, rule is not None, rule.basis if rule else "")


def head_rule(line: Line, resource: Resource, way: SharingWay, day: dt.date) -> HeadRule | None:
    """The rule by which the head must agree to these fields, or to the rows that are chosen by others; None if none."""
    fields = _fields(line, resource)
    for rule in way.head:
        if rule.in_force(day) and any(f.grade in rule.grades or f.importance in rule.importance for f in fields):
            return rule
    return None


def _fields(line: Line, resource: Resource) -> list[ResourceField]:
    """What is asked, and what the row condition reads: it tells of that too."""
    named: set[str] = set(line.fields)
    with suppress(RuleRefused, SchemaRefused):  # a fault of the line, which is told before it is sent
        named |= set(compile_rows(line.rows, resource).names) if line.rows else set()
    return [field for field in resource.fields if field.id in named]


def default_masks(resource: Resource, fields: Iterable[str], way: SharingWay, day: dt.date) -> dict[str, Mask]:
    """The masks that the grades ask for on ``day``, of those that fit their field."""
    found = {name: _default(resource.field(name), way, day) for name in fields}
    return {name: mask for name, mask in found.items() if mask is not None}


def _default(field: ResourceField | None, way: SharingWay, day: dt.date) -> Mask | None:
    if field is None:
        return None
    for rule in way.masks:
        fits = not rule.fields or any(fnmatchcase(field.id, pattern) for pattern in rule.fields)
        if rule.in_force(day) and field.grade in rule.grades and fits and mask_fault(rule.mask, field.kind) is None:
            return None if rule.mask.kind == "keep" else rule.mask
    return None


def masks_of(line: Line, resource: Resource, way: SharingWay, day: dt.date) -> dict[str, Mask]:
    """The masks of ``line``: those asked for, else the usual ones. Nothing stands where nothing is masked."""
    found: Mapping[str, Mask] = {**default_masks(resource, line.fields, way, day), **line.masks}
    return {name: mask for name, mask in found.items() if name in line.fields and mask.kind != "keep"}


def line_faults(line: Line, resource: Resource | None, theme: Theme | None = None) -> list[LineFault]:
    """Everything that the automatic check finds wrong with ``line``; an empty list lets it go."""
    if resource is None:
        return [LineFault(line.resource, "resource")]
    told = {"purpose": line.purpose, "basis": line.basis}
    faults = [LineFault(line.resource, name) for name, text in told.items() if len(text.strip()) < LEAST]
    if not line.fields:
        faults.append(LineFault(line.resource, "fields"))
    faults += [LineFault(line.resource, "field", name) for name in line.fields if resource.field(name) is None]
    faults += _mask_faults(line, resource)
    faults += _row_faults(line, resource)
    return faults + (_excess(line, theme) if theme else [])


def _mask_faults(line: Line, resource: Resource) -> list[LineFault]:
    fields = {name: resource.field(name) for name in line.masks}
    return [
        LineFault(line.resource, "mask", name)
        for name, field in fields.items()
        if field is None or name not in line.fields or mask_fault(line.masks[name], field.kind) is not None
    ]


def _row_faults(line: Line, resource: Resource) -> list[LineFault]:
    if line.rows is None:
        return []
    try:
        rule = compile_rows(line.rows, resource)
    except (RuleRefused, SchemaRefused) as error:
        return [LineFault(line.resource, "rows", error.message())]
    return [LineFault(line.resource, "never")] if always_false(rule) else []


def _excess(line: Line, theme: Theme) -> list[LineFault]:
    """What goes beyond the theme: the theme is the least that its scene needs, and so the most that it gets."""
    needed = theme.line(line.resource)
    if needed is None:
        return [LineFault(line.resource, "excess", line.resource)]
    beyond = [LineFault(line.resource, "excess", name) for name in line.fields if name not in needed.fields]
    wider = [
        ("purpose", line.purpose != theme.purpose),
        ("rows", needed.rows is not None and line.rows != needed.rows),
        ("lists", line.lists and not needed.lists),
        ("days", line.days > theme.days),
        ("quota", needed.quota is not None and (line.quota is None or line.quota > needed.quota)),
        ("masks", any(line.masks.get(name) != mask for name, mask in needed.masks.items() if name in line.fields)),
    ]
    return beyond + [LineFault(line.resource, "wider", name) for name, is_wider in wider if is_wider]
