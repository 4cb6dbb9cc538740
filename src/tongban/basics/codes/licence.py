"""电子证照标识, the identifier of one electronic licence (GB/T 36904).

``1.2.156.3005.2.<type 21>.<issuer 18>.<serial>.<version 3>.<check 1>``. The type code is the USCC of the
authority that defined the type and three digits. Called by the licences floor and by whoever verifies one.
"""

import msgspec

from tongban.basics.codes.checks import mod37_36
from tongban.basics.codes.errors import CHECK, LENGTH, Label, Reason
from tongban.basics.codes.kind import (
    ALPHANUMERIC,
    STRUCTURE_ONLY,
    Context,
    Kind,
    need_alphabet,
    need_digits,
    tidy,
)
from tongban.basics.codes.uscc import parse_inside

LABEL = Label("licence", "电子证照标识", "licence identifier")
ROOT = "1.2.156.3005.2"

_LONGEST_SERIAL = 50

SHAPE = Reason(
    "shape",
    "应为“{root}.证照类型代码.颁发机构代码.流水号.版本号.校验位”",
    "it should read “{root}.type.issuer.serial.version.check”",
    "请完整填写由点号分隔的十段",
    "Give all ten parts, with dots between them",
)


class LicenceCode(msgspec.Struct, frozen=True):
    """A licence identifier and its parts, as spelt."""

    code: str
    type_code: str
    issuer: str
    serial: str
    version: str
    check: str


def parse(value: str, context: Context = STRUCTURE_ONLY) -> LicenceCode:
    """Read a full identifier, both USCCs inside it included. Raises ``CodeError``."""
    code = tidy(LABEL, value)
    parts = code.split(".")
    if len(parts) != 10 or not code.startswith(ROOT + "."):
        raise LABEL.refuse(code, SHAPE, root=ROOT)
    type_code, issuer, serial, version, check = parts[5:]
    _need_parts(code, type_code, issuer, serial, version)
    if make_check(type_code, issuer, serial, version) != check:
        raise LABEL.refuse(code, CHECK)
    return LicenceCode(code, type_code, issuer, serial, version, check)


def make_check(type_code: str, issuer_uscc: str, serial: str, version: str) -> str:
    """The check character: ISO 7064 MOD 37,36 over the four middle parts joined without dots."""
    return mod37_36(type_code + issuer_uscc + serial + version)


def make_licence_code(type_code: str, issuer_uscc: str, serial: str, version: int = 1) -> str:
    """The identifier of a licence; ``serial`` is 1–50 digits and capitals, ``version`` 1–999.

    Raises ``CodeError`` naming the part that does not fit.
    """
    digits = f"{version:03d}"
    code = ".".join((ROOT, type_code, issuer_uscc, serial, digits))
    _need_parts(code, type_code, issuer_uscc, serial, digits)
    return f"{code}.{make_check(type_code, issuer_uscc, serial, digits)}"


def _need_parts(code: str, type_code: str, issuer: str, serial: str, version: str) -> None:
    _need_part_length(code, type_code, 21, 21)
    parse_inside(LABEL, code, type_code[:18], "证照类型代码中的机构代码", "the authority in the type code")
    need_digits(LABEL, code, type_code[18:])
    parse_inside(LABEL, code, issuer, "颁发机构代码", "the issuer")
    _need_part_length(code, serial, 1, _LONGEST_SERIAL)
    need_alphabet(LABEL, code, ALPHANUMERIC, "数字和大写字母", "digits and capitals", serial)
    _need_part_length(code, version, 3, 3)
    need_digits(LABEL, code, version)


def _need_part_length(code: str, part: str, least: int, most: int) -> None:
    if not least <= len(part) <= most:
        expected = str(least) if least == most else f"{least}–{most}"
        raise LABEL.refuse(code, PART_LENGTH, part=part, expected=expected, found=len(part))


PART_LENGTH = Reason(
    LENGTH.word,
    "其中的“{part}”应为{expected}位，实为{found}位",
    "“{part}” inside it should have {expected} characters, and has {found}",
    LENGTH.repair_zh,
    LENGTH.repair_en,
)

KIND = Kind(LABEL, parse)
is_valid = KIND.is_valid
