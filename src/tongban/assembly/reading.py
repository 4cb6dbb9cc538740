"""Reads a pack's folder into the frozen types, with every fault of its files and where each value stood.

``read_pack`` is called by ``assembly.loading``. ``ROOMS`` is the whole layout of a pack: what is not in it
is refused, so that nothing is left out silently.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from tongban.assembly.decoding import Decoder, empty, type_info
from tongban.assembly.definitions import (
    Manifest,
    Pack,
    Person,
    Records,
    Seed,
    SeedCredit,
    SeedEnterprise,
    SeedLicence,
    Story,
)
from tongban.assembly.documents import compose, read_text
from tongban.assembly.faults import Fault, fault, near
from tongban.assembly.places import Place, Places
from tongban.cases.definitions import DatedLimit
from tongban.cases.oversight.definitions import LightRule, TicketJourney, Watch
from tongban.licences.definitions import LicenceType
from tongban.parties.definitions import Region
from tongban.resources.catalogue.definitions import SeedEntry
from tongban.resources.definitions import GrantNeed, Resource
from tongban.resources.granting.definitions import SharingWay, Theme
from tongban.services.definitions import Form, Item, Journey

MAX_FILES = 2000
IGNORED = (".md", ".gitkeep")


class Room(Struct, frozen=True):
    """One place of the layout: a file, or a folder of files (``name/*``), and what each file holds.

    ``schema`` is the name of the published JSON Schema.
    """

    path: str
    kind: Any
    about: str
    schema: str


ROOMS = (
    Room("pack.yaml", Manifest, "the manifest", "pack"),
    Room("grants.yaml", list[GrantNeed], "which fields a journey needs granted", "grants"),
    Room("regions/*", Region, "regions with divisions and departments", "region"),
    Room("limits/*", list[DatedLimit], "limits that law sets, with their dates", "limits"),
    Room("watches/*", Watch, "rules that find abnormal cases", "watch"),
    Room("tickets.yaml", TicketJourney, "the way of tickets", "tickets"),
    Room("sharing.yaml", SharingWay, "the way of requests for data, with its dated rules", "sharing"),
    Room("themes/*", Theme, "scenes with the least data that they need", "theme"),
    Room("lights.yaml", list[LightRule], "when lights change", "lights"),
    Room("items/*", Item, "service items", "item"),
    Room("forms/*", Form, "forms", "form"),
    Room("journeys/*", Journey, "journeys", "journey"),
    Room("licences/*", LicenceType, "licence types, with their .typ layouts beside them", "licence"),
    Room("resources/*", Resource, "data resources", "resource"),
    Room("strings/*", dict[str, str], "translations, one file a language", "strings"),
    Room("seed/people.yaml", list[Person], "invented people", "people"),
    Room("seed/enterprises.yaml", list[SeedEnterprise], "invented enterprises", "enterprises"),
    Room("seed/credit.yaml", list[SeedCredit], "bad credit of invented parties", "credit"),
    Room("seed/licences.yaml", list[SeedLicence], "licences that invented parties hold", "held-licences"),
    Room("seed/catalogue.yaml", list[SeedEntry], "invented entries of the catalogue", "catalogue"),
    Room("seed/records/*", Records, "invented records of a resource", "records"),
    Room("tests/*", list[Story], "stories", "stories"),
)


class Reading(Struct):
    """What reading a folder gave: a draft that is whole even where files are faulty, faults and places."""

    draft: Pack
    faults: list[Fault]
    places: Places


def read_pack(folder: Path) -> Reading:
    """Read everything in ``folder``. Never raises for what is inside it."""
    decoder = Decoder(Places())
    faults: list[Fault] = []
    found: dict[str, dict[str, Any]] = {room.path: {} for room in ROOMS}
    layouts: dict[str, str] = {}
    for path in _files(folder, faults):
        file = path.relative_to(folder).as_posix()
        room = _room(file)
        if file.startswith("licences/") and file.endswith(".typ"):
            layouts[path.name], wrong = read_text(path, file)
            faults += wrong
        elif room is not None:
            found[room.path][path.stem] = _read_file(decoder, path, file, room, faults)
        elif not file.endswith(IGNORED):
            faults.append(_misplaced(file))
    if not found["pack.yaml"]:
        faults.append(fault("pack.yaml", 0, "", "pack.no_manifest"))
    draft = _assemble(found, layouts)
    decoder.places.note(draft, Place("pack.yaml", None, ()))
    return Reading(draft, [*faults, *decoder.faults], decoder.places)


def _files(folder: Path, faults: list[Fault]) -> Iterator[Path]:
    if not folder.is_dir():
        faults.append(fault("", 0, "", "pack.no_folder", folder))
        return
    for count, path in enumerate(sorted(folder.rglob("*"))):
        if count >= MAX_FILES:
            faults.append(fault("", 0, "", "pack.too_many_files", limit=MAX_FILES))
            return
        if path.is_symlink():
            faults.append(fault(path.relative_to(folder).as_posix(), 0, "", "pack.link", path.name))
        elif path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _room(file: str) -> Room | None:
    parent, _, name = file.rpartition("/")
    if not name.endswith(".yaml"):
        return None
    return next((room for room in ROOMS if room.path in (file, f"{parent}/*")), None)


def _misplaced(file: str) -> Fault:
    if file.endswith(".yml"):
        name = file.removesuffix(".yml") + ".yaml"
        zh, en = f"请改名为 {name}", f"Rename it {name}"
        return fault(file, 0, "", "pack.unknown_file", file, repair_zh=zh, repair_en=en)
    head = file.partition("/")[0]
    repair_zh, repair_en = near(head, {room.path.partition("/")[0] for room in ROOMS})
    return fault(file, 0, "", "pack.unknown_file", file, repair_zh=repair_zh, repair_en=repair_en)


def _read_file(decoder: Decoder, path: Path, file: str, room: Room, faults: list[Fault]) -> Any:
    text, wrong = read_text(path, file)
    node, broken = (None, []) if wrong else compose(text, file)
    faults += [*wrong, *broken]
    if node is None:
        if not wrong and not broken:
            faults.append(fault(file, 0, "", "yaml.empty"))
        return _nothing(decoder, file, room)
    if isinstance(node, yaml.ScalarNode) and not node.value and broken:
        return _nothing(decoder, file, room)
    return decoder.read(node, room.kind, Place(file, node, ()))


def _nothing(decoder: Decoder, file: str, room: Room) -> Any:
    """What stands in for a file that could not be read at all: nothing for a thing, empty for a list."""
    value = empty(type_info(room.kind))
    if isinstance(value, Struct) and not isinstance(value, Manifest):
        return None
    decoder.places.note(value, Place(file, None, ()))
    return value


def _assemble(found: dict[str, dict[str, Any]], layouts: dict[str, str]) -> Pack:
    def things(path: str) -> list[Any]:
        return [value for value in found[path].values() if value is not None]

    def one(path: str) -> list[Any]:
        values: list[Any] = next(iter(found[path].values()), [])
        return values

    manifest = next(iter(found["pack.yaml"].values()), None) or empty(type_info(Manifest))
    seed = Seed(
        people=one("seed/people.yaml"),
        records=things("seed/records/*"),
        licences=one("seed/licences.yaml"),
        enterprises=one("seed/enterprises.yaml"),
        credit=one("seed/credit.yaml"),
        catalogue=one("seed/catalogue.yaml"),
    )
    return Pack(
        manifest=manifest,
        items=things("items/*"),
        forms=things("forms/*"),
        journeys=things("journeys/*"),
        licences=things("licences/*"),
        resources=things("resources/*"),
        grants=one("grants.yaml"),
        regions=things("regions/*"),
        strings=found["strings/*"],
        layouts=layouts,
        seed=seed,
        stories=found["tests/*"],
        limits=[limit for limits in things("limits/*") for limit in limits],
        watches=things("watches/*"),
        tickets=things("tickets.yaml"),
        sharing=things("sharing.yaml"),
        themes=things("themes/*"),
        lights=one("lights.yaml"),
    )
