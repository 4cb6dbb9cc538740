"""Codes carry their own proof: item, licence type, credit, region and resident codes are all verified.

Regions that a pack declares are its own table of divisions; a code below a county must lie in it.
"""

import re
from collections.abc import Iterator

from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.assembly.places import Step
from tongban.basics.codes import KINDS
from tongban.parties.definitions import Division, Region
from tongban.services.definitions import Item

# Item types of GB/T 39046; 11-19 and 21-99 are open for local extension.
ITEM_TYPE = re.compile(r"\d\d")
LENGTHS = {"province": 6, "city": 6, "county": 6, "street": 9, "community": 12}


def check(scope: Scope) -> Iterator[Fault]:
    """Codes of the wrong length, alphabet or check digit, and divisions that contradict themselves."""
    for item in scope.pack.items:
        yield from _item(scope, item)
    for licence in scope.pack.licences:
        if not re.fullmatch(r"[0-9A-Z]{18}\d{3}", licence.code):
            yield scope.fault(licence, "code", code="code.licence_type", found=licence.code)
        else:
            yield from _code(scope, licence, "code", kind="uscc", value=licence.code[:18])
    for region in scope.pack.regions:
        yield from _region(scope, region)
    for person in scope.pack.seed.people:
        yield from _code(scope, person, "id_number", kind="resident-id", value=person.id_number)
        if person.household is not None:
            yield from _code(scope, person, "household", kind="region", value=person.household)
        if person.mobile is not None:
            yield from _code(scope, person, "mobile", kind="mobile", value=person.mobile)
    for enterprise in scope.pack.seed.enterprises:
        yield from _code(scope, enterprise, "uscc", kind="uscc", value=enterprise.uscc)
    for held in scope.pack.seed.licences:
        kind = "uscc" if held.holder_kind == "enterprise" else "resident-id"
        yield from _code(scope, held, "holder_id", kind=kind, value=held.holder_id)
    for record in scope.pack.seed.credit:
        kind = "uscc" if record.holder_kind == "enterprise" else "resident-id"
        yield from _code(scope, record, "holder_id", kind=kind, value=record.holder_id)


def _code(scope: Scope, holder: object, *path: Step, kind: str, value: str) -> Iterator[Fault]:
    wrong = KINDS[kind].fault(value) if value else None
    if wrong is not None:
        yield scope.fault(
            holder, *path, code="code.invalid", found=wrong.data["value"],
            detail_zh=wrong.message("zh-CN"), detail_en=wrong.message("en"),
        )  # fmt: skip


def _item(scope: Scope, item: Item) -> Iterator[Fault]:
    if item.type and not ITEM_TYPE.fullmatch(item.type):
        yield scope.fault(item, "type", code="code.item_type", found=item.type)
    if not item.code:
        return
    if len(item.code) != 12:
        yield scope.fault(item, "code", code="code.item_length", found=item.code)
        return
    yield from _code(scope, item, "code", kind="item", value=item.code)


def _region(scope: Scope, region: Region) -> Iterator[Fault]:
    yield from _code(scope, region, "code", kind="region", value=region.code)
    known = {division.code for division in region.divisions}
    yield from scope.unknown(region, "code", found=region.code, what="division", known=known)
    for division in region.divisions:
        yield from _division(scope, region, division, known)
    players: dict[str, str] = {}
    for department in region.departments:
        yield from _code(scope, department, "uscc", kind="uscc", value=department.uscc)
        if department.division is not None:
            found = department.division
            yield from scope.unknown(department, "division", found=found, what="division", known=known)
        for index, role in enumerate(department.roles):
            if role in players:
                yield scope.fault(department, "roles", index, code="region.role_twice", found=role, other=players[role])
            players.setdefault(role, department.name)


def _division(scope: Scope, region: Region, division: Division, known: set[str]) -> Iterator[Fault]:
    yield from _code(scope, division, "code", kind="region", value=division.code)
    if division.code and len(division.code) != LENGTHS[division.level]:
        yield scope.fault(division, "code", code="region.level", found=division.code, level=division.level)
    below = len(division.code) > 6
    if division.parent is not None and below:
        yield from scope.unknown(division, "parent", found=division.parent, what="division", known=known)
    if division.successor is not None:
        yield from _code(scope, division, "successor", kind="region", value=division.successor)
    if division.valid_from and division.valid_until and division.valid_until < division.valid_from:
        yield scope.fault(division, "valid_until", code="region.dates", found=division.valid_until)
