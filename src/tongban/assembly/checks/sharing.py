"""Themes ask for what exists, masked and narrowed in ways that fit; dated rules of a way have dates that agree.

Law: no more than the purpose needs (Personal Information Protection Law, article 6).
"""

from collections.abc import Iterator

from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.basics.rules import RuleRefused, SchemaRefused, always_false
from tongban.resources.definitions import Resource
from tongban.resources.granting.definitions import DatedRule, SharingWay, Theme, ThemeLine
from tongban.resources.granting.rows import compile_rows
from tongban.resources.masks.definitions import fault as mask_fault


def check(scope: Scope) -> Iterator[Fault]:
    """Resources, fields, masks and row conditions that do not fit; rules that end before they begin."""
    yield from scope.twice(scope.pack.themes, "theme")
    for theme in scope.pack.themes:
        yield from _theme(scope, theme)
    for way in scope.pack.sharing:
        yield from _way(scope, way)


def _theme(scope: Scope, theme: Theme) -> Iterator[Fault]:
    if not theme.lines and scope.was_read(theme, "lines"):
        yield scope.fault(theme, "lines", code="theme.nothing", found=theme.id)
    for line in theme.lines:
        yield from scope.unknown(line, "resource", found=line.resource, what="resource", known=scope.resources)
        resource = scope.resources.get(line.resource)
        if resource is not None:
            yield from _line(scope, line, resource)


def _line(scope: Scope, line: ThemeLine, resource: Resource) -> Iterator[Fault]:
    known = [field.id for field in resource.fields]
    for index, name in enumerate(line.fields):
        yield from scope.unknown(line, "fields", index, found=name, what="field", known=known)
    for name, mask in line.masks.items():
        field = resource.field(name)
        problem = "the field is not asked for" if name not in line.fields else field and mask_fault(mask, field.kind)
        if problem:
            yield scope.fault(line, "masks", name, code="theme.mask", found=name, problem=problem)
    if line.rows is not None:
        yield from _rows(scope, line, line.rows, resource)
    if resource.sharing == "not_shared":
        yield scope.fault(line, "resource", code="theme.not_shared", found=line.resource)


def _rows(scope: Scope, line: ThemeLine, rows: str, resource: Resource) -> Iterator[Fault]:
    try:
        if always_false(compile_rows(rows, resource)):
            yield scope.fault(line, "rows", code="pack.never_true", found=rows)
    except (RuleRefused, SchemaRefused) as error:
        yield scope.fault(line, "rows", code="theme.rows", found=rows, zh=error.message(), en=error.message("en"))


def _way(scope: Scope, way: SharingWay) -> Iterator[Fault]:
    rules: list[DatedRule] = [*way.head, *way.masks]
    for rule in rules:
        if rule.until is not None and rule.until < rule.since:
            yield scope.fault(rule, "until", code="limit.dates", found=rule.until, since=rule.since)
