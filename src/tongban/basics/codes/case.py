"""办件编号 for people: short enough to read over a telephone, impossible to guess in sequence.

``330103-261122-7KQ4M9T-3``: region 6, date of opening YYMMDD, seven random characters, check character.
The letters and the check are those of GB 32100 (no I O S V Z; weights 3^i mod 31), chosen over ISO 7064
MOD 37,36 because every swap of two characters is caught: the weights begin at 3, as the check character weighs 1.
Seven characters hold 34.7 random bits. Called when a draft is born, and wherever a person types a number.
"""

import secrets
from collections.abc import Callable
from datetime import date

import msgspec

from tongban.basics.codes.checks import ALPHABET_31, mod31
from tongban.basics.codes.errors import CHECK, DATE, Label
from tongban.basics.codes.kind import (
    STRUCTURE_ONLY,
    Context,
    Kind,
    need_alphabet,
    need_digits,
    need_length,
    tidy,
)

LABEL = Label("case", "办件编号", "case number")

_SHORT = 7
_HYPHENS = " -‐‑‒–—―−_"
# What a reader may write for a sign that does look alike but is never used.
_LOOK_ALIKES = str.maketrans("IOSVZ", "105U2")


class CaseNumber(msgspec.Struct, frozen=True):
    """A case number and its parts: county code, day of opening (2000–2099), the random characters."""

    code: str
    region: str
    day: date
    short: str


def parse(value: str, context: Context = STRUCTURE_ONLY) -> CaseNumber:
    """Read a case number; blanks, small letters, missing hyphens and look-alikes are forgiven.

    Raises ``CodeError``.
    """
    plain = tidy(LABEL, value, drop=_HYPHENS).translate(_LOOK_ALIKES)
    need_length(LABEL, plain, 20)
    need_digits(LABEL, plain, plain[:12])
    need_alphabet(LABEL, plain, ALPHABET_31, "数字和字母", "digits and letters")
    if _check(plain[:19]) != plain[19]:
        raise LABEL.refuse(plain, CHECK)
    return CaseNumber(_spell(plain), plain[:6], _day(plain), plain[12:19])


def make_case_number(region: str, day: date, random_source: Callable[[int], int] = secrets.randbelow) -> str:
    """A new number for a case opened in county ``region`` on ``day`` (China Standard Time).

    ``random_source(n)`` gives a number below n; anything but a cryptographic source can be guessed.
    Raises ``CodeError`` for a malformed region and ``ValueError`` for a day outside 2000–2099.
    """
    if not 2000 <= day.year <= 2099:
        raise ValueError(f"a case number holds days of 2000–2099, not {day}")
    body = f"{region}{day:%y%m%d}{_short(random_source(31**_SHORT))}"
    need_length(LABEL, body, 19)
    need_digits(LABEL, body, region)
    return _spell(body + _check(body))


def _check(body: str) -> str:
    return mod31("0" + body)  # a zero in the first place leaves the weights 3^1 to 3^19 to the nineteen


def _short(drawn: int) -> str:
    # One draw for all seven characters: the source asks the system each time.
    signs = []
    for _ in range(_SHORT):
        drawn, sign = divmod(drawn, 31)
        signs.append(ALPHABET_31[sign])
    return "".join(signs)


def _day(plain: str) -> date:
    try:
        return date(2000 + int(plain[6:8]), int(plain[8:10]), int(plain[10:12]))
    except ValueError as error:
        raise LABEL.refuse(plain, DATE, found=plain[6:12]) from error


def _spell(plain: str) -> str:
    return f"{plain[:6]}-{plain[6:12]}-{plain[12:19]}-{plain[19]}"


KIND = Kind(LABEL, parse)
is_valid = KIND.is_valid
