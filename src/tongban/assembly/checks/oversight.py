"""Watches read and can come true, their tickets have a way, and lights show yellow before red."""

from collections.abc import Iterator

from tongban.assembly.checks.rules import read
from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.basics.rules import always_false
from tongban.cases.models import INTAKE
from tongban.cases.oversight.definitions import LightRule, Threshold, Watch
from tongban.cases.oversight.use_names import SCHEMAS

MOST_DAYS = 60


def check(scope: Scope) -> Iterator[Fault]:
    """Rules that do not read or are never true, tickets nobody works off, thresholds without sense."""
    yield from scope.twice(scope.pack.watches, "watch")
    for watch in scope.pack.watches:
        yield from _watch(scope, watch)
    for way in scope.pack.tickets:
        for step in (way.correct, way.verify):
            if not 1 <= step.days <= MOST_DAYS and scope.was_read(step, "days"):
                yield scope.fault(step, "days", code="watch.days", found=step.days)
    for light in scope.pack.lights:
        yield from _light(scope, light)


def _watch(scope: Scope, watch: Watch) -> Iterator[Fault]:
    rule, faults = read(scope, watch, "rule", source=watch.rule, schema=SCHEMAS[watch.about])
    yield from faults
    if rule is not None and always_false(rule):
        yield scope.fault(watch, "rule", code="pack.never_true", found=watch.rule)
    if not 1 <= watch.days <= MOST_DAYS and scope.was_read(watch, "days"):
        yield scope.fault(watch, "days", code="watch.days", found=watch.days)
    if not any(pack.tickets for pack in scope.required):
        yield scope.fault(watch, "id", code="watch.way", found=watch.id)
    said = (watch.answers, watch.appeal)
    if not all(said) if watch.about == "rights" else any(said) or watch.at_once:
        yield scope.fault(watch, "about", code="watch.rights", found=watch.id)
    known = _journeys(scope)
    for index, journey in enumerate(watch.journeys):
        yield from scope.unknown(watch, "journeys", index, found=journey, what="journey", known=known)


def _journeys(scope: Scope) -> set[str]:
    return {journey.id for pack in (scope.pack, *scope.others) for journey in pack.journeys}


def _light(scope: Scope, light: LightRule) -> Iterator[Fault]:
    for key, threshold in (("yellow", light.yellow), ("red", light.red)):
        if threshold is not None:
            yield from _threshold(scope, light, key, threshold)
    if light.red is not None and None not in (light.red.days, light.yellow.days):
        red, yellow = light.red.days or 0, light.yellow.days or 0
        if red >= yellow and light.red.share is None and light.yellow.share is None:
            yield scope.fault(light, "red", code="light.never_yellow", found=red, yellow=yellow)
    named = light.task or light.item
    if light.level == "case" and named:
        yield scope.fault(light, "level", code="light.level", found=named)
    yield from _names(scope, light)


def _threshold(scope: Scope, light: LightRule, key: str, threshold: Threshold) -> Iterator[Fault]:
    if threshold.days is None and threshold.share is None:
        yield scope.fault(light, key, code="light.nothing")
    for name, found, most in (("days", threshold.days, MOST_DAYS), ("share", threshold.share, 100)):
        if found is not None and not 0 <= found <= most:
            yield scope.fault(light, key, name, code="light.range", found=found, least=0, most=most)


def _names(scope: Scope, light: LightRule) -> Iterator[Fault]:
    """A region may set the lights of a journey that it does not have yet; of one that is here the task must be."""
    journeys = {journey.id: journey for pack in (scope.pack, *scope.others) for journey in pack.journeys}
    journey = journeys.get(light.journey or "")
    if journey is not None and light.task is not None:
        tasks = {INTAKE, *(task.id for task in journey.tasks)}
        yield from scope.unknown(light, "task", found=light.task, what="task", known=tasks)
