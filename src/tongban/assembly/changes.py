"""What a new version of a pack would change, as text that people read before they agree.

Things are named by their id rather than by their position, rules are put in words, limits keep their unit.
Called by ``installing``; the pack command prints the lines.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from tongban.assembly.compiling import compile_journey
from tongban.assembly.definitions import Pack
from tongban.basics.errors import TongbanError

KEYS = ("id", "code", "value", "name", "it", "question", "resource", "licence", "account")
RULES = ("when", "rule")
LONGEST = 160

# last keys whose numbers count in a unit: (Simplified Chinese, English)
UNITS: Mapping[str, tuple[str, str]] = {
    "days": ("个工作日", "working days"),
    "valid_days": ("天", "days"),
    "fresh_days": ("天", "days"),
    "trips": ("次", "visits"),
}


class Change(Struct, frozen=True):
    """One difference: ``path`` names the thing and its key; ``before`` or ``after`` is None when it is new or gone.

    ``words_before`` and ``words_after`` explain a rule (Chinese, English).
    """

    path: str
    before: str | None
    after: str | None
    words_before: tuple[str, str] | None = None
    words_after: tuple[str, str] | None = None

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What happens to it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def lines(self, language: str = "zh-CN") -> list[str]:
        """The change as a human diff: ``+`` new, ``-`` gone, both for a changed value."""
        return [
            line
            for sign, value, words in (("-", self.before, self.words_before), ("+", self.after, self.words_after))
            if value is not None
            for line in self._side(sign, value, words, language.startswith("en"))
        ]

    def _side(self, sign: str, value: str, words: tuple[str, str] | None, english: bool) -> Iterator[str]:
        unit = UNITS.get(self.path.rpartition(".")[2])
        yield f"{sign} {self.path}: {value}" + (f" {unit[english]}" if unit and value.isdigit() else "")
        if words is not None:
            yield f"{sign}   = {words[english]}"


def changes(old: Pack | None, new: Pack) -> list[Change]:
    """Everything that differs, in the order of the new version, what is gone at the end."""
    before, after = dict(_flat(old)) if old else {}, dict(_flat(new))
    spoken_before, spoken_after = _spoken(old) if old else {}, _spoken(new)
    found = []
    for path in [*after, *(path for path in before if path not in after)]:
        was, is_now = before.get(path), after.get(path)
        if was != is_now:
            found.append(
                Change(path, was, is_now, _words(path, was, spoken_before), _words(path, is_now, spoken_after))
            )
    return found


def _words(path: str, value: str | None, spoken: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    return spoken.get(value) if value is not None and path.rpartition(".")[2] in RULES else None


def _spoken(pack: Pack) -> dict[str, tuple[str, str]]:
    """Each rule of the pack in words."""
    found: dict[str, tuple[str, str]] = {}
    for journey in pack.journeys:
        try:
            version = compile_journey(pack, journey)
        except (TongbanError, KeyError, StopIteration):
            continue  # names of a required pack: the rule stands in the text as it is written
        found |= {source: (rule.explain("zh-CN"), rule.explain("en")) for source, rule in version.rules.items()}
    return found


def _flat(pack: Pack) -> Iterator[tuple[str, str]]:
    """Every value of the pack with its path, things by id. What equals its default is left out."""
    for room in pack.__struct_fields__:
        yield from _walk(room, _plain(getattr(pack, room)))


def _plain(value: Any) -> Any:
    if isinstance(value, Struct):
        defaults = {f.name: _default(f) for f in msgspec.structs.fields(value)}
        given = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {name: _plain(part) for name, part in given if part != defaults[name]}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def _default(field: Any) -> Any:
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


def _walk(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _walk(f"{path}.{key}", part)
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        for index, part in enumerate(value):
            yield from _walk(f"{path}[{_name(part, index)}]", part)
    elif isinstance(value, list):
        yield path, _short(", ".join(str(part) for part in value))
    else:
        yield path, _short(value)


def _name(part: Any, index: int) -> str:
    key = next((key for key in KEYS if isinstance(part, dict) and part.get(key)), None)
    if not key:
        return str(index + 1)
    # A limit is named with where and since when it holds, because its id alone stands for several.
    return " ".join(str(part[k]) for k in (key, "region", "since") if k in part and (k == key or "since" in part))


def _short(value: Any) -> str:
    text = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)})"
