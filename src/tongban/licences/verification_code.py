"""核验码: the public code by which anybody verifies a licence, on paper, by telephone or by its QR.

``330103-7KQ4M9-TXW2P8-3HGYCA``: the county that keeps the record, 17 random characters, a check character.
The region in front names the shard, so that a look-up asks one place. The 17 characters are of the 31 of
GB 32100 (no I O S V Z) and hold 84 random bits: a code cannot be guessed, and a slip of the finger or a swap
is told apart from an unknown code without asking the register.
"""

import secrets
from collections.abc import Callable

from tongban.basics.codes.checks import ALPHABET_31, mod31
from tongban.licences.errors import CodeMistyped

RANDOM = 17
_REGION = 6
_HYPHENS = dict.fromkeys(map(ord, " \t\r\n-‐‑‒–—―−_"))
_LOOK_ALIKES = str.maketrans("IOSVZ", "105U2")
_LONGEST_SHOWN = 40


def make_code(region: str, random_source: Callable[[int], int] = secrets.randbelow, random: int = RANDOM) -> str:
    """A new code for county ``region`` (six digits). ``random_source(n)`` gives a number below n.

    ``random``: how many of its characters are random.
    """
    body = region + "".join(ALPHABET_31[random_source(31)] for _ in range(random))
    return _spell(body + mod31(body))


def parse_code(value: str, random: int = RANDOM) -> tuple[str, str]:
    """The region and the canonical spelling of a typed code with ``random`` random characters.

    Blanks, small letters, hyphens and look-alikes are forgiven. Raises ``CodeMistyped``.
    """
    plain, length = plain_of(value), _REGION + random + 1
    if len(plain) != length:
        raise _mistyped(value, f"应为{length}位，实为{len(plain)}位", f"it has {len(plain)} of {length} characters")
    if not (plain[:6].isascii() and plain[:6].isdigit()) or set(plain) - set(ALPHABET_31):
        raise _mistyped(value, "含有不允许的字符", "it holds a character that never occurs")
    if mod31(plain[:-1]) != plain[-1]:
        raise _mistyped(value, "校验码不符", "the check character does not fit")
    return plain[:6], _spell(plain)


def plain_of(value: str) -> str:
    """What was typed, without blanks and hyphens, in capitals, look-alikes told apart."""
    return value.translate(_HYPHENS).upper().translate(_LOOK_ALIKES)


def _mistyped(value: str, zh: str, en: str) -> CodeMistyped:
    return CodeMistyped("code", value=value[:_LONGEST_SHOWN], problem_zh=zh, problem_en=en)


def _spell(plain: str) -> str:
    return "-".join(plain[start : start + 6] for start in range(0, len(plain), 6))
