"""How texts are compared when people search: folded, and by pairs of characters, as Chinese needs no spaces.

Called by the search over guides and by the catalogue of data. Simplified and Traditional characters, full and half
width, capitals and small letters compare as the same.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from tongban.basics.text import to_traditional

_RUNS = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")


@cache
def _fold_one(sign: str) -> str:
    plain = unicodedata.normalize("NFKC", sign).lower()
    # Character by character, so that a position in the folded text is the same position in the text.
    return to_traditional(plain) if len(plain) == 1 else sign


def fold(text: str) -> str:
    """``text`` as it is compared: half width, lower case, Traditional characters; always of the same length."""
    return "".join(map(_fold_one, text))


def pairs_of(word: str) -> list[str]:
    """The pairs of neighbouring characters of ``word``, in order."""
    return [word[i : i + 2] for i in range(len(word) - 1)]


def grams(texts: Iterable[str]) -> list[str]:
    """Everything by which ``texts`` can be found: single characters and pairs of each run, sorted, once each."""
    runs = {run for text in texts for run in _RUNS.findall(fold(text))}
    return sorted({gram for run in runs for gram in (*run, *pairs_of(run))})


def asked_grams(query: str) -> list[str]:
    """What of ``query`` must be found: the pairs of each run, the character itself where a run has only one."""
    runs = dict.fromkeys(_RUNS.findall(fold(query)))
    return list(dict.fromkeys(gram for run in runs for gram in (pairs_of(run) or [run])))


def likeness(one: str, two: str) -> float:
    """How much two texts agree, from 0 to 1: Dice's coefficient over their pairs of characters."""
    first, second = set(asked_grams(one)), set(asked_grams(two))
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0
