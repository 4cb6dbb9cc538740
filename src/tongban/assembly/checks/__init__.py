"""All checks of a pack, one module a concern, run to the end so that every fault is told at once.

``CHECKS`` is the whole list. A check takes a ``Scope`` and yields faults; it changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from tongban.assembly.checks import (
    catalogue,
    codes,
    dated_limits,
    forms,
    grants,
    graph,
    identity,
    items,
    licences,
    limits,
    materials,
    oversight,
    paths,
    references,
    rules,
    sharing,
    stories,
    translations,
)
from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault

Check = Callable[[Scope], Iterator[Fault]]

CHECKS: Mapping[str, Check] = {
    "identity": identity.check,
    "references": references.check,
    "graph": graph.check,
    "rules": rules.check,
    "materials": materials.check,
    "limits": limits.check,
    "dated limits": dated_limits.check,
    "codes": codes.check,
    "forms": forms.check,
    "translations": translations.check,
    "licences": licences.check,
    "grants": grants.check,
    "stories": stories.check,
    "items": items.check,
    "oversight": oversight.check,
    "paths": paths.check,
    "sharing": sharing.check,
    "catalogue": catalogue.check,
}


def run_checks(scope: Scope) -> list[Fault]:
    """Every fault of every check, sorted by place, without what only follows from an unreadable value."""
    found = {fault for check in CHECKS.values() for fault in check(scope)}
    return sorted(fault for fault in found if not _follows(fault, scope.unread) and not _is_lost(fault, scope))


# room whose file could not be read → what may then seem to be missing
LOST: Mapping[str, frozenset[str]] = {
    "items": frozenset({"item"}),
    "forms": frozenset({"form", "field"}),
    "journeys": frozenset({"journey", "task"}),
    "licences": frozenset({"licence type", "field"}),
    "resources": frozenset({"resource", "field"}),
    "seed": frozenset({"person"}),
    "regions": frozenset({"department", "division"}),
    "tickets": frozenset({"way of tickets"}),
}
UNUSED = frozenset({"pack.unused", "pack.translation_unused", "grant.excess", "story.journey"})
NAMES = frozenset({"pack.rule", "pack.dotted_name", "grant.missing", "pack.role_unbound"})


def _is_lost(fault: Fault, scope: Scope) -> bool:
    """Whether what a fault misses, or finds unused, may stand in a file that could not be read."""
    rooms = {file.partition("/")[0] for file, key in scope.unread if not key}
    if not rooms:
        return False
    if fault.code == "pack.reference":
        return any(dict(fault.data)["what_en"] in LOST.get(room, ()) for room in rooms)
    return fault.code in UNUSED | NAMES


def _follows(fault: Fault, unread: Iterable[tuple[str, str]]) -> bool:
    """Whether the value at fault could not be read anyway."""
    return any(
        key and fault.file == file and (fault.key == key or fault.key.startswith((key + ".", key + "[")))
        for file, key in unread
    )
