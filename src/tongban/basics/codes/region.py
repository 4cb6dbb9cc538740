"""行政区划代码: six digits to the county (GB/T 2260), nine to the town, twelve to the village.

Called by packs, parties and resources. The names come from a division table that the caller hands in;
without one only the structure is checked.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from tongban.basics.codes.errors import Label, Reason
from tongban.basics.codes.kind import STRUCTURE_ONLY, Context, Kind, need_digits, need_length, tidy

LABEL = Label("region", "行政区划代码", "division code")

PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66))
    for code in (*codes, 71, 81, 82)
)

Level = Literal["province", "city", "county", "town", "village"]
# A level and where its digits end. Twelve digits may spell any level, filled up with zeros.
_ENDS: tuple[tuple[Level, int], ...] = (
    ("province", 2),
    ("city", 4),
    ("county", 6),
    ("town", 9),
    ("village", 12),
)

PROVINCE = Reason(
    "province",
    "前两位“{found}”不是省级行政区划代码",
    "its first two digits “{found}” are no province",
    "请核对代码开头",
    "Compare its beginning with the division table",
)
GAP = Reason(
    "gap",
    "上级为零而下级不为零",
    "a lower level is given below an empty one",
    "请补全上级代码，或将下级填为零",
    "Fill in the higher level, or make the lower digits zero",
)
UNKNOWN = Reason(
    "unknown",
    "行政区划表中没有这个代码",
    "the division table does not hold it",
    "请查阅现行行政区划，注意撤并后的新代码",
    "Look it up in the current divisions; it may have been merged into another",
)

ENDED = Reason(
    "ended",
    "这个区划已经撤并，现由{successor}承接",
    "this division is no more; {successor} answers for it now",
    "新办的请改用{successor}；以前办理的仍按原代码留存",
    "Use {successor} for what is new; what was done before stays under the old code",
)


class Region(msgspec.Struct, frozen=True):
    """A division: its code, its level, the six-digit county it lies in, and its names from the top.

    ``county`` is the platform's region key (for a province or city, its own six digits). ``names`` is
    empty when no division table was given.
    """

    code: str
    level: Level
    county: str
    names: tuple[str, ...] = ()


def parse(value: str, context: Context = STRUCTURE_ONLY) -> Region:
    """Read a code of 6, 9 or 12 digits; with ``context.divisions`` also look it up.

    With ``context.succeeded`` divisions that ended are refused. Raises ``CodeError``.
    """
    code = tidy(LABEL, value)
    need_length(LABEL, code, 6, 9, 12)
    need_digits(LABEL, code)
    if code[:2] not in PROVINCES:
        raise LABEL.refuse(code, PROVINCE, found=code[:2])
    level = _level(code)
    successor = context.succeeded.get(code.ljust(12, "0"))
    if successor is not None:
        raise LABEL.refuse(code, ENDED, successor=successor)
    names = _names(code, level, context.divisions) if context.divisions is not None else ()
    return Region(code, level, code[:6], names)


def _level(code: str) -> Level:
    filled = code.ljust(12, "0")
    # Some prefecture cities have towns but no counties, so only these two gaps are faults.
    if (filled[2:4] == "00" and int(filled[4:])) or (filled[6:9] == "000" and int(filled[9:])):
        raise LABEL.refuse(code, GAP)
    level: Level = "province"
    start = 2
    for name, end in _ENDS[1:]:
        if int(filled[start:end]):
            level = name
        start = end
    return level


def _names(code: str, level: Level, divisions: Mapping[str, str]) -> tuple[str, ...]:
    names: list[str] = []
    for name, end in _ENDS:
        found = _lookup(code.ljust(12, "0")[:end], divisions)
        if found is not None:
            names.append(found)
        if name == level:
            if found is None:
                raise LABEL.refuse(code, UNKNOWN)
            break
    return tuple(names)


def _lookup(prefix: str, divisions: Mapping[str, str]) -> str | None:
    # Tables differ in how many zeros they write behind a prefix.
    spellings = dict.fromkeys(prefix.ljust(width, "0") for width in (len(prefix), 6, 9, 12))
    return next((divisions[spelling] for spelling in spellings if spelling in divisions), None)


KIND = Kind(LABEL, parse)
is_valid = KIND.is_valid
