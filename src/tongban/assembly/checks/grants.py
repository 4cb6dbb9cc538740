"""Data flows only by a grant: what a material shows is granted to who needs it, and nothing else is.

Law: only what the purpose needs (Personal Information Protection Law, article 6; state organs: 34).
"""

from collections.abc import Iterator

from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.resources.definitions import GrantNeed
from tongban.services.definitions import Journey, Material, Source


def check(scope: Scope) -> Iterator[Fault]:
    """Grants of things that do not exist, sources without a grant, grants beyond what is shown."""
    journeys = {journey.id: journey for journey in scope.pack.journeys}
    for grant in scope.pack.grants:
        if grant.journey is not None:
            yield from scope.unknown(grant, "journey", found=grant.journey, what="journey", known=journeys)
        yield from scope.unknown(grant, "resource", found=grant.resource, what="resource", known=scope.resources)
        resource = scope.resources.get(grant.resource)
        if resource is not None:
            fields = [field.id for field in resource.fields]
            for index, name in enumerate(grant.fields):
                yield from scope.unknown(grant, "fields", index, found=name, what="field", known=fields)
        if grant.journey is not None and grant.journey in journeys:
            yield from _excess(scope, grant, journeys[grant.journey])
    for journey in scope.pack.journeys:
        for material in journey.materials:
            for source in material.sources:
                yield from _missing(scope, journey, material, source)


def users(journey: Journey, material: Material) -> set[str]:
    """The department roles that may look a material up: those of the tasks that need it, and the lead."""
    tasks = (journey.task(name) for name in material.tasks)
    return {task.department for task in tasks if task is not None} | {journey.lead}


def _missing(scope: Scope, journey: Journey, material: Material, source: Source) -> Iterator[Fault]:
    if source.resource is None or source.resource not in scope.resources:
        return
    best = set(source.shows)
    for role in users(journey, material):
        granted = {
            field
            for grant in scope.pack.grants
            if (grant.resource, grant.journey, grant.consumer) == (source.resource, journey.id, role)
            for field in grant.fields
        }
        best = min(best, set(source.shows) - granted, key=len)
    if best:
        yield scope.fault(
            source, "resource", code="grant.missing", found=source.resource,
            fields=", ".join(sorted(best)), roles=", ".join(sorted(users(journey, material))),
        )  # fmt: skip


def _excess(scope: Scope, grant: GrantNeed, journey: Journey) -> Iterator[Fault]:
    shown = {
        field
        for material in journey.materials
        if grant.consumer in users(journey, material)
        for source in material.sources
        if source.resource == grant.resource
        for field in source.shows
    }
    if not shown:
        yield scope.fault(grant, "id", code="grant.excess", found=grant.id)
        return
    known = scope.resources.get(grant.resource)
    for index, name in enumerate(grant.fields):
        if name not in shown and known is not None and known.field(name) is not None:
            yield scope.fault(grant, "fields", index, code="grant.excess", found=name)
