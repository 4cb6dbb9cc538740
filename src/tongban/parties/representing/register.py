"""The port to the register of market subjects: whether somebody represents an enterprise.

Stated here, implemented over any connected system (``tongban.resources.verifying``), handed in by the web floor.
"""

from typing import Protocol

from msgspec import Struct


class Registered(Struct, frozen=True):
    """What the register publishes of an enterprise: its name, domicile (住所) and business scope."""

    name: str
    address: str
    scope: str


class MarketRegister(Protocol):
    """Somebody who knows who represents an enterprise."""

    async def represented(self, uscc: str, id_number: str) -> Registered | None:
        """The enterprise, if it stands and whoever has ``id_number`` is its legal representative; else None.

        Raises ``MarketRegisterSilent``, ``StoreUnavailable``.
        """
        ...
