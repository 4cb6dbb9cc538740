"""Every condition reads, names only what it may name, and can come true.

One schema a journey holds all names; where a rule stands says which of them make sense there. A rule that
can never be true is a fault: the task never runs, the field is never asked, nobody is eligible.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from tongban.assembly.checks.graph import ancestors
from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault, fault
from tongban.assembly.places import Step
from tongban.assembly.vocabulary import story_types
from tongban.basics.rules import Rule, RuleFault, RuleRefused, Schema, always_false, compile, never_together
from tongban.services.definitions import Form, Journey, Task
from tongban.services.paths import Commitment, Visit

Allowed = Callable[[str], bool]

LATER = ("表单里排在后面的字段还没有填写", "that field is asked later in the form")
OWN = ("材料是否需要，只能由申请人和表单决定", "only applicant and form decide whether a material is needed")
UNDECIDED = ("这时还没有任何环节作出决定", "no task has been decided at that time")
NOT_BEFORE = ("那个环节不在本环节之前（after）", "that task does not come before this one (after)")
BASIC = ("today", "applicant.", "form.")


class Site(Struct, frozen=True):
    """One rule and where it stands; ``allowed`` says which names it may use, ``why`` why not others."""

    holder: object
    path: tuple[Step, ...]
    source: str
    allowed: Allowed
    why: tuple[str, str]


def check(scope: Scope) -> Iterator[Fault]:
    """Rules that do not read, reach for names out of scope, or are never true."""
    for journey in scope.pack.journeys:
        schema = scope.vocabularies[journey.id].schema()
        form = scope.forms.get(journey.form)
        for site in (*_journey_sites(journey), *(_form_sites(form) if form else ())):
            rule, faults = read(scope, site.holder, *site.path, source=site.source, schema=schema)
            yield from faults
            if rule is not None:
                yield from _scope_faults(scope, site, rule)
                if not isinstance(site.holder, Task) and always_false(rule):
                    yield scope.fault(site.holder, *site.path, code="pack.never_true", found=site.source)
        yield from _never_runs(scope, journey, schema)
    yield from _outcomes(scope)


def read(scope: Scope, holder: object, *path: Step, source: str, schema: Schema) -> tuple[Rule | None, list[Fault]]:
    """The compiled rule, or nothing and its faults with line and column."""
    if not source:
        return None, []
    try:
        return compile(source, schema), []
    except RuleRefused as refused:
        return None, [_rule_fault(scope, holder, path, source, one) for one in refused.faults]


def _rule_fault(scope: Scope, holder: object, path: tuple[Step, ...], source: str, one: RuleFault) -> Fault:
    place = scope.places.at(holder, *path)
    block = getattr(place.node, "style", None) in ("|", ">")
    line = place.line + one.line - (0 if block else 1)
    return fault(
        place.file, line, place.key, "pack.rule", source,
        column=one.column, detail_zh=one.message(), detail_en=one.message("en"),
    )  # fmt: skip


def _journey_sites(journey: Journey) -> Iterator[Site]:
    for condition in journey.eligible:
        yield Site(condition, ("rule",), condition.rule, _no_decision, UNDECIDED)
    for material in journey.materials:
        if material.when is not None:
            yield Site(material, ("when",), material.when, lambda name: name.startswith(BASIC), OWN)
    after = {task.id: task.after for task in journey.tasks}
    for task in journey.tasks:
        if task.when is not None:
            before = ancestors(after, task.id) - {task.id}
            yield Site(task, ("when",), task.when, _decided_by(before), NOT_BEFORE)
    paths: list[Commitment | Visit] = [*journey.commitments, *journey.visits]
    for path in paths:
        if path.when is not None:
            yield Site(path, ("when",), path.when, _no_decision, UNDECIDED)
    if journey.fast_lane is not None:
        yield Site(journey.fast_lane, ("rule",), journey.fast_lane.rule, _no_decision, UNDECIDED)


def _form_sites(form: Form) -> Iterator[Site]:
    earlier: set[str] = set()
    for field in form.fields:
        if field.when is not None:
            yield Site(field, ("when",), field.when, _asked(frozenset(earlier)), LATER)
        earlier.add(f"form.{field.id}")
    for rule in form.checks:
        yield Site(rule, ("rule",), rule.rule, _no_decision, UNDECIDED)


def _no_decision(name: str) -> bool:
    return name.startswith((*BASIC, "evidence."))


def _decided_by(before: set[str]) -> Allowed:
    return lambda name: _no_decision(name) or name.partition(".")[0] in before


def _asked(earlier: frozenset[str]) -> Allowed:
    return lambda name: name in earlier if name.startswith("form.") else _no_decision(name)


def _scope_faults(scope: Scope, site: Site, rule: Rule) -> Iterator[Fault]:
    for name in sorted(rule.names):
        if not site.allowed(name):
            zh, en = site.why
            yield scope.fault(site.holder, *site.path, code="pack.rule_scope", found=name, why_zh=zh, why_en=en)


def _never_runs(scope: Scope, journey: Journey, schema: Schema) -> Iterator[Fault]:
    """Tasks whose guard is never true, alone or with the guard of a task whose decision it asks for."""
    guards = {task.id: _guard(task, schema) for task in journey.tasks}
    for task in journey.tasks:
        guard = guards[task.id]
        if guard is None:
            continue
        if always_false(guard):
            yield _never(scope, task)
        for other in (t for t in journey.tasks if f"{t.id}.decision" in guard.names and t.id != task.id):
            if _needs_refusal(guard, other, schema) and _cancels(journey, other, task):
                why = f"（“{other.name}”不同意时本环节随之取消）", f" (declining “{other.name}” cancels it)"
                yield _never(scope, task, *why)
            if _needs(guard, other, schema) and _never_both(guard, guards[other.id]):
                yield _never(scope, task, f"（须先由“{other.name}”决定）", f" (“{other.name}” must decide first)")


def _never(scope: Scope, task: Task, because_zh: str = "", because_en: str = "") -> Fault:
    return scope.fault(
        task, "when", code="pack.never_runs", found=task.id, because_zh=because_zh, because_en=because_en
    )


def _guard(task: Task, schema: Schema) -> Rule | None:
    try:
        return compile(task.when, schema) if task.when else None
    except RuleRefused:
        return None


def _needs(guard: Rule, other: Task, schema: Schema) -> bool:
    """Whether the guard can only be true once ``other`` has decided."""
    return never_together(guard, compile(f"{other.id}.decision IS NULL", schema))


def _needs_refusal(guard: Rule, other: Task, schema: Schema) -> bool:
    """Whether the guard can only be true when ``other`` was declined."""
    approved = compile(f"{other.id}.decision = 'approved'", schema)
    return not always_false(guard) and _needs(guard, other, schema) and never_together(guard, approved)


def _cancels(journey: Journey, first: Task, last: Task) -> bool:
    """Whether declining ``first`` cancels ``last``: a way leads there on which no task is optional."""
    if first.optional:
        return False
    waiting, seen = [first.id], set[str]()
    while waiting:
        name = waiting.pop()
        for task in (task for task in journey.tasks if name in task.after and task.id not in seen):
            if task.id == last.id:
                return True
            seen.add(task.id)
            waiting += [] if task.optional else [task.id]
    return False


def _never_both(one: Rule, other: Rule | None) -> bool:
    return other is not None and not always_false(one) and not always_false(other) and never_together(one, other)


def _outcomes(scope: Scope) -> Iterator[Fault]:
    """The ``then`` lines of stories are rules too, over the outcome of the case."""
    for stories in scope.pack.stories.values():
        for story in stories:
            vocabulary = scope.vocabularies.get(story.journey or _only(scope))
            if vocabulary is None:
                continue
            schema = Schema(story_types(vocabulary.journey))
            for index, source in enumerate(story.then):
                yield from read(scope, story, "then", index, source=source, schema=schema)[1]


def _only(scope: Scope) -> str:
    return scope.pack.journeys[0].id if len(scope.pack.journeys) == 1 else ""
