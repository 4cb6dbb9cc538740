"""The pack of one's own region, made from the national tree of divisions and the workbook's departments.

Packs are checked against it: one whose roles nobody plays yet waits, and is named with what it waits for. Called by
``tongban init``.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from msgspec import Struct

from tongban.assembly.definitions import Pack
from tongban.assembly.divisions import divisions
from tongban.assembly.errors import PackRefused
from tongban.assembly.installing import content_of
from tongban.assembly.loading import load_packs
from tongban.ledger.keys import write_durably
from tongban.parties.definitions import Level
from tongban.parties.organisation.units import UnitWish

LEVELS: Mapping[int, Level] = {6: "county", 9: "street", 12: "community"}
FIRST = "1.0.0"
UNBOUND = "pack.role_unbound"


class Division(Struct, frozen=True):
    """Packs that can be installed, and those that wait: id → roles that nobody plays."""

    ready: tuple[Path, ...]
    waiting: Mapping[str, tuple[str, ...]]


def region_pack(parent: Path, code: str, office: Sequence[str], units: Sequence[UnitWish], active: Pack | None) -> Path:
    """The folder of the pack for region ``code``. ``active``: what is installed of it; a change raises its version."""
    version = active.manifest.version if active else FIRST
    folder = write_region(parent, code, office, units, version)
    if active is not None and content_of(active)[1] != content_of(_read(folder))[1]:
        first, second, third = (int(part) for part in version.split("."))
        folder = write_region(parent, code, office, units, f"{first}.{second}.{third + 1}")
    return folder


def _read(folder: Path) -> Pack:
    loaded = load_packs([folder], installing=True)[0]
    if loaded.pack is None:
        raise PackRefused(folder.name, [fault for fault in loaded.faults if not fault.warning])
    return loaded.pack


def write_region(parent: Path, code: str, office: Sequence[str], units: Sequence[UnitWish], version: str) -> Path:
    """Write the pack's folder anew: streets and communities of the county ``code``, the departments among ``units``."""
    tree, folder = divisions(), parent / f"region-{code}"
    name = tree.full_name(code)
    manifest = {
        "id": folder.name, "version": version, "name": name, "owner": name,
        "summary": f"{name}的区划与部门，安装时由全国区划数据和机构表生成", "basis": ["全国统计用区划代码"],
    }  # fmt: skip
    content = {
        "code": code, "name": name, "office": list(office), "divisions": _divisions(code),
        "departments": [_department(unit) for unit in units if unit.kind == "department"],
    }  # fmt: skip
    # Names of places and offices have no English until somebody writes it here; until then they stay as they are.
    strings = {text: text for text in _texts([manifest, content]) if not text.isascii()}
    files = {"pack.yaml": manifest, f"regions/{code}.yaml": content, "strings/en.yaml": strings}
    shutil.rmtree(folder, ignore_errors=True)
    for path, value in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_durably(folder / path, yaml.safe_dump(value, allow_unicode=True, sort_keys=False).encode())
    return folder


def _divisions(code: str) -> list[dict[str, object]]:
    tree = divisions()
    streets = [one for one in tree.children(code) if len(one) == 9]
    below = [one for street in streets for one in tree.children(street) if len(one) == 12]
    places = [(code, code[:4] + "00"), *((one, code) for one in streets), *((one, one[:9]) for one in below)]
    return [{"code": one, "name": tree.name(one), "level": LEVELS[len(one)], "parent": above} for one, above in places]


def _department(unit: UnitWish) -> dict[str, object]:
    given = {name: getattr(unit, name) for name in ("id", "name", "uscc", "roles", "address", "phone")}
    return {name: value for name, value in given.items() if value} | {"short": unit.short or unit.name}


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def divide(region: Path, packs: Sequence[Path], installed: Sequence[Pack]) -> Division:
    """Which of ``packs`` can be installed beside ``region`` and ``installed``, and which wait for a role.

    A pack that requires one that waits, waits too. Faults of other kinds are left for the installation to refuse.
    """
    waiting: dict[str, set[str]] = {}
    ready = list(packs)
    while True:
        loaded = load_packs([region, *ready], installed, installing=True)
        unbound = {
            one.folder: {fault.found for fault in one.faults if fault.code == UNBOUND}
            for one in loaded
            if any(fault.code == UNBOUND for fault in one.faults)
        }
        if not unbound:
            return Division(tuple(ready), {name: tuple(sorted(found)) for name, found in waiting.items()})
        for folder, found in unbound.items():
            waiting.setdefault(folder.name, set()).update(found)
        gone = {folder.name for folder in unbound}
        while more := {one.name for one in ready if one.name not in gone and gone & set(_requires(one))}:
            for name in more:
                waiting[name] = {role for other in gone for role in waiting.get(other, ())}
            gone |= more
        ready = [one for one in ready if one.name not in gone]


def _requires(folder: Path) -> list[str]:
    found = yaml.safe_load((folder / "pack.yaml").read_text("utf-8")).get("requires")
    return list(found or [])
