"""Verifiers over departmental systems: whether a number is the one that a register holds for a person.

Implements the port of ``parties.log_in.verifiers`` with look-ups like any other: under a grant, an intent before and an
outcome after, and a use that whose number it is sees under "my data", whoever asked. What a register holds is compared
and kept nowhere. A register that does not answer in time proves nothing and refuses nothing.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongban.basics.database import Database, platform_now
from tongban.basics.vault import Vault
from tongban.parties.actions import person_key
from tongban.parties.directory import Directory
from tongban.parties.errors import RoleUnbound
from tongban.parties.log_in.verifiers import WAYS, Verdict, Verifiers, Way
from tongban.resources.actions import look_up
from tongban.resources.definitions import GrantNeed, Resource
from tongban.resources.errors import NotGranted
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.models import LookUpRequest
from tongban.resources.provider import Provider

SECONDS = 5.0


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


class RegistryVerifier:
    """One way, asked of the connector to its resource."""

    def __init__(self, way: Way, registers: Registers, need: GrantNeed) -> None:
        self._way, self._registers, self._need = way, registers, need

    async def verify(self, id_number: str, given: str) -> Verdict:
        """Whether the register holds ``given`` for ``id_number``; nobody is told what it holds.

        Raises ``StoreUnavailable``.
        """
        here, field = self._registers, self._way.field
        try:
            async with here.database.connection() as connection:
                now = await platform_now(connection)
            provider = here.providers.get(self._way.resource)
            use = await look_up(here.database, provider, self._request(id_number), now, here.vault, here.keys)
        except (NotGranted, RoleUnbound):
            return "unavailable"
        if use.outcome == "missing":
            return "differs"
        if use.outcome != "found":
            return "unavailable"
        held = _plain(str(use.values.get(field, "")))
        return "matches" if held and hmac.compare_digest(held.encode(), _plain(given).encode()) else "differs"

    def _request(self, id_number: str) -> LookUpRequest:
        """Raises ``RoleUnbound``."""
        here, need = self._registers, self._need
        resource = here.resources[need.resource]
        return LookUpRequest(
            region=here.region,
            case_id=None,
            resource=resource,
            consumer=here.directory.department_for(here.region, need.consumer).id,
            provider=here.directory.department_for(here.region, resource.provider).id,
            journey=None,
            purpose=need.purpose,
            match={"id_number": id_number},
            fields=[self._way.field],
            legal="duty",
            person_key=person_key(here.vault, id_number),
            timeout=SECONDS,
            kept=False,
        )


def _plain(text: str) -> str:
    return "".join(text.split()).replace("-", "").upper()


def verifiers_of(registers: Registers, ways: Mapping[str, Way] = WAYS) -> Verifiers:
    """Those of ``ways`` whose resource has a connector now and is granted to the platform by a pack."""
    found = {kind: registers.need(way.resource) for kind, way in ways.items()}
    return {kind: RegistryVerifier(ways[kind], registers, need) for kind, need in found.items() if need is not None}
