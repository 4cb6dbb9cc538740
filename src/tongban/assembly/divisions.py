"""China's divisions from province to village, with dated ones that packs declare laid over them.

Called by the pack loader, by parties' directory and by ``tongban code check region``. The national
tree is that of a maintained data package and holds today's divisions only; a division that was merged
or renamed is declared by a pack with its last day and its successor (GB/T 2260; twelve digits as in the
statistical division codes).
"""

import datetime as dt
import gzip
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Self

from tongban.assembly.division_errors import DivisionDataMissing, UnknownDivision
from tongban.parties.definitions import Division

_DATA = Path(__file__).parent / "data"
_ENDS = (2, 4, 6, 9, 12)  # digits of province, city, county, street, village


def short_code(code: str) -> str:
    """``code`` without the zeros that stand for empty levels, so ``330100`` becomes ``3301``."""
    filled = code.ljust(12, "0")
    start = 0
    kept = 2
    for end in _ENDS:
        if filled[start:end].strip("0"):
            kept = end
        start = end
    return filled[:kept]


class Divisions(Mapping[str, str]):
    """Code → name over every spelling of a code (2, 4, 6, 9 or 12 digits).

    Iterating gives the short codes of provinces, cities, counties and streets in order; villages are
    found by their twelve digits, and read only when one is asked for.
    """

    def __init__(self, national: Mapping[str, str], villages: Path, declared: Mapping[str, Division]) -> None:
        self._national = national
        self._villages_file = villages
        self._declared = declared

    def with_history(self, declared: Iterable[Division]) -> Self:
        """The same tree with the divisions that packs declare laid over it; later ones win."""
        added = {short_code(division.code): division for division in declared}
        return type(self)(self._national, self._villages_file, {**self._declared, **added})

    def __getitem__(self, code: str) -> str:
        found = self._find(short_code(code)) if code.isascii() and code.isdecimal() else None
        if found is None:
            raise KeyError(code)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._national, *self._declared}))

    def __len__(self) -> int:
        return len({*self._national, *self._declared})

    def name(self, code: str) -> str:
        """The name of the division. Raises ``UnknownDivision``."""
        try:
            return self[code]
        except KeyError:
            raise UnknownDivision(code=code) from None

    def full_name(self, code: str) -> str:
        """Names from the province down, as addresses write them: ``浙江省杭州市拱墅区``.

        Levels that only fill a gap (市辖区, 县 …) are left out. Raises ``UnknownDivision``.
        """
        names = [self.name(part) for part in (*reversed(self.ancestors(code)), code)]
        return "".join(name for name in names if name not in _FILLERS)

    def parent(self, code: str) -> str | None:
        """The short code of the division above, None for a province. Raises ``UnknownDivision``."""
        self.name(code)
        short = short_code(code)
        declared = self._declared.get(short)
        if declared is not None and declared.parent is not None:
            return short_code(declared.parent)
        # Some prefecture cities have streets but no counties: the level above is then the city.
        above = (short_code(short[:end]) for end in reversed(_ENDS) if end < len(short))
        return next((code for code in above if code in self), None)

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The short codes above, nearest first. Raises ``UnknownDivision``."""
        found: list[str] = []
        above = self.parent(code)
        while above is not None and above not in found:
            found.append(above)
            above = self.parent(above)
        return tuple(found)

    def children(self, code: str) -> tuple[str, ...]:
        """Short codes one level below, in order; declared ones included. Raises ``UnknownDivision``."""
        self.name(code)
        short = short_code(code)
        below = (end for end in _ENDS if end > len(short))
        listed = next((found for end in below if (found := self._below(short, end))), ())
        declared = [one for one in self._declared if one != short and self.parent(one) == short]
        moved = {one for one in listed if self.parent(one) != short}
        return tuple(sorted({*listed, *declared} - moved))

    def exists(self, code: str, day: dt.date | None = None) -> bool:
        """Whether the division exists, on ``day`` if one is given (China Standard Time).

        Nationally only today's tree is known, so a division without declared dates counts as always there.
        """
        if code not in self:
            return False
        declared = self._declared.get(short_code(code))
        return day is None or declared is None or _in_force(declared, day)

    def successor(self, code: str, day: dt.date | None = None) -> str:
        """The code that answers for ``code`` on ``day`` (default: at last), following every merger.

        A code without a successor answers for itself. Raises ``UnknownDivision``.
        """
        self.name(code)
        seen = [short_code(code)]
        while (following := self._following(seen[-1], day)) is not None and following not in seen:
            seen.append(following)
        return seen[-1]

    def succeeded(self, day: dt.date) -> dict[str, str]:
        """Declared divisions that ended before ``day`` (twelve digits) → the code that answers for them then."""
        over = (one for one, declared in self._declared.items() if declared.valid_until and not self.exists(one, day))
        following = {one: self.successor(one, day) for one in over}
        return {one.ljust(12, "0"): code for one, code in following.items() if code != one}

    def _following(self, short: str, day: dt.date | None) -> str | None:
        declared = self._declared.get(short)
        if declared is None or declared.successor is None:
            return None
        over = day is None or (declared.valid_until is not None and day > declared.valid_until)
        return short_code(declared.successor) if over else None

    def _find(self, short: str) -> str | None:
        declared = self._declared.get(short)
        if declared is not None:
            return declared.name
        return self._national.get(short) or (self._village(short) if len(short) == 12 else None)

    def _village(self, short: str) -> str | None:
        return next((name for code, name in self._villages_of(short[:9]) if code == short), None)

    def _below(self, short: str, end: int) -> tuple[str, ...]:
        if end == 12:
            return tuple(code for code, _ in self._villages_of(short)) if len(short) == 9 else ()
        return tuple(one for one in self._national if len(one) == end and one.startswith(short))

    def _villages_of(self, street: str) -> list[tuple[str, str]]:
        listed = self._villages.get(street, "")
        return [(street + entry[:3], entry[3:]) for entry in listed.split(",") if entry]

    @cached_property
    def _villages(self) -> Mapping[str, str]:
        return _read(self._villages_file)


_FILLERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


def _in_force(declared: Division, day: dt.date) -> bool:
    begun = declared.valid_from is None or declared.valid_from <= day
    return begun and (declared.valid_until is None or day <= declared.valid_until)


@cache
def divisions() -> Divisions:
    """The national tree, read once a process. Raises ``DivisionDataMissing``."""
    return Divisions(_read(_DATA / "divisions.tsv.gz"), _DATA / "villages.tsv.gz", {})


def _read(path: Path) -> dict[str, str]:
    try:
        text = gzip.decompress(path.read_bytes()).decode()
    except OSError as fault:
        raise DivisionDataMissing(path=str(path)) from fault
    return {code: rest for code, _, rest in (line.partition("\t") for line in text.splitlines())}
