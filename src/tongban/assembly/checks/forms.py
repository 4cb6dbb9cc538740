"""Forms hold together: choices where there is a choice, limits with room, formats that fit, no dead forms."""

from collections.abc import Iterator

from tongban.assembly.checks.scope import THINGS, Scope
from tongban.assembly.faults import Fault, near
from tongban.services.definitions import Field, Form
from tongban.services.forms import FORMATS


def check(scope: Scope) -> Iterator[Fault]:
    """Faults inside forms, and forms that no journey uses."""
    used = {journey.form for journey in scope.pack.journeys}
    for form in scope.pack.forms:
        if form.id not in used:
            zh, en = THINGS["form"]
            yield scope.fault(form, "id", code="pack.unused", found=form.id, what_zh=zh, what_en=en)
        for step in form.steps:
            if not step.fields:
                yield scope.fault(step, "fields", code="form.empty")
        for field in form.fields:
            yield from _field(scope, field)
        yield from _checks(scope, form)


def _field(scope: Scope, field: Field) -> Iterator[Fault]:
    if not scope.was_read(field, "kind"):
        return
    if (field.kind == "choice") != bool(field.choices):
        yield scope.fault(field, "choices", code="form.choices", found=field.id)
    yield from scope.twice(field.choices, "field", "value")
    for key in ("min", "max"):
        if getattr(field, key) is not None and field.kind in ("boolean", "date", "choice"):
            yield scope.fault(field, key, code="form.min_max_kind", found=getattr(field, key), kind=field.kind)
    if field.min is not None and field.max is not None and field.min > field.max:
        yield scope.fault(field, "min", code="form.min_max", found=field.min, max=field.max)
    if field.format is not None:
        yield from _format(scope, field, field.format)


def _format(scope: Scope, field: Field, name: str) -> Iterator[Fault]:
    fitting = [known for known, kinds in FORMATS.items() if field.kind in kinds]
    if name not in fitting:
        zh, en = near(name, fitting)
        yield scope.fault(
            field, "format", code="form.format_kind", found=name, kind=field.kind, repair_zh=zh, repair_en=en
        )


def _checks(scope: Scope, form: Form) -> Iterator[Fault]:
    fields = [field.id for field in form.fields]
    for rule in form.checks:
        if rule.field is not None:
            yield from scope.unknown(rule, "field", found=rule.field, what="field", known=fields)
