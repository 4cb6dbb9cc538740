"""Every Chinese text that people see has a translation in each language of the manifest.

``SEEN`` says which keys of which type people see. Legal texts on a licence's layout stay Chinese, and so do
keywords (they are only searched), telephone numbers, and the names of invented people.
"""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from tongban.assembly.checks.scope import Scope
from tongban.assembly.definitions import Manifest, Pack
from tongban.assembly.faults import Fault
from tongban.assembly.places import Step
from tongban.cases.definitions import DatedLimit
from tongban.cases.oversight import definitions as oversight
from tongban.licences.definitions import LicenceField, LicenceType
from tongban.parties.definitions import Department, Division, Region
from tongban.resources.definitions import GrantNeed, Resource, ResourceField
from tongban.resources.granting import definitions as granting
from tongban.services import definitions as services
from tongban.services import paths

CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

SEEN: Mapping[type[Struct], tuple[str, ...]] = {
    Manifest: ("name", "owner", "summary", "basis"),
    Region: ("name",),
    Division: ("name", "basis"),
    Department: ("name", "short", "address"),
    services.Item: ("name", "basis", "trip_reason", "fee", "result", "conditions", "appeal"),
    services.OtherLevel: ("basis",),
    services.Limit: ("basis", "excludes"),
    services.Question: ("question", "answer"),
    services.Form: ("title",),
    services.Step: ("title", "help"),
    services.Field: ("label", "help"),
    services.Choice: ("label",),
    services.Check: ("otherwise",),
    services.Journey: ("name", "summary", "theme", "notice", "places", "fee"),
    services.Eligibility: ("text", "otherwise", "basis"),
    services.Material: ("name", "basis", "standard"),
    services.Source: ("basis",),
    services.Task: ("name", "help"),
    services.Baseline: ("source",),
    paths.Commitment: ("name", "told", "text", "consequence", "basis"),
    paths.Tolerance: ("consequence", "basis"),
    paths.FastLane: ("reason", "basis"),
    paths.Visit: ("name", "result", "basis", "prepare"),
    paths.HandOver: ("basis",),
    LicenceType: ("name", "basis"),
    LicenceField: ("label",),
    Resource: ("name", "condition", "summary", "cycle", "basis", "returns"),
    ResourceField: ("label", "about"),
    GrantNeed: ("purpose", "basis"),
    DatedLimit: ("basis", "note"),
    oversight.Watch: ("title", "text", "basis", "appeal"),
    oversight.TicketJourney: ("name", "basis"),
    oversight.TicketStep: ("name", "help"),
    oversight.LightRule: ("basis",),
    granting.SharingWay: ("name", "basis"),
    granting.RequestStep: ("name", "help"),
    granting.HeadRule: ("basis", "note"),
    granting.MaskRule: ("basis", "note"),
    granting.Theme: ("name", "scene", "purpose", "basis"),
}


def check(scope: Scope) -> Iterator[Fault]:
    """Texts without translation, translations that nobody sees (a warning), files of unlisted languages."""
    pack = scope.pack
    languages: list[str] = list(pack.manifest.languages)
    things = pack.items, pack.forms, pack.journeys, pack.licences, pack.resources, pack.grants
    watched = pack.limits, pack.watches, pack.tickets, pack.lights
    rooms = pack.manifest, *things, pack.regions, *watched, pack.sharing, pack.themes
    seen = [text for thing in rooms for text in _seen(thing)]
    inherited = {p.manifest.id: p.strings for p in scope.required[1:]}
    for language in languages:
        own: Mapping[str, str] = pack.strings.get(language, {})
        known = set(own).union(*(strings.get(language, {}) for strings in inherited.values()))
        yield from _missing(scope, language, seen, known)
        useful = {text for _, _, text in seen} | set(_searched(pack))
        for text in own:
            if text not in useful:
                yield scope.fault(own, text, code="pack.translation_unused", found=text)
    for language in pack.strings:
        if language not in languages:
            yield scope.fault(pack.strings[language], code="translation.language", found=language)


def _searched(pack: Pack) -> Iterator[str]:
    """Texts that may be translated but need not be: keywords, and the names of invented people."""
    for journey in pack.journeys:
        yield from journey.keywords
    yield from (person.name for person in pack.seed.people)


def _missing(
    scope: Scope, language: str, seen: list[tuple[Struct, tuple[Step, ...], str]], known: set[str]
) -> Iterator[Fault]:
    told: set[str] = set()
    for holder, path, text in seen:
        # A text that stands in no file is a default of the platform, which translates it itself.
        if text not in known and text not in told and scope.places.at(holder).file:
            told.add(text)
            yield scope.fault(holder, *path, code="translation.missing", found=text, language=language)


def _seen(value: object) -> Iterator[tuple[Struct, tuple[Step, ...], str]]:
    """Every visible Chinese text at or below ``value``: its holder, the path there, the text."""
    if isinstance(value, list):
        for part in value:
            yield from _seen(part)
    if not isinstance(value, Struct):
        return
    for name in value.__struct_fields__:
        part = getattr(value, name)
        if name not in SEEN.get(type(value), ()):
            yield from _seen(part)
        elif isinstance(part, list):
            yield from ((value, (name, i), text) for i, text in enumerate(part) if CHINESE.search(text))
        elif part is not None and CHINESE.search(part):
            yield value, (name,), part
