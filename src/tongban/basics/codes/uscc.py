"""统一社会信用代码, the identity code of every organisation (GB 32100).

Registrar 1, category 1, region 6, organisation 9, check 1. Called wherever an enterprise or a department is
identified, and by the item and licence codes that hold one inside.
"""

import msgspec

from tongban.basics.codes.checks import ALPHABET_31, mod31
from tongban.basics.codes.errors import CHECK, EMBEDDED, CodeError, Label
from tongban.basics.codes.kind import (
    STRUCTURE_ONLY,
    Context,
    Kind,
    need_alphabet,
    need_digits,
    need_length,
    tidy,
)

LABEL = Label("uscc", "统一社会信用代码", "unified social credit code")

_ALLOWED = ("数字和除I、O、S、V、Z以外的大写字母", "digits and capitals other than I, O, S, V and Z")


class Uscc(msgspec.Struct, frozen=True):
    """An organisation's code and its parts; ``registrar`` and ``category`` are one character each."""

    code: str
    registrar: str
    category: str
    region: str
    organisation: str


def parse(value: str, context: Context = STRUCTURE_ONLY) -> Uscc:
    """Read an 18-character code; blanks, hyphens and small letters are forgiven. Raises ``CodeError``."""
    code = tidy(LABEL, value, drop=" -")
    need_length(LABEL, code, 18)
    need_alphabet(LABEL, code, ALPHABET_31, *_ALLOWED)
    need_digits(LABEL, code, code[2:8])
    if mod31(code[:17]) != code[17]:
        raise LABEL.refuse(code, CHECK)
    return Uscc(code, code[0], code[1], code[2:8], code[8:17])


def parse_inside(outer: Label, value: str, part: str, zh: str, en: str) -> Uscc:
    """Read ``part`` of ``value`` as an organisation's code, called ``zh`` and ``en`` in the fault.

    Raises ``CodeError`` of the outer kind, so that the reader sees the code that was typed.
    """
    try:
        return parse(part)
    except CodeError as fault:
        inner = {"inner_zh": fault.data["problem_zh"], "inner_en": fault.data["problem_en"]}
        raise outer.refuse(value, EMBEDDED, part_zh=zh, part_en=en, found=part, **inner) from fault


KIND = Kind(LABEL, parse)
is_valid = KIND.is_valid
