"""Text in the reader's language, and what of a person's data may be shown.

The base text is always Simplified Chinese. English comes from translations that packs and screens supply;
Traditional Chinese is generated. Called by packs, pages, messages and licences.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from opencc import OpenCC  # type: ignore[import-untyped,unused-ignore]

Text: TypeAlias = str
"""A sentence or name in Simplified Chinese, the key to its translations."""

Language = Literal["zh-CN", "en", "zh-Hant"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
BASE: Language = "zh-CN"

_LONGEST_HEADER = 500
_PRIMARY: dict[str, Language] = {"zh": BASE, "en": "en", "*": BASE}
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


class Translations:
    """English for Chinese base texts. Frozen once made."""

    def __init__(self, english: Mapping[Text, str]) -> None:
        """``english`` maps each base text to its English."""
        self._english = MappingProxyType(dict(english))

    def translate(self, text: Text, language: Language) -> str:
        """``text`` in ``language``; where the English is missing the base text stands, never nothing."""
        if language == "en":
            return self._english.get(text, text)
        return to_traditional(text) if language == "zh-Hant" else text

    def has(self, text: Text) -> bool:
        """Whether ``text`` has an English translation."""
        return text in self._english

    def joined(self, other: "Translations") -> "Translations":
        """These translations and ``other``; where both have one, ``other`` is used."""
        return Translations({**self._english, **other._english})


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    # s2hk changes characters only. s2twp also changes words, and a law's words are not ours to change.
    return OpenCC("s2hk")


@lru_cache(maxsize=4096)
def to_traditional(text: Text) -> str:
    """``text`` in Traditional characters. For interface and pack texts; people's names stay as registered."""
    return str(_converter().convert(text))


def negotiate(accept_language: str | None, choice: str | None = None) -> Language:
    """The language to answer in: the reader's own ``choice``, else the best of the header, else the base.

    ``accept_language`` is an HTTP ``Accept-Language`` value (RFC 9110 section 12.5.4); whatever is malformed
    in it is passed over.
    """
    if choice in LANGUAGES:
        return choice
    ranked = sorted(_weighted((accept_language or "")[:_LONGEST_HEADER]), key=lambda pair: -pair[1])
    return next((language for language, weight in ranked if weight > 0), BASE)


def _weighted(header: str) -> list[tuple[Language, float]]:
    pairs = []
    for entry in header.split(","):
        tag, _, parameter = entry.strip().partition(";")
        language = _nearest(tag.strip().lower())
        if language is not None:
            pairs.append((language, _weight(parameter.strip())))
    return pairs


def _nearest(tag: str) -> Language | None:
    if tag.startswith(_TRADITIONAL):
        return "zh-Hant"
    primary = tag.split("-")[0]
    return _PRIMARY.get(primary)


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        weight = float(parameter.removeprefix("q=").strip())
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0


# Surnames of two characters that are in use; every other Chinese surname is the first character.
_LONG_SURNAMES = frozenset(
    surname
    for line in (
        "欧阳 司马 上官 诸葛 夏侯 东方 皇甫 尉迟 公孙 慕容 长孙 宇文 司徒 司空 令狐 钟离 轩辕 端木 百里",
        "呼延 南宫 独孤 申屠 澹台 濮阳 赫连 闻人 公冶 太史 西门 东郭 万俟 鲜于 闾丘 淳于 单于 仲孙 公羊",
        "拓跋 歐陽 司馬 諸葛 東方 尉遲 公孫 長孫 鍾離 軒轅 南宮 獨孤 濮陽 聞人 東郭",
    )
    for surname in line.split()
)


def mask_name(name: str) -> str:
    """A person's name with the surname kept and a star for every other character: 王*, 欧阳**.

    A given name of one or two characters thus stays apart in length. Each word of a name in letters keeps
    its first letter. A single character is hidden wholly, because it would be the whole name.
    """
    if len(name) < 2:
        return "*" * len(name)
    if name.isascii() or " " in name:
        return " ".join(word[:1] + "*" * (len(word) - 1) for word in name.split())
    kept = 2 if name[:2] in _LONG_SURNAMES and len(name) > 2 else 1
    return name[:kept] + "*" * (len(name) - kept)


def mask_id(number: str, front: int = 3, back: int = 4) -> str:
    """An identity or card number with ``front`` and ``back`` characters kept; a shorter one is all stars."""
    if len(number) <= front + back:
        return "*" * len(number)
    return number[:front] + "*" * (len(number) - front - back) + number[len(number) - back :]


def mask_phone(number: str) -> str:
    """A telephone number with its first three and last four digits kept: 138****5678."""
    return mask_id(number, 3, 4)
