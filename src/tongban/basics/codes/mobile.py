"""手机号码: a mainland mobile number, eleven digits from 13 to 19. Called by forms and accounts.

It carries no check digit; only a message sent to it proves anything.
"""

import msgspec

from tongban.basics.codes.errors import Label, Reason
from tongban.basics.codes.kind import STRUCTURE_ONLY, Context, Kind, need_digits, need_length, tidy

LABEL = Label("mobile", "手机号码", "mobile number", personal=True)

PREFIX = Reason(
    "prefix",
    "不是以13至19开头",
    "it does not begin with 13 to 19",
    "请填写中国大陆手机号码，不要填写座机号码",
    "Give a mainland mobile number, not a landline",
)


class Mobile(msgspec.Struct, frozen=True):
    """A mobile number in eleven plain digits."""

    code: str


def parse(value: str, context: Context = STRUCTURE_ONLY) -> Mobile:
    """Read a mobile number; blanks, hyphens and a leading +86 or 0086 are forgiven. Raises ``CodeError``."""
    plain = tidy(LABEL, value, drop=" -")
    for country in ("+86", "0086"):
        plain = plain.removeprefix(country)
    need_digits(LABEL, plain)
    need_length(LABEL, plain, 11)
    if plain[0] != "1" or plain[1] not in "3456789":
        raise LABEL.refuse(plain, PREFIX)
    return Mobile(plain)


KIND = Kind(LABEL, parse)
is_valid = KIND.is_valid
