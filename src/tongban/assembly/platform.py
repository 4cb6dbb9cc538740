"""The platform as its packs declare it: everything that a running server reads from memory.

``assemble`` is the composition root of declared content: all packs or none. Servers keep one ``Platform``
and replace it as a whole when packs change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tongban.assembly.compiling import compile_journey
from tongban.assembly.definitions import Pack, Person, Records, Seed, SeedCredit, SeedEnterprise, SeedLicence
from tongban.assembly.errors import PacksDisagree
from tongban.assembly.overseeing import compile_oversight
from tongban.assembly.sharing import compile_sharing
from tongban.cases.clock.hours import OfficeHours, spans_of
from tongban.cases.clock.limits import Limits
from tongban.cases.oversight.watching import Oversight
from tongban.cases.sharing.way import Sharing
from tongban.licences.definitions import LicenceType
from tongban.parties.directory import Directory
from tongban.resources.catalogue.definitions import SeedEntry
from tongban.resources.definitions import GrantNeed, Resource
from tongban.services.catalogue import Catalogue, JourneyVersion

T = TypeVar("T")


@dataclass(frozen=True)
class Platform:
    """Every definition, resolved. ``layouts`` maps a licence type's id to the Typst text of its layout;
    ``strings`` is language → (Chinese text → translation), over all packs.

    ``packs`` maps the id of each active pack to its version, ``declared`` to the resources it declares,
    ``needs`` to the grants it needs.
    Journeys keep every installed version; the rest is that of the active versions, with licence types and resources of
    older versions kept where no newer one replaces them.
    """

    catalogue: Catalogue
    directory: Directory
    licence_types: Mapping[str, LicenceType]
    layouts: Mapping[str, str]
    resources: Mapping[str, Resource]
    grants: tuple[GrantNeed, ...]
    strings: Mapping[str, Mapping[str, str]]
    seeds: Seed
    packs: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    oversight: Oversight = field(default_factory=Oversight)
    sharing: Sharing = field(default_factory=Sharing)
    declared: Mapping[str, tuple[Resource, ...]] = field(default_factory=dict)
    needs: Mapping[str, tuple[GrantNeed, ...]] = field(default_factory=dict)


def assemble(packs: Sequence[Pack], earlier: Sequence[Pack] = ()) -> Platform:
    """The platform of ``packs`` (the active version of each), all or nothing.

    ``earlier`` are other installed versions, oldest first, to which running cases are pinned. Raises
    ``PacksDisagree`` when two active packs declare the same thing.
    """
    active = _journeys(packs, packs)
    older = _journeys(earlier, [*packs, *earlier])
    return Platform(
        catalogue=Catalogue(
            active={version.journey.id: version for version in active},
            versions={version.key: version for version in (*older, *active)},
        ),
        directory=Directory(_one("region", [(r.code, r, p) for p in packs for r in p.regions])),
        licence_types=_kept(earlier) | _one("licence type", [(t.id, t, p) for p in packs for t in p.licences]),
        layouts=_layouts([*earlier, *packs]),
        resources={r.id: r for p in earlier for r in p.resources}
        | _one("resource", [(r.id, r, p) for p in packs for r in p.resources]),
        grants=tuple(_one("grant", [(g.id, g, p) for p in packs for g in p.grants]).values()),
        strings=_strings(packs),
        seeds=_seeds(packs),
        packs={pack.manifest.id: pack.manifest.version for pack in packs},
        limits=Limits((limit for pack in packs for limit in pack.limits), _office(packs)),
        oversight=_oversight(packs, earlier),
        sharing=_sharing(packs, earlier),
        declared={pack.manifest.id: tuple(pack.resources) for pack in packs if pack.resources},
        needs={pack.manifest.id: tuple(pack.grants) for pack in packs},
    )


def _office(packs: Sequence[Pack]) -> dict[str, OfficeHours]:
    return {region.code: OfficeHours(spans_of(region.office)) for pack in packs for region in pack.regions}


def _journeys(packs: Sequence[Pack], others: Sequence[Pack]) -> list[JourneyVersion]:
    found = [(j.id, compile_journey(p, j, others), p) for p in packs for j in p.journeys]
    if packs is others:
        _one("journey", found)
    return [version for _, version, _ in found]


def _one(what: str, things: Sequence[tuple[str, T, Pack]]) -> dict[str, T]:
    """The things by id. Raises ``PacksDisagree`` when two packs declare the same one."""
    owners: dict[str, Pack] = {}
    for name, _, pack in things:
        other = owners.setdefault(name, pack)
        if other is not pack:
            raise PacksDisagree(what=what, name=name, one=other.manifest.id, other=pack.manifest.id)
    return {name: thing for name, thing, _ in things}


def _oversight(packs: Sequence[Pack], earlier: Sequence[Pack]) -> Oversight:
    _one("watch", [(watch.id, watch, pack) for pack in packs for watch in pack.watches])
    _one("way of tickets", [("tickets", way, pack) for pack in packs for way in pack.tickets])
    return compile_oversight(packs, earlier)


def _sharing(packs: Sequence[Pack], earlier: Sequence[Pack]) -> Sharing:
    _one("theme", [(theme.id, theme, pack) for pack in packs for theme in pack.themes])
    _one("way of requests", [("sharing", way, pack) for pack in packs for way in pack.sharing])
    return compile_sharing(packs, earlier)


def _kept(earlier: Sequence[Pack]) -> dict[str, LicenceType]:
    return {licence.id: licence for pack in earlier for licence in pack.licences}


def _layouts(packs: Sequence[Pack]) -> dict[str, str]:
    return {licence.id: pack.layouts[licence.layout] for pack in packs for licence in pack.licences}


def _strings(packs: Sequence[Pack]) -> dict[str, dict[str, str]]:
    languages = {language for pack in packs for language in pack.strings}
    return {
        language: {text: said for pack in packs for text, said in pack.strings.get(language, {}).items()}
        for language in languages
    }


def _seeds(packs: Sequence[Pack]) -> Seed:
    people: list[Person] = [person for pack in packs for person in pack.seed.people]
    records: list[Records] = [records for pack in packs for records in pack.seed.records]
    licences: list[SeedLicence] = [licence for pack in packs for licence in pack.seed.licences]
    enterprises: list[SeedEnterprise] = [enterprise for pack in packs for enterprise in pack.seed.enterprises]
    credit: list[SeedCredit] = [record for pack in packs for record in pack.seed.credit]
    catalogue: list[SeedEntry] = [entry for pack in packs for entry in pack.seed.catalogue]
    return Seed(people, records, licences, enterprises, credit, catalogue)
