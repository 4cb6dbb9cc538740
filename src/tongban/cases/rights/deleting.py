"""What of a person's data may go when they ask, what stays and why; and its destruction by the verbs of retention.

Nothing is decided here by hand: a draft may go; a case that has not ended stays; everything else follows its rule of
retention, which says whether it goes earlier on request (``retention_rules.on_request``). Destroyed is by batches with
their entries in the ledger, so that ``tongban retention proof`` and every receipt hold. Law followed: Personal
Information Protection Law 个人信息保护法 article 47.
"""

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.actions.drafts import purge_draft
from tongban.cases.retention.actions import Rule, destroy, rules
from tongban.cases.rights.models import Found, What, Whose, Why

_queries = load_queries("tongban.cases.rights")
BASIS = "本人申请删除：个人信息保护法 第四十七条"
KINDS: tuple[What, ...] = ("message", "look-up-values", "case", "use")
"""Kinds that have a rule of retention; values go before the case that they were looked up for."""


class _Weighed(Struct, frozen=True):
    """The records of a kind that may go, and what is told about the others."""

    rule: Rule
    free: Sequence[Any]
    stays: Sequence[Found]


async def findings(connection: Connection, whose: Whose, now: dt.datetime) -> list[Found]:
    """What would go and what would stay, kind by kind; changes nothing."""
    drafts = await _drafts(connection, whose)
    weighed = [await _weighed(connection, whose, rule, now) for rule in await _rules(connection)]
    return _told(len(drafts), weighed, await _always(connection, whose))


async def delete(connection: Connection, whose: Whose, now: dt.datetime) -> list[Found]:
    """Destroy what may go, in the caller's transaction; what went and what stays, kind by kind."""
    drafts = await _drafts(connection, whose)
    for row in drafts:
        await purge_draft(connection, row.region, row.id, whose.account, now)
    weighed = []
    for rule in await _rules(connection):
        one = await _weighed(connection, whose, rule, now)
        said = msgspec.structs.replace(rule, basis=f"{BASIS}；{rule.basis}")
        for region, some in groupby(one.free, lambda row: row.region):
            await destroy(connection, said, region, [row.id for row in some])
        weighed.append(one)
    return _told(len(drafts), weighed, await _always(connection, whose))


async def _drafts(connection: Connection, whose: Whose) -> list[Any]:
    return [row async for row in _queries.own_drafts(connection, account=whose.account)]


async def _rules(connection: Connection) -> list[Rule]:
    known = {rule.kind: rule for rule in await rules(connection)}
    return [known[kind] for kind in KINDS if kind in known]


async def _weighed(connection: Connection, whose: Whose, rule: Rule, now: dt.datetime) -> _Weighed:
    asked = {
        "message": _queries.own_messages,
        "look-up-values": _queries.own_look_up_values,
        "case": _queries.ended_cases,
        "use": _queries.own_uses,
    }[rule.kind]
    rows = [row async for row in asked(connection, account=whose.account, person_key=whose.person_key)]
    over = _years_before(now, rule.years)
    running = [row for row in rows if not rule.on_request and row.since >= over]
    others = rows if rule.on_request else [row for row in rows if row.since < over]
    held = [row for row in others if row.held]
    free = [row for row in others if not row.held]
    stays = []
    if running:
        until = local_day(_years_before(max(row.since for row in running), -rule.years))
        stays.append(Found(rule.kind, "rule", len(running), rule.years, rule.basis, until))
    if held:
        stays.append(Found(rule.kind, "held", len(held), rule.years, rule.basis))
    return _Weighed(rule, free, stays)


def _years_before(moment: dt.datetime, years: int) -> dt.datetime:
    """The same day ``years`` years earlier; 29 February becomes the day before."""
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:
        return moment.replace(year=moment.year - years, day=28)


async def _always(connection: Connection, whose: Whose) -> list[Found]:
    """What no rule lets go: cases under way, licences."""
    counted: list[tuple[What, Why, int]] = [
        ("open-case", "open", await _queries.open_cases(connection, account=whose.account)),
        ("licence", "in-force", await _queries.own_licences(connection, person_key=whose.person_key)),
    ]
    return [Found(what, why, count) for what, why, count in counted if count]


def _told(drafts: int, weighed: Sequence[_Weighed], always: Sequence[Found]) -> list[Found]:
    """What goes first, then what stays."""
    going = [Found("draft", "may-go", drafts)] if drafts else []
    going += [Found(one.rule.kind, "may-go", len(one.free)) for one in weighed if one.free]
    return [*going, *always, *(found for one in weighed for found in one.stays)]
