"""What the verbs of this noun are handed: stores, definitions, ports and keys.

The composition root builds one ``Kernel`` a process; a newly installed pack replaces it whole, so no request
ever sees half of a change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tongban.basics.calendar import WorkingCalendar
from tongban.basics.database import Database
from tongban.basics.uploads import Scanner
from tongban.basics.vault import Vault
from tongban.cases.clock.limits import Limits
from tongban.cases.oversight.watching import Oversight
from tongban.cases.sharing.way import Sharing
from tongban.ledger.keys import Signer
from tongban.licences.definitions import LicenceType
from tongban.parties.directory import Directory
from tongban.resources.definitions import GrantNeed, Resource
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.provider import Provider
from tongban.resources.verifying import Registers
from tongban.services.catalogue import Catalogue


@dataclass(frozen=True)
class Kernel:
    """Everything an act on a case needs. ``providers`` maps a resource id to its connector.

    ``calendar`` is the nation's; ``local_calendars`` are those of regions that decided days of their own.
    ``exchange_keys`` sign look-ups for the departments. ``scanner`` looks for malware in uploads, where there is one.
    """

    database: Database
    vault: Vault
    calendar: WorkingCalendar
    catalogue: Catalogue
    directory: Directory
    licence_types: Mapping[str, LicenceType]
    resources: Mapping[str, Resource]
    grants: tuple[GrantNeed, ...]
    providers: Mapping[str, Provider]
    signer: Signer
    limits: Limits = field(default_factory=Limits)
    oversight: Oversight = field(default_factory=Oversight)
    sharing: Sharing = field(default_factory=Sharing)
    local_calendars: Mapping[str, WorkingCalendar] = field(default_factory=dict)
    exchange_keys: KeyRing | None = None
    scanner: Scanner | None = None

    def calendar_in(self, region: str) -> WorkingCalendar:
        """The calendar by which days count in ``region``."""
        return self.local_calendars.get(region, self.calendar)

    def here(self, region: str) -> "Kernel":
        """The kernel as acts and views of one region use it: ``calendar`` is that region's."""
        return self if region not in self.local_calendars else replace(self, calendar=self.calendar_in(region))

    def registers(self) -> Registers:
        """The registers that prove who somebody is, asked from the node's first region."""
        return Registers(
            self.database,
            self.vault,
            self.directory,
            next(iter(self.directory.regions), ""),
            self.resources,
            self.grants,
            self.providers,
            self.exchange_keys,
        )
