"""Whatever a pack names must exist: items, forms, tasks, fields, licences, resources, packs, roles."""

from collections.abc import Iterator

from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault, near
from tongban.assembly.places import Step
from tongban.assembly.vocabulary import FITTING
from tongban.basics.rules.types import KINDS
from tongban.services.definitions import Journey, Material, Task

RULE_KINDS = {"long-text": "text", "choice": "code"}


def check(scope: Scope) -> Iterator[Fault]:
    """References to things that are nowhere, and roles that no region binds."""
    known = {pack.manifest.id for pack in scope.others}
    for index, name in enumerate(scope.pack.manifest.requires):
        if name not in known:
            yield scope.fault(scope.pack.manifest, "requires", index, code="pack.requires", found=name)
    for journey in scope.pack.journeys:
        yield from _journey(scope, journey)
    yield from _seed(scope)
    yield from _roles(scope)


def _journey(scope: Scope, journey: Journey) -> Iterator[Fault]:
    yield from scope.unknown(journey, "form", found=journey.form, what="form", known=scope.forms)
    tasks = {task.id for task in journey.tasks}
    for task in journey.tasks:
        yield from scope.unknown(task, "item", found=task.item, what="item", known=scope.items)
        for index, before in enumerate(task.after):
            yield from scope.unknown(task, "after", index, found=before, what="task", known=tasks)
        yield from _produces(scope, journey, task)
    for material in journey.materials:
        for index, name in enumerate(material.tasks):
            yield from scope.unknown(material, "tasks", index, found=name, what="task", known=tasks)
        yield from _sources(scope, journey, material)
        if material.consent_of is not None:
            yield from dotted(scope, journey, material, "consent_of", found=material.consent_of)
    form = scope.forms.get(journey.form)
    for field in form.fields if form else []:
        for index, name in enumerate(field.tasks):
            yield from scope.unknown(field, "tasks", index, found=name, what="task", known=tasks)
    for form in (f for f in scope.pack.forms if f.id == journey.form):
        yield from _prefills(scope, journey, form.id)


def _produces(scope: Scope, journey: Journey, task: Task) -> Iterator[Fault]:
    made = task.produces
    if made is None:
        return
    yield from scope.unknown(made, "licence", found=made.licence, what="licence", known=scope.licences)
    yield from dotted(scope, journey, made, "holder_name", found=made.holder_name)
    if made.holder_id is not None:
        yield from dotted(scope, journey, made, "holder_id", found=made.holder_id)
    licence = scope.licences.get(made.licence)
    for field, name in made.data.items():
        yield from dotted(scope, journey, made, "data", field, found=name)
        if licence is not None:
            fields = {f.id: f.kind for f in licence.fields}
            yield from scope.unknown(made, "data", field, found=field, what="field", known=fields)
            yield from _fits(scope, journey, made, "data", field, found=name, kind=fields.get(field))


def _sources(scope: Scope, journey: Journey, material: Material) -> Iterator[Fault]:
    vocabulary = scope.vocabularies[journey.id]
    for source in material.sources:
        known = list(vocabulary.kinds_of(source))
        if source.licence is not None:
            yield from scope.unknown(source, "licence", found=source.licence, what="licence", known=scope.licences)
        if source.resource is not None:
            yield from scope.unknown(source, "resource", found=source.resource, what="resource", known=scope.resources)
        for index, field in enumerate(source.shows if known else []):
            yield from scope.unknown(source, "shows", index, found=field, what="field", known=known)
        for key, name in source.match.items():
            yield from dotted(scope, journey, source, "match", key, found=name)


def _prefills(scope: Scope, journey: Journey, form_id: str) -> Iterator[Fault]:
    for field in scope.forms[form_id].fields:
        if field.prefill is not None:
            yield from dotted(scope, journey, field, "prefill", found=field.prefill)
            yield from _fits(scope, journey, field, "prefill", found=field.prefill, kind=field.kind)


