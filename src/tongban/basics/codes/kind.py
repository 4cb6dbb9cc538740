"""The face that every kind of code shares, so that who knows one module of this package knows all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

import msgspec

from tongban.basics.codes.errors import CHARACTERS, LENGTH, CodeError, Label

DIGITS = "0123456789"
ALPHANUMERIC = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_LONGEST_READ = 200
_WIDE_TO_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


class Context(msgspec.Struct, frozen=True):
    """What the reader knows beyond the code itself. Every part may be left out.

    ``today`` refuses dates that lie ahead of it. ``divisions`` maps division codes to names and refuses
    codes that it does not hold. ``succeeded`` maps codes of divisions that are no more to the code that
    answers for them now.
    """

    today: date | None = None
    divisions: Mapping[str, str] | None = None
    succeeded: Mapping[str, str] = {}


STRUCTURE_ONLY = Context()


class Parsed(Protocol):
    """A code that was read: its canonical spelling, and whatever parts its kind has."""

    @property
    def code(self) -> str:
        """The canonical spelling, the one to store and compare."""
        ...


P = TypeVar("P", bound=Parsed, covariant=True)


@dataclass(frozen=True)
class Kind(Generic[P]):
    """One kind of code: what it is called and how it is read."""

    label: Label
    reader: Callable[[str, Context], P]

    def parse(self, value: str, context: Context = STRUCTURE_ONLY) -> P:
        """The parts of ``value``, in canonical spelling. Raises ``CodeError`` with the reason and repair."""
        return self.reader(value, context)

    def fault(self, value: str, context: Context = STRUCTURE_ONLY) -> CodeError | None:
        """Why ``value`` is refused, or nothing when it is valid."""
        try:
            self.reader(value, context)
        except CodeError as fault:
            return fault
        return None

    def is_valid(self, value: str, context: Context = STRUCTURE_ONLY) -> bool:
        """Whether ``value`` is valid."""
        return self.fault(value, context) is None


def tidy(label: Label, value: str, drop: str = " ") -> str:
    """``value`` in ASCII capitals, without surrounding blanks and the characters in ``drop``.

    Full-width letters and digits, as Chinese keyboards produce them, become their plain forms.
    Raises ``CodeError`` for texts far too long to be a code, before any work is spent on them.
    """
    if len(value) > _LONGEST_READ:
        raise label.refuse(value, LENGTH, expected=f"1–{_LONGEST_READ}", found=len(value))
    plain = value.translate(_WIDE_TO_ASCII).strip()
    for sign in drop:
        plain = plain.replace(sign, "")
    # Nearly every code is ASCII: one call instead of one a character, on the way of every submission.
    return plain.upper() if plain.isascii() else "".join(map(_upper, plain))


def _upper(sign: str) -> str:
    # str.upper would turn some signs outside ASCII into letters that nobody typed.
    return sign.upper() if sign.isascii() else sign


def need_length(label: Label, value: str, *lengths: int) -> None:
    """Raise ``CodeError`` unless ``value`` has one of ``lengths``."""
    if len(value) not in lengths:
        raise label.refuse(value, LENGTH, expected="/".join(map(str, lengths)), found=len(value))


def need_alphabet(label: Label, value: str, alphabet: str, zh: str, en: str, part: str | None = None) -> None:
    """Raise ``CodeError`` unless ``part`` (else all of ``value``) is in ``alphabet``; zh and en name it."""
    for sign in value if part is None else part:
        if sign not in alphabet:
            raise label.refuse(value, CHARACTERS, found=sign, allowed_zh=zh, allowed_en=en)


def need_digits(label: Label, value: str, part: str | None = None) -> None:
    """Raise ``CodeError`` unless all of ``part`` (or all of ``value``) is decimal digits."""
    need_alphabet(label, value, DIGITS, "数字", "digits", part)
