"""What packs say of data can be published: sharing has its condition or law, invented entries are whole.

Law: a condition for conditional sharing, a basis for data that is not shared (the national rules for sharing
government information).
"""

from collections.abc import Iterator

from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.basics.codes.catalogue import need_category
from tongban.basics.codes.errors import CodeError
from tongban.resources.catalogue.definitions import SeedEntry
from tongban.resources.catalogue.rules import faults
from tongban.resources.definitions import Resource


def check(scope: Scope) -> Iterator[Fault]:
    """Resources without condition or basis, categories that do not read, entries of nobody or with faults."""
    for resource in scope.pack.resources:
        yield from _resource(scope, resource)
    departments = {d.id for pack in scope.required for region in pack.regions for d in region.departments}
    for seed in scope.pack.seed.catalogue:
        yield from _seed(scope, seed, departments)


def _resource(scope: Scope, resource: Resource) -> Iterator[Fault]:
    if resource.sharing == "not_shared" and not resource.basis:
        yield scope.fault(resource, "sharing", code="resource.no_basis", found=resource.id)
    if resource.category is not None:
        yield from _category(scope, resource, resource.category)


def _category(scope: Scope, holder: Resource | SeedEntry, category: str) -> Iterator[Fault]:
    try:
        need_category(category)
    except CodeError as error:
        said = {"zh": error.message("zh-CN"), "en": error.message("en")}
        yield scope.fault(holder, "category", code="catalogue.unfit", found=category, **said)


def _seed(scope: Scope, seed: SeedEntry, departments: set[str]) -> Iterator[Fault]:
    if seed.describes is not None:
        yield from _category(scope, seed, seed.category or "")
        return
    yield from scope.unknown(seed, "provider", found=seed.provider, what="department", known=departments)
    if len(seed.contents) != 1:
        yield scope.fault(seed, "provider", code="catalogue.one_kind", found=len(seed.contents))
        return
    for one in faults(seed.contents[0]) if seed.state != "draft" else []:
        yield scope.fault(seed.contents[0], one.field, code="catalogue.unfit", found=one.field, zh=one.zh, en=one.en)
