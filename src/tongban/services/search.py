"""Find a guide by what people type: Chinese substrings and character pairs, with the packs' own synonyms.

Called by the portal's search box and by the API. One index lives in memory and is built anew when a pack
changes the catalogue. Simplified and Traditional characters, full and half width find the same guides.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from tongban.basics.matching import fold, pairs_of
from tongban.services.catalogue import Catalogue, JourneyVersion

Where = Literal["name", "keyword", "item", "text"]
WEIGHTS: dict[Where, int] = {"name": 8, "keyword": 4, "item": 2, "text": 1}
LONGEST = 100
_LEAST_PAIRS = 0.4
_PARTLY = 0.4
# Words of asking, which say nothing about the matter asked for.
_FILLERS = (
    *("怎么办理", "怎么办", "如何办理", "如何", "怎么", "办理", "我想要", "我想", "我要", "申请", "需要", "什么"),
    *("吗", "的", "？", "?", "，", "。"),
)


class Hit(Struct, frozen=True):
    """A journey that fits. ``where`` and ``text`` say what fitted best, ``score`` how well (higher is better)."""

    version: JourneyVersion
    where: Where
    text: str
    score: float


class _Entry(NamedTuple):
    where: Where
    text: str
    folded: str


class SearchIndex:
    """Every active journey of one catalogue, folded for comparison. Immutable once built."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._entries = [(v, tuple(_entries(v))) for _, v in sorted(catalogue.active.items())]

    def search(self, query: str, most: int = 10) -> list[Hit]:
        """The journeys that fit every word of ``query``, best first, at most ``most``; none for a blank query."""
        words = _words(query)
        if not words:
            return []
        hits = [hit for version, entries in self._entries if (hit := _hit(version, entries, words)) is not None]
        return sorted(hits, key=lambda hit: (-hit.score, hit.version.journey.id))[:most]


def _entries(version: JourneyVersion) -> Iterator[_Entry]:
    english = version.strings.get("en", {})
    for where, text in _texts(version):
        yield _Entry(where, text, fold(text))
        if text in english:
            yield _Entry(where, english[text], fold(english[text]))


def _texts(version: JourneyVersion) -> Iterator[tuple[Where, str]]:
    journey = version.journey
    yield "name", journey.name
    yield from (("keyword", word) for word in [*journey.keywords, *([journey.theme] if journey.theme else [])])
    yield from (("item", name) for name in _item_names(version))
    yield from (("text", text) for text in [journey.summary, *journey.notice])
    yield from (("text", material.name) for material in journey.materials)


def _item_names(version: JourneyVersion) -> Iterator[str]:
    for item_id in dict.fromkeys(task.item for task in version.journey.tasks):
        item = version.items[item_id]
        yield item.name
        if item.result:
            yield item.result


def _words(query: str) -> list[str]:
    folded = fold(query[:LONGEST])
    words = folded.split()
    for filler in _FILLERS:
        folded = folded.replace(fold(filler), " ")
    # Who types nothing but words of asking is taken at their word.
    return folded.split() or words


def _hit(version: JourneyVersion, entries: tuple[_Entry, ...], words: list[str]) -> Hit | None:
    total, best, best_score = 0.0, None, 0.0
    for word in words:
        found = max(((WEIGHTS[e.where] * _quality(word, e), e) for e in entries), key=lambda pair: pair[0])
        if found[0] == 0:
            return None
        total += found[0]
        if found[0] > best_score:
            best_score, best = found
    return Hit(version, best.where, best.text, round(total / len(words), 4)) if best else None


def _quality(word: str, entry: _Entry) -> float:
    """How well ``word`` fits: 1 the same, 0.9 contained, 0.8 contains, at most 0.4 by character pairs, 0 not."""
    if word == entry.folded:
        return 1.0
    if word in entry.folded:
        return 0.9
    if entry.where in ("name", "keyword", "item") and len(entry.folded) > 1 and entry.folded in word:
        return 0.8
    pairs = pairs_of(word)
    if not pairs or word.isascii():
        return 0.0
    share = sum(pair in entry.folded for pair in pairs) / len(pairs)
    return share * _PARTLY if share >= _LEAST_PAIRS else 0.0


def highlight(text: str, query: str) -> list[tuple[str, bool]]:
    """``text`` in pieces, each with whether it is part of what was asked for. Joined they are ``text``."""
    marks = _marks(fold(text), query)
    pieces: list[tuple[str, bool]] = []
    for sign, marked in zip(text, marks, strict=True):
        if pieces and pieces[-1][1] == marked:
            pieces[-1] = (pieces[-1][0] + sign, marked)
        else:
            pieces.append((sign, marked))
    return pieces


def _marks(folded: str, query: str) -> list[bool]:
    marks = [False] * len(folded)
    for word in _words(query):
        needles = [word] if word in folded or word.isascii() else pairs_of(word)
        for needle in needles:
            start = folded.find(needle)
            while start >= 0:
                marks[start : start + len(needle)] = [True] * len(needle)
                start = folded.find(needle, start + len(needle))
    return marks


_latest: list[tuple[Catalogue, SearchIndex]] = []


def index_of(catalogue: Catalogue) -> SearchIndex:
    """The index of ``catalogue``: built once, and again when another catalogue takes its place."""
    if not _latest or _latest[0][0] is not catalogue:
        _latest[:] = [(catalogue, SearchIndex(catalogue))]
    return _latest[0][1]
