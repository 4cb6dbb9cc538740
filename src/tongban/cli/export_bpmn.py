"""``tongban pack bpmn``: one journey of a pack as a BPMN 2.0 diagram, for any modelling tool."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tongban.assembly.compiling import compile_journey
from tongban.assembly.definitions import Pack
from tongban.assembly.errors import JourneyToName
from tongban.assembly.loading import load_packs, required_nearby
from tongban.assembly.reading import read_pack
from tongban.cli.main import reader_language
from tongban.cli.pack import fault_text
from tongban.services.bpmn import export


def bpmn(
    *folders: Path, journey: str | None = None, out: Path | None = None, language: Literal["zh-CN", "en"] | None = None
) -> None:
    """Write a journey as BPMN 2.0: departments as lanes, guards as conditions, with positions for drawing.

    Parameters
    ----------
    folders
        The folder of a pack; packs that it requires and the region packs beside it are found.
    journey
        Which journey; may be left out where there is only one.
    out
        The file to write; standard output where it is left out.
    language
        zh-CN or en; the terminal's by default.
    """
    packs, others = _read(folders)
    found = [(pack, one) for pack in packs for one in pack.journeys if journey in (None, one.id)]
    if len(found) != 1:
        known = [one.id for pack in packs for one in pack.journeys]
        raise JourneyToName(found=journey or "", known=", ".join(known))
    ((pack, one),) = found
    said = language or ("zh-CN" if reader_language() == "zh-CN" else "en")
    everything = [*packs, *others]
    content = export(compile_journey(pack, one, everything), department_names(everything, said), said)
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)


def _read(folders: Sequence[Path]) -> tuple[list[Pack], list[Pack]]:
    """The packs in ``folders``, and those that they may speak of. Prints every fault and exits where there is one."""
    given = {folder.resolve() for folder in folders}
    regions = {place.parent for folder in given for place in folder.parent.glob("*/regions")}
    others = [*required_nearby(folders), *(read_pack(folder).draft for folder in sorted(regions - given))]
    loaded = load_packs(folders, list({pack.manifest.id: pack for pack in others}.values()))
    faults = [fault_text(one.folder, fault) for one in loaded if one.pack is None for fault in one.faults]
    if faults:
        raise SystemExit("\n".join(faults))
    return [one.pack for one in loaded if one.pack is not None], others


def department_names(packs: Sequence[Pack], language: str) -> dict[str, str]:
    """Department role → the name of whoever plays it in the first region of ``packs``."""
    names: dict[str, str] = {}
    for pack in packs:
        english = pack.strings.get("en", {}) if language == "en" else {}
        for region in pack.regions:
            for department in region.departments:
                for role in department.roles:
                    names.setdefault(role, english.get(department.name, department.name))
    return names
