"""What a region pack declares about places and departments (frozen; filled by assembly)."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Level = Literal["province", "city", "county", "street", "community"]
EXERCISING: Mapping[Level, int] = {"province": 2, "city": 3, "county": 4, "street": 5, "community": 6}
"""The exercising level (行使层级) of departments that work for a division of each level."""


class Division(Struct, frozen=True, forbid_unknown_fields=True):
    """A place of the division tree. ``code`` has 6, 9 or 12 digits (GB/T 2260 with street and community).

    ``valid_until`` is the last day of a division that was merged or renamed; ``successor`` is the code
    that answers for it afterwards. Stored keys never change on a merger: look-ups follow ``successor``.
    """

    code: str
    name: str
    level: Level
    parent: str | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    successor: str | None = None
    basis: str | None = None


class Department(Struct, frozen=True, forbid_unknown_fields=True):
    """An organisation that performs items in one region.

    ``uscc`` is its unified social credit code (GB 32100); ``roles`` are the department roles (health,
    police …) that packs name and that this department plays here; ``colour`` is its line on journey maps;
    ``division`` the street or community of the region for which alone it works.
    """

    id: str
    name: str
    short: str
    uscc: str
    roles: list[str] = []
    address: str | None = None
    phone: str | None = None
    colour: str | None = None
    division: str | None = None


class Region(Struct, frozen=True, forbid_unknown_fields=True):
    """One county-level region with everything below it: the unit that keys every hot table.

    ``demonstration`` says that names, codes and telephone numbers are invented. ``office``: when offices are open on
    each working day, such as ``09:00-12:00``, in order; limits in hours count only then.
    """

    code: str
    name: str
    divisions: list[Division]
    departments: list[Department]
    demonstration: bool = False
    office: list[str] = []

    def place_of(self, department: Department) -> str:
        """The code of the division for which ``department`` works."""
        return department.division or self.code

    def level_of(self, department: Department) -> int:
        """The exercising level of ``department`` (4 county, 5 street, 6 community)."""
        place = self.place_of(department)
        levels = (division.level for division in self.divisions if division.code == place)
        return EXERCISING[next(levels, "county")]

    def department_for(self, role: str) -> Department | None:
        """The department that plays ``role`` here, or None when nobody is bound to it."""
        return next((d for d in self.departments if role in d.roles), None)
