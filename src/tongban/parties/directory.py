"""Which departments perform which roles in which region: read from memory by every request."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongban.parties.definitions import Department, Region
from tongban.parties.errors import RoleUnbound, UnknownRegion


@dataclass(frozen=True)
class Directory:
    """Regions this node serves, with departments and their roles. Filled by assembly."""

    regions: Mapping[str, Region]

    def region(self, code: str) -> Region:
        """The region with six-digit ``code``. Raises ``UnknownRegion``."""
        try:
            return self.regions[code]
        except KeyError:
            raise UnknownRegion(region=code) from None

    def department_for(self, region: str, role: str) -> Department:
        """The department that plays ``role`` in ``region``. Raises ``RoleUnbound``."""
        department = self.region(region).department_for(role)
        if department is None:
            raise RoleUnbound(region=region, role=role)
        return department

    def department(self, region: str, department_id: str) -> Department | None:
        """The department with ``department_id`` in ``region``, or None."""
        return next((d for d in self.region(region).departments if d.id == department_id), None)
