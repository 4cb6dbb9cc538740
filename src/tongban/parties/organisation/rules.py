"""Pure decisions about the organisation: the tree, what was so at a moment, dates. No I/O."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from tongban.basics.calendar import CST
from tongban.basics.faults import Fault
from tongban.parties.organisation.models import Holding, Unit

LONGEST_LEAVE = dt.timedelta(days=366)
LONGEST_ACTING = dt.timedelta(days=366)
DEEPEST = 8
"""Levels of units below each other."""


class Dated(Protocol):
    """What is so from a moment until another."""

    @property
    def id(self) -> str:
        """The id that never changes."""

    def stands_at(self, moment: dt.datetime) -> bool:
        """Whether it was so at ``moment``."""


T = TypeVar("T", bound=Dated)


def day_begins(day: dt.date) -> dt.datetime:
    """The beginning of ``day`` in China: what a date on a form means as a moment."""
    return dt.datetime.combine(day, dt.time(), CST)


def standing(versions: Iterable[T], moment: dt.datetime) -> dict[str, T]:
    """What stands at ``moment``, by id."""
    return {one.id: one for one in versions if one.stands_at(moment)}


def name_at(versions: Sequence[Unit], moment: dt.datetime) -> str | None:
    """What one unit was called at ``moment``; before anything was written down, its first name; after its end, its
    last. None when nothing is known of it."""
    ordered = sorted(versions, key=lambda one: one.since)
    before = [one for one in ordered if one.since <= moment]
    known = before[-1] if before else next(iter(ordered), None)
    return known.name if known else None


def department_of(units: Mapping[str, Unit], unit: str) -> str | None:
    """The department that ``unit`` is, or belongs to; None when there is none above it."""
    at: str | None = unit
    for _ in range(DEEPEST):
        found = units.get(at) if at else None
        if found is None:
            return None
        if found.kind == "department":
            return found.id
        at = found.parent
    return None


class Branch(Struct, frozen=True):
    """A unit with everything below it, in the order of ranks."""

    unit: Unit
    below: tuple["Branch", ...] = ()


def tree(units: Iterable[Unit]) -> tuple[Branch, ...]:
    """The units as a tree. What names a parent that does not stand is shown at the top, so nothing is lost."""
    known = {one.id: one for one in units}
    children: dict[str | None, list[Unit]] = {}
    for one in known.values():
        children.setdefault(one.parent if one.parent in known else None, []).append(one)

    def below(parent: str | None, depth: int) -> tuple[Branch, ...]:
        here = sorted(children.get(parent, ()), key=lambda one: (one.rank, one.id)) if depth < DEEPEST else []
        return tuple(Branch(one, below(one.id, depth + 1)) for one in here)

    return below(None, 0)


def parent_fault(units: Mapping[str, Unit], unit: str, parent: str | None) -> Fault | None:
    """What is wrong with ``parent`` above ``unit``: unknown, below the unit itself, or too deep."""
    at, depth = parent, 0
    while at is not None:
        if at == unit:
            return Fault("parent", "上级机构不能是自己或自己的下级", "A unit can not stand below itself")
        above = units.get(at)
        if above is None:
            return Fault("parent", f"没有机构“{at}”，请先建立它或改正编号", f"There is no unit “{at}”: enter it first")
        at, depth = above.parent, depth + 1
        if depth >= DEEPEST:
            return Fault("parent", f"机构层级不能超过 {DEEPEST} 层", f"At most {DEEPEST} levels of units")
    return None


def held_at(holdings: Iterable[Holding], moment: dt.datetime) -> list[Holding]:
    """Who held an office at ``moment``, in the order of ranks; whoever was acting after whoever was appointed."""
    found = (one for one in holdings if one.held_at(moment))
    return sorted(found, key=lambda one: (one.rank, one.acting, one.name))


FIRST = dt.datetime(1949, 10, 1, tzinfo=CST)
FURTHEST = dt.timedelta(days=3660)
"""How far ahead a change may be dated."""


def since_fault(since: dt.datetime, now: dt.datetime) -> Fault | None:
    """What is wrong with the moment from which something shall be so: out of all reason."""
    if FIRST <= since <= now + FURTHEST:
        return None
    return Fault("since", "日期不合理，请填写 1949 年以后、十年以内的日期", "A day after 1949 and within ten years")


def span_fault(since: dt.datetime, until: dt.datetime, now: dt.datetime, longest: dt.timedelta) -> Fault | None:
    """What is wrong with a time that somebody else is to fill: past, turned round, or too long."""
    if fault := since_fault(since, now):
        return fault
    if until <= since:
        return Fault("until", "结束日期不能早于开始日期", "The end lies before the beginning")
    if until <= now:
        return Fault("until", "结束日期已经过去", "The end is past")
    if until - since > longest:
        return Fault("until", f"最长 {longest.days} 天", f"At most {longest.days} days")
    return None
