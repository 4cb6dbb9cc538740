"""Materials are used, have sources that are tried in a sensible order, and say what flows by which key."""

from collections.abc import Iterator

from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault, near
from tongban.services.definitions import Journey, Material, Source


def check(scope: Scope) -> Iterator[Fault]:
    """Materials nobody uses, sources that say nothing or too much, and fields whose kind is disputed."""
    for journey in scope.pack.journeys:
        for material in journey.materials:
            if not material.tasks:
                yield scope.fault(material, "tasks", code="pack.material_unused", found=material.id)
            if not material.sources:
                yield scope.fault(material, "sources", code="pack.no_source", found=material.id)
            yield from _order(scope, material)
            for source in material.sources:
                yield from _source(scope, source)
            yield from _kinds(scope, journey, material)
            yield from _of_another(scope, material)


def _order(scope: Scope, material: Material) -> Iterator[Fault]:
    uploads = [index for index, source in enumerate(material.sources) if source.upload]
    if uploads and uploads[0] < len(material.sources) - 1:
        yield scope.fault(material, "sources", uploads[0] + 1, code="pack.source_order")


def _source(scope: Scope, source: Source) -> Iterator[Fault]:
    kinds = {"licence": source.licence is not None, "resource": source.resource is not None, "upload": source.upload}
    named = [name for name, given in kinds.items() if given]
    if len(named) != 1 and scope.was_read(source, *kinds):
        yield scope.fault(source, code="pack.source_kind", found=", ".join(named) or "-")
    if source.resource is None:
        return
    if not source.match:
        yield scope.fault(source, "match", code="pack.match_missing", found=source.resource)
    if not source.shows:
        yield scope.fault(source, "shows", code="pack.shows_missing", found=source.resource)
    yield from _keys(scope, source)


def _keys(scope: Scope, source: Source) -> Iterator[Fault]:
    resource = scope.resources.get(source.resource or "")
    if resource is None:
        return
    keys = [field.id for field in resource.fields if field.key]
    for name in source.match:
        if name not in keys:
            zh, en = near(name, keys)
            yield scope.fault(source, "match", name, code="pack.match_key", found=name, repair_zh=zh, repair_en=en)


def _of_another(scope: Scope, material: Material) -> Iterator[Fault]:
    """Another person agrees only to what is looked up about that very person; else the applicant uploads."""
    if material.consent_of is None:
        return
    asked = [source for source in material.sources if source.legal == "consent"]
    about = all(material.consent_of in source.match.values() for source in asked)
    uploads = any(source.upload for source in material.sources)
    if not (material.consent_of.startswith("form.") and asked and about and uploads):
        yield scope.fault(material, "consent_of", code="pack.consent_of", found=material.consent_of)


def _kinds(scope: Scope, journey: Journey, material: Material) -> Iterator[Fault]:
    """A field that several sources show must have one kind, or a rule over it would mean two things."""
    vocabulary = scope.vocabularies[journey.id]
    seen: dict[str, str] = {}
    for source in material.sources:
        known = vocabulary.kinds_of(source)
        for index, field in enumerate(source.shows):
            if field not in known:
                continue
            kind = seen.setdefault(field, known[field][0])
            if kind != known[field][0]:
                yield scope.fault(
                    source, "shows", index, code="pack.kinds_differ", found=material.id, field=field,
                    kinds=f"{kind}, {known[field][0]}",
                )  # fmt: skip
