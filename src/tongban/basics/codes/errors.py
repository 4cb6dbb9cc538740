"""Why a code was refused, in words for people. Raised by every module of this package."""

from typing import Any

import msgspec

from tongban.basics.errors import TongbanError
from tongban.basics.text import mask_id

_LONGEST_SHOWN = 120


class CodeError(TongbanError):
    """A code is not well formed.

    ``data`` holds ``kind``, ``value`` (masked where the code names a person), ``reason`` (a stable word)
    and the problem and its repair in both languages.
    """

    code = "basics.code_invalid"
    status = 422
    zh = "{kind_zh}“{value}”有误：{problem_zh}。{repair_zh}。"
    en = "{kind_en} “{value}”: {problem_en}. {repair_en}."


class Reason(msgspec.Struct, frozen=True):
    """One way to be wrong: a stable word, and templates for the problem and its repair."""

    word: str
    problem_zh: str
    problem_en: str
    repair_zh: str
    repair_en: str


class Label(msgspec.Struct, frozen=True):
    """What a kind of code is called. ``personal`` codes are masked in every message and log."""

    name: str
    zh: str
    en: str
    personal: bool = False

    def refuse(self, value: str, reason: Reason, **details: Any) -> CodeError:
        """The error to raise for ``value``; ``details`` fill the reason's templates."""
        texts = {
            part: getattr(reason, part).format(**details)
            for part in ("problem_zh", "problem_en", "repair_zh", "repair_en")
        }
        return CodeError(
            kind=self.name,
            kind_zh=self.zh,
            kind_en=self.en,
            value=self.shown(value),
            reason=reason.word,
            **texts,
        )

    def shown(self, value: str) -> str:
        """``value`` as it may stand in a message or a log: shortened, and masked if personal."""
        short = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"
        return mask_id(short) if self.personal else short


LENGTH = Reason(
    "length",
    "应为{expected}位，实为{found}位",
    "it should have {expected} characters, and has {found}",
    "请检查是否漏填或多填",
    "See whether a character is missing or added",
)
CHARACTERS = Reason(
    "characters",
    "含有不允许的字符“{found}”",
    "it holds “{found}”, which does not belong there",
    "请只使用{allowed_zh}",
    "Use only {allowed_en}",
)
CHECK = Reason(
    "check",
    "校验码不符",
    "the check character does not fit",
    "请与原件逐位核对，通常是一个字符填错或相邻两个字符颠倒",
    "Compare it with the original: usually one character is wrong or two neighbours are swapped",
)
DATE = Reason(
    "date",
    "其中的日期“{found}”不存在",
    "“{found}” in it is no real date",
    "请核对日期部分",
    "Compare the date part with the original",
)
EMBEDDED = Reason(
    "embedded",
    "其中的{part_zh}“{found}”有误：{inner_zh}",
    "{part_en} “{found}” inside it is wrong: {inner_en}",
    "请核对这一部分",
    "Compare this part with the original",
)
