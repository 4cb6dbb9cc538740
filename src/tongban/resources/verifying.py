"""Verifiers over departmental systems: whether a number is the one that a register holds for a person or enterprise.

Implements the ports of ``parties.log_in.verifiers`` and ``parties.representing.register`` with look-ups like any other:
under a grant, an intent before and an outcome after, and a use that whose number it is sees under "my data", whoever
asked. What a register holds is compared and kept nowhere. A register that does not answer in time proves nothing and
refuses nothing.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongban.basics.database import Database, platform_now
from tongban.basics.vault import Vault
from tongban.parties.actions import person_key
from tongban.parties.directory import Directory
from tongban.parties.enterprises import enterprise_key
from tongban.parties.errors import RoleUnbound
from tongban.parties.log_in.verifiers import WAYS, Verdict, Verifiers, Way
from tongban.parties.representing.errors import MarketRegisterSilent
from tongban.parties.representing.register import Registered
from tongban.resources.actions import look_up
from tongban.resources.definitions import GrantNeed, Resource
from tongban.resources.errors import NotGranted
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.models import LookUp, LookUpRequest
from tongban.resources.provider import Provider

SECONDS = 5.0
REPRESENTED = "market.representative"
REPRESENTATIVE, ENTERPRISE, STATUS = "legal_representative_id_number", ("name", "address", "scope"), "status"
"""The resource that says who represents an enterprise, and its fields."""
OVER = ("注销", "吊销")
"""How the status of an enterprise begins for which nobody may act any more."""


@dataclass(frozen=True)
class Registers:
    """Where a register is asked from: ``region`` of the node, its connectors by resource, the grants that it needs."""

    database: Database
    vault: Vault
    directory: Directory
    region: str
    resources: Mapping[str, Resource]
    needs: Sequence[GrantNeed]
    providers: Mapping[str, Provider]
    keys: KeyRing | None = None

    def need(self, resource: str) -> GrantNeed | None:
        """What a pack says of the platform's own question to ``resource``; None without it, or without a connector."""
        if resource not in self.providers:
            return None
        return next((one for one in self.needs if one.resource == resource and one.journey is None), None)


async def _ask(
    here: Registers, need: GrantNeed, match: Mapping[str, str], fields: Sequence[str], key: bytes
) -> LookUp | None:
    """What the register answers about whoever is indexed under ``key``; None where it may not be, or is not, asked.

    Raises ``StoreUnavailable``.
    """
    try:
        async with here.database.connection() as connection:
            now = await platform_now(connection)
        resource = here.resources[need.resource]
        request = LookUpRequest(
            region=here.region,
            case_id=None,
            resource=resource,
            consumer=here.directory.department_for(here.region, need.consumer).id,
            provider=here.directory.department_for(here.region, resource.provider).id,
            journey=None,
            purpose=need.purpose,
            match=match,
            fields=fields,
            legal="duty",
            person_key=key,
            timeout=SECONDS,
            kept=False,
        )
        use = await look_up(here.database, here.providers.get(need.resource), request, now, here.vault, here.keys)
    except (NotGranted, RoleUnbound):
        return None
    return use if use.outcome in ("found", "missing") else None


class RegistryVerifier:
    """One way, asked of the connector to its resource."""

    def __init__(self, way: Way, registers: Registers, need: GrantNeed) -> None:
        self._way, self._registers, self._need = way, registers, need

    async def verify(self, id_number: str, given: str) -> Verdict:
        """Whether the register holds ``given`` for ``id_number``; nobody is told what it holds.

        Raises ``StoreUnavailable``.
        """
        here, field = self._registers, self._way.field
        use = await _ask(here, self._need, {"id_number": id_number}, [field], person_key(here.vault, id_number))
        if use is None:
            return "unavailable"
        return "matches" if _same(use, field, given) else "differs"


class EnterpriseRegistry:
    """The register of market subjects (``parties.representing.register``), asked of the connector to its resource.

    The use stands under the enterprise's data: whose register it is sees who asked.
    """

    def __init__(self, registers: Registers, need: GrantNeed) -> None:
        self._registers, self._need = registers, need

    async def represented(self, uscc: str, id_number: str) -> Registered | None:
        """As the port says. Raises ``MarketRegisterSilent``, ``StoreUnavailable``."""
        here = self._registers
        fields = [REPRESENTATIVE, *ENTERPRISE, STATUS]
        use = await _ask(here, self._need, {"uscc": uscc}, fields, enterprise_key(here.vault, uscc))
        if use is None:
            raise MarketRegisterSilent()
        stands = not str(use.values.get(STATUS, "")).startswith(OVER)
        if not stands or not _same(use, REPRESENTATIVE, id_number):
            return None
        return Registered(*(str(use.values.get(name, "")) for name in ENTERPRISE))


def _same(use: LookUp, field: str, given: str) -> bool:
    """Whether the register holds ``given`` as ``field``; blanks and hyphens make no difference."""
    held = _plain(str(use.values.get(field, ""))) if use.outcome == "found" else ""
    return bool(held) and hmac.compare_digest(held.encode(), _plain(given).encode())


def _plain(text: str) -> str:
    return "".join(text.split()).replace("-", "").upper()


def verifiers_of(registers: Registers, ways: Mapping[str, Way] = WAYS) -> Verifiers:
    """Those of ``ways`` whose resource has a connector now and is granted to the platform by a pack."""
    found = {kind: registers.need(way.resource) for kind, way in ways.items()}
    return {kind: RegistryVerifier(ways[kind], registers, need) for kind, need in found.items() if need is not None}


def enterprise_register(registers: Registers) -> EnterpriseRegistry | None:
    """The register of market subjects, if it has a connector now and a pack needs the platform's own question."""
    need = registers.need(REPRESENTED)
    return None if need is None else EnterpriseRegistry(registers, need)
