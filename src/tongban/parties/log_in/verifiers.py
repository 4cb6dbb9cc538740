"""The port to whoever can say whether a number belongs to a person: registries of identity, cards and licences.

Stated here, implemented over any connected departmental system (``tongban.resources.verifying``), handed in by the web
floor. What may be asked for is the table ``WAYS``: a way is offered where its resource has a connector. An identity is
proved by the register of persons and two further ways, as real-name registration asks for.
"""

from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct

Verdict = Literal["matches", "differs", "unavailable"]
FURTHER = 2
"""How many ways must match beside name and identity number."""


class Way(Struct, frozen=True):
    """One way to prove who one is: ``field`` of ``resource`` must be what the person gives for it.

    ``zh``, ``en``: what the number is called; ``help_zh``, ``help_en``: where it stands.
    """

    resource: str
    field: str
    zh: str
    en: str
    help_zh: str = ""
    help_en: str = ""


PERSON = "person"
WAYS: Mapping[str, Way] = {
    PERSON: Way("police.identity", "name", "姓名", "Name"),
    "social-card": Way(
        "medical-insurance.social-card", "card_number", "社会保障卡卡号", "Social security card number",
        "在社保卡正面", "On the front of the card",
    ),
    "driving-licence": Way(
        "police.driving-licence", "file_number", "驾驶证档案编号", "File number of the driving licence",
        "在驾驶证副页", "On the second page of the licence",
    ),
    "household": Way(
        "police.household", "household_number", "户口簿户号", "Number of the household register",
        "在户口簿首页", "On the first page of the register",
    ),
}  # fmt: skip


class Verifier(Protocol):
    """Somebody who knows one number of many people."""

    async def verify(self, id_number: str, given: str) -> Verdict:
        """Whether ``given`` is what is on record for ``id_number``. Raises ``StoreUnavailable`` alone."""
        ...


Verifiers = Mapping[str, Verifier]
"""The ways that can be asked here and now → who answers."""


def offered(verifiers: Verifiers) -> dict[str, Way]:
    """The further ways that can be asked."""
    return {kind: way for kind, way in WAYS.items() if kind != PERSON and kind in verifiers}
