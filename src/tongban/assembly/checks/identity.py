"""Every thing has one name: ids are unique, fit for rules that name them; the folder's is the pack's."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.assembly.vocabulary import RESERVED

WORD = re.compile(r"[a-z][a-z0-9_]*")


def check(scope: Scope) -> Iterator[Fault]:
    """Duplicate ids, ids that rules can not name, and a folder named differently from the pack."""
    pack = scope.pack
    if scope.folder and pack.manifest.id and pack.manifest.id != scope.folder:
        found = pack.manifest.id
        yield scope.fault(pack.manifest, "id", code="pack.folder_name", found=found, folder=scope.folder)
    for what, things in (
        ("item", pack.items), ("form", pack.forms), ("journey", pack.journeys), ("licence", pack.licences),
        ("resource", pack.resources), ("grant", pack.grants),
    ):  # fmt: skip
        yield from scope.twice(things, what)
    yield from _inside(scope)


def _inside(scope: Scope) -> Iterator[Fault]:
    for journey in scope.pack.journeys:
        yield from scope.twice(journey.tasks, "task")
        yield from scope.twice(journey.materials, "material")
        yield from scope.twice(journey.eligible, "condition")
        yield from _words(scope, journey.tasks, RESERVED)
        yield from _words(scope, journey.materials)
    for form in scope.pack.forms:
        yield from scope.twice(form.steps, "step")
        yield from scope.twice(form.fields, "field")
        yield from _words(scope, form.fields)
    holders: list[Any] = [*scope.pack.licences, *scope.pack.resources]
    for fields in (holder.fields for holder in holders):
        yield from scope.twice(fields, "field")
        yield from _words(scope, fields, frozenset({"found", "asked"}))
    yield from scope.twice(scope.pack.regions, "region", "code")
    for region in scope.pack.regions:
        yield from scope.twice(region.divisions, "division", "code")
        yield from scope.twice(region.departments, "department")
    yield from _people(scope)


def _people(scope: Scope) -> Iterator[Fault]:
    people = scope.pack.seed.people
    yield from scope.twice(people, "person", "name")
    yield from scope.twice([p for p in people if p.account], "account", "account")
    yield from scope.twice(scope.pack.seed.enterprises, "enterprise", "name")


def _words(scope: Scope, things: Iterable[Any], reserved: frozenset[str] = frozenset()) -> Iterator[Fault]:
    for thing in things:
        if thing.id and (thing.id in reserved or not WORD.fullmatch(thing.id)):
            repair = re.sub(r"[^a-z0-9_]", "_", thing.id.lower())
            repair = repair + "_1" if repair in reserved else repair
            listed = ", ".join(sorted(reserved)) or "-"
            yield scope.fault(thing, "id", code="pack.id_word", found=thing.id, repair=repair, reserved=listed)
