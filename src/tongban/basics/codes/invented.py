"""Valid codes of people and organisations that were made up, for demonstration data and tests.

Invented organisations carry ``TB`` where real ones carry their registration, so that nobody takes one for
real. An identity number has no such room: use birth dates and regions that no real person is asked for.
"""

from datetime import date
from typing import Literal

from tongban.basics.codes import resident_id, uscc
from tongban.basics.codes.checks import mod31, organisation_check, resident_check

Organisation = Literal["department", "institution", "society", "enterprise", "household", "cooperative"]

# Registrar and category, the first two characters of a USCC.
_FIRST_TWO: dict[Organisation, str] = {
    "department": "11",
    "institution": "12",
    "society": "51",
    "enterprise": "91",
    "household": "92",
    "cooperative": "93",
}


def invented_resident_id(region: str, birth: date, sequence: int) -> str:
    """A valid number for ``region`` (6 digits), ``birth`` and ``sequence`` (0–999, odd for a man).

    Raises ``CodeError`` when they cannot stand in a number.
    """
    body = f"{region}{birth:%Y%m%d}{sequence:03d}"
    return resident_id.parse(body + resident_check(body)).code


def invented_uscc(region: str, n: int, kind: Organisation = "enterprise") -> str:
    """A valid code for the ``n``-th (0–999999) invented organisation of ``kind`` in ``region`` (6 digits).

    Raises ``CodeError`` when they cannot stand in a code.
    """
    base = f"TB{n:06d}"
    body = _FIRST_TWO[kind] + region + base + organisation_check(base)
    return uscc.parse(body + mod31(body)).code
