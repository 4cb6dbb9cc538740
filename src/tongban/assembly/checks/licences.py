"""Licence types have a layout, and a task that issues one fills every field and belongs to the issuer."""

from collections.abc import Iterator

from tongban.assembly.checks.scope import THINGS, Scope
from tongban.assembly.faults import Fault, fault, near
from tongban.licences.definitions import REACHING
from tongban.services.definitions import Task


def check(scope: Scope) -> Iterator[Fault]:
    """Missing and unused layouts, licence fields that nothing fills, tasks that issue another's licence."""
    pack = scope.pack
    for licence in pack.licences:
        if licence.layout and licence.layout not in pack.layouts:
            zh, en = near(licence.layout, pack.layouts)
            yield scope.fault(
                licence, "layout", code="licence.layout", found=licence.layout, repair_zh=zh, repair_en=en
            )
    used = {licence.layout for licence in pack.licences}
    for name, text in pack.layouts.items():
        if name not in used:
            zh, en = THINGS["layout"]
            yield fault(f"licences/{name}", 1 if text else 0, "", "pack.unused", name, what_zh=zh, what_en=en)
    for name, text in pack.layouts.items():
        yield from _reaching(name, text)
    for journey in pack.journeys:
        for task in journey.tasks:
            yield from _produces(scope, task)


def _reaching(name: str, text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.splitlines(), start=1):
        for found in REACHING.findall(line):
            yield fault(f"licences/{name}", number, "", "licence.layout_reaches", found)


def _produces(scope: Scope, task: Task) -> Iterator[Fault]:
    licence = scope.licences.get(task.produces.licence) if task.produces else None
    if licence is None or task.produces is None:
        return
    if licence.issuer and task.department and licence.issuer != task.department:
        yield scope.fault(
            task, "department", code="licence.issuer", found=task.department, licence=licence.id, issuer=licence.issuer
        )
    for field in licence.fields:
        if field.id not in task.produces.data:
            yield scope.fault(task.produces, "data", code="licence.data_missing", found=licence.id, field=field.id)
