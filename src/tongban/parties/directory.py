"""Which departments perform which roles in which region: read from memory by every request."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from tongban.parties.definitions import Department, Region
from tongban.parties.errors import RoleUnbound, UnknownRegion


@dataclass(frozen=True)
class Directory:
    """Regions this node serves, with departments and their roles. Filled by assembly.

    ``names``: what departments were called from when on, oldest first, where the organisation has changed.
    """

    regions: Mapping[str, Region]
    names: Mapping[tuple[str, str], tuple[tuple[dt.datetime, str], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Asked for every task of every submission: found once, when the directory is filled.
        found = {
            (code, role): department
            for code, region in self.regions.items()
            for department in reversed(region.departments)
            for role in department.roles
        }
        object.__setattr__(self, "_playing", found)

    _playing: Mapping[tuple[str, str], Department] = field(init=False, repr=False, compare=False)

    def region(self, code: str) -> Region:
        """The region with six-digit ``code``. Raises ``UnknownRegion``."""
        try:
            return self.regions[code]
        except KeyError:
            raise UnknownRegion(region=code) from None

    def department_for(self, region: str, role: str) -> Department:
        """The department that plays ``role`` in ``region``. Raises ``RoleUnbound``."""
        department = self._playing.get((region, role))
        if department is None:
            self.region(region)
            raise RoleUnbound(region=region, role=role)
        return department

    def name_at(self, region: str, department_id: str, moment: dt.datetime) -> str | None:
        """What a department was called at ``moment``: the right name on what it decided then. None when unknown."""
        dated = self.names.get((region, department_id), ())
        before = [name for since, name in dated if since <= moment]
        if before or dated:
            return before[-1] if before else dated[0][1]
        found = self.department(region, department_id) if region in self.regions else None
        return found.name if found else None

    def department(self, region: str, department_id: str) -> Department | None:
        """The department with ``department_id`` in ``region``, or None."""
        return next((d for d in self.region(region).departments if d.id == department_id), None)
