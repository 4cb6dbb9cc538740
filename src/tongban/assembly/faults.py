"""A fault of a pack: where it stands, what was found there, and how to repair it.

Every reader and check of ``tongban.assembly`` returns faults and none raises one, so that a pack's author
sees all of them at once. ``cli/pack.py`` prints them; ``assembly.errors.PackRefused`` carries them.
"""

import difflib
from collections.abc import Iterable

from msgspec import Struct

from tongban.assembly.sentences import SENTENCES

SHOWN = 80


class Fault(Struct, frozen=True, order=True):
    """One thing wrong in a pack.

    ``file`` is relative to the pack's folder, ``line`` counts from 1 (0: the file as a whole), ``key`` is the
    path inside the file (``tasks[2].after[0]``), ``found`` the value there. ``code`` is a key of
    ``SENTENCES``; ``data`` holds what else its sentences need, the repair included.
    """

    file: str
    line: int
    key: str
    code: str
    found: str = ""
    data: tuple[tuple[str, str], ...] = ()

    @property
    def warning(self) -> bool:
        """Whether the pack may be installed all the same."""
        return self.code in WARNINGS

    def message(self, language: str = "zh-CN") -> str:
        """What is wrong, in ``zh-CN`` or ``en``."""
        return self._say(2 if language.startswith("en") else 0)

    def repair(self, language: str = "zh-CN") -> str:
        """What to change, in ``zh-CN`` or ``en``."""
        return self._say(3 if language.startswith("en") else 1)

    def _say(self, column: int) -> str:
        return SENTENCES[self.code][column].format(found=self.found, key=self.key, **dict(self.data))


WARNINGS = frozenset({"pack.translation_unused"})


def fault(file: str, line: int, key: str, code: str, found: object = "", **data: object) -> Fault:
    """A ``Fault`` with ``found`` and ``data`` as short text."""
    return Fault(file, line, key, code, shorten(found), tuple((k, str(v)) for k, v in data.items()))


def shorten(value: object) -> str:
    """``value`` on one line of at most ``SHOWN`` characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def near(word: str, known: Iterable[str]) -> tuple[str, str]:
    """A repair in Chinese and English: the nearest of ``known``, or the list of them."""
    names = sorted(set(known))
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"是不是“{close[0]}”？", f"Did you mean “{close[0]}”?"
    if not names:
        return "这里还没有声明任何可用的名称。", "Nothing with such a name is declared."
    listed = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    return f"可用的有：{listed}", f"Known here: {listed}"
