"""Verifiers over departmental systems: whether a number is the one that a register holds for a person.

Implements the port of ``parties.log_in.verifiers`` with the connectors of the deployment, whatever their shape. The
person asks for it about themselves; a register that does not answer in time proves nothing and refuses nothing.
"""

import hmac
from collections.abc import Mapping

from tongban.basics.ids import new_id
from tongban.parties.log_in.verifiers import WAYS, Verdict, Verifiers, Way
from tongban.resources.provider import CallContext, Found, Missing, Provider

SECONDS = 5.0
PURPOSE, BASIS, CONSUMER = "实名核验", "本人申请", "real-name"


class RegistryVerifier:
    """One way, asked of the connector to its resource."""

    def __init__(self, way: Way, provider: Provider) -> None:
        self._way, self._provider = way, provider

    async def verify(self, id_number: str, given: str) -> Verdict:
        """Whether the register holds ``given`` for ``id_number``; nobody is told what it holds."""
        request = str(new_id())
        context = CallContext(case=request, purpose=PURPOSE, basis=BASIS, consumer=CONSUMER, request_id=request)
        try:
            answer = await self._provider.fetch({"id_number": id_number}, [self._way.field], SECONDS, context)
        except (
            Exception
        ):  # A connector may break in ways of its own; the port says that whatever it raises is no answer.
            return "unavailable"
        if isinstance(answer, Missing):
            return "differs"
        if not isinstance(answer, Found) or answer.echo.get("id_number") != id_number:
            return "unavailable"
        held = _plain(str(answer.fields.get(self._way.field, "")))
        return "matches" if held and hmac.compare_digest(held.encode(), _plain(given).encode()) else "differs"


def _plain(text: str) -> str:
    return "".join(text.split()).replace("-", "").upper()


def verifiers_of(providers: Mapping[str, Provider], ways: Mapping[str, Way] = WAYS) -> Verifiers:
    """Those of ``ways`` whose resource has a connector now."""
    return {
        kind: RegistryVerifier(way, providers[way.resource]) for kind, way in ways.items() if way.resource in providers
    }