def _fits(scope: Scope, journey: Journey, value: object, *steps: Step, found: str, kind: str | None) -> Iterator[Fault]:
    """A fault when what ``found`` names can not fill a field of ``kind``."""
    source = scope.vocabularies[journey.id].dotted.get(found)
    if source is None or kind is None or source.kind in FITTING[kind]:
        return
    (from_zh, from_en), (into_zh, into_en) = KINDS[source.kind], KINDS[RULE_KINDS.get(kind, kind)]
    yield scope.fault(
        value,
        *steps,
        code="pack.kind_fits_not",
        found=found,
        from_zh=from_zh,
        from_en=from_en,
        into_zh=into_zh,
        into_en=into_en,
    )


def dotted(scope: Scope, journey: Journey, value: object, *steps: Step, found: str) -> Iterator[Fault]:
    """A fault when ``found`` is not a dotted name of the journey."""
    known = scope.vocabularies[journey.id].dotted
    if found and found not in known:
        repair_zh, repair_en = near(found, known)
        yield scope.fault(value, *steps, code="pack.dotted_name", found=found, repair_zh=repair_zh, repair_en=repair_en)


def _seed(scope: Scope) -> Iterator[Fault]:
    seed = scope.pack.seed
    for licence in seed.licences:
        yield from scope.unknown(licence, "licence", found=licence.licence, what="licence", known=scope.licences)
        if licence.licence in scope.licences:
            fields = [f.id for f in scope.licences[licence.licence].fields]
            for name in licence.data:
                yield from scope.unknown(licence, "data", name, found=name, what="field", known=fields)
    for records in seed.records:
        yield from scope.unknown(records, "resource", found=records.resource, what="resource", known=scope.resources)
        if records.resource in scope.resources:
            fields = [f.id for f in scope.resources[records.resource].fields]
            for index, row in enumerate(records.rows):
                for name in row:
                    yield from scope.unknown(records, "rows", index, name, found=name, what="field", known=fields)
    yield from _enterprises(scope)
    departments = {d.id for region in scope.regions for d in region.departments}
    for record in seed.credit if departments else []:
        yield from scope.unknown(record, "department", found=record.department, what="department", known=departments)
    for person in seed.people if departments else []:
        for name in person.posts:
            yield from scope.unknown(person, "posts", name, found=name, what="department", known=departments)


def _enterprises(scope: Scope) -> Iterator[Fault]:
    """Who may act for an invented enterprise is an invented person."""
    people = {person.name for pack in (scope.pack, *scope.others) for person in pack.seed.people}
    for one in scope.pack.seed.enterprises:
        yield from scope.unknown(
            one, "legal_representative", found=one.legal_representative, what="person", known=people
        )
        for handler in one.handlers:
            yield from scope.unknown(handler, "person", found=handler.person, what="person", known=people)
            if handler.until is not None and handler.until < handler.since:
                yield scope.fault(handler, "until", code="region.dates", found=handler.until)


def _roles(scope: Scope) -> Iterator[Fault]:
    if not scope.regions and not scope.installing:
        return
    bound = {role for region in scope.regions for d in region.departments for role in d.roles}
    for value, key, role in _named_roles(scope):
        if role and role not in bound:
            zh, en = near(role, bound)
            yield scope.fault(value, key, code="pack.role_unbound", found=role, repair_zh=zh, repair_en=en)


def _named_roles(scope: Scope) -> Iterator[tuple[object, str, str]]:
    pack = scope.pack
    yield from ((item, "department", item.department) for item in pack.items)
    for journey in pack.journeys:
        yield journey, "lead", journey.lead
        yield from ((task, "department", task.department) for task in journey.tasks)
        yield from ((visit, "lead", visit.lead) for visit in journey.visits if visit.lead is not None)
    yield from ((licence, "issuer", licence.issuer) for licence in pack.licences)
    yield from ((resource, "provider", resource.provider) for resource in pack.resources)
    yield from ((grant, "consumer", grant.consumer) for grant in pack.grants)
    yield from ((way, "verifier", way.verifier) for way in pack.tickets)
    yield from ((watch, "answers", watch.answers) for watch in pack.watches if watch.answers)
    yield from ((theme, "consumer", theme.consumer) for theme in pack.themes)
