"""居民身份证号码, the citizen identity number of GB 11643: region 6, birth date 8, sequence 3, check 1.

Called wherever a person is identified. The region may be one that no longer exists, because a number is
kept for life; so only its first two digits are checked.
"""

from datetime import date
from typing import Literal

import msgspec

from tongban.basics.codes.checks import resident_check
from tongban.basics.codes.errors import CHECK, DATE, Label, Reason
from tongban.basics.codes.kind import STRUCTURE_ONLY, Context, Kind, need_digits, need_length, tidy
from tongban.basics.codes.region import PROVINCES

LABEL = Label("resident-id", "身份证号码", "resident identity number", personal=True)

# Nobody who has ever held such a number was born earlier; older years are slips of the hand.
_EARLIEST_BIRTH = date(1850, 1, 1)
# 83: residence permits of Taiwan residents. 9x: permanent residence cards of foreigners.
_ISSUING = PROVINCES | {"83"} | {f"9{digit}" for digit in range(10)}

REGION = Reason(
    "region",
    "前两位“{found}”不是省级行政区划代码",
    "its first two digits “{found}” are no province",
    "请核对开头的六位数字",
    "Compare the first six digits with the original",
)
FUTURE = Reason(
    "future",
    "出生日期晚于今天",
    "the birth date lies in the future",
    "请核对第七位至第十四位",
    "Compare digits seven to fourteen with the original",
)


class ResidentId(msgspec.Struct, frozen=True):
    """A citizen identity number and what it tells: county code at issue, birth date, sex."""

    code: str
    region: str
    birth: date
    sex: Literal["female", "male"]


def parse(value: str, context: Context = STRUCTURE_ONLY) -> ResidentId:
    """Read an 18-character number; blanks and a small x are forgiven.

    With ``context.today`` a birth date after it is refused. Raises ``CodeError``.
    """
    code = tidy(LABEL, value)
    need_length(LABEL, code, 18)
    need_digits(LABEL, code, code[:17])
    if code[:2] not in _ISSUING:
        raise LABEL.refuse(code, REGION, found=code[:2])
    birth = _birth(code, context)
    if resident_check(code[:17]) != code[17]:
        raise LABEL.refuse(code, CHECK)
    return ResidentId(code, code[:6], birth, "male" if int(code[16]) % 2 else "female")


def _birth(code: str, context: Context) -> date:
    digits = code[6:14]
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise LABEL.refuse(code, DATE, found=digits) from error
    if birth < _EARLIEST_BIRTH:
        raise LABEL.refuse(code, DATE, found=digits)
    if context.today is not None and birth > context.today:
        raise LABEL.refuse(code, FUTURE)
    return birth


KIND = Kind(LABEL, parse)
is_valid = KIND.is_valid
