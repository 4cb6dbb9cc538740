"""Patterns that take what people send are slow for nobody: every pattern of the platform, on long bait.

The bait is made for each pattern from its own characters, repeated and ended wrongly, which is what makes a pattern go
back and forth. A pattern runs in a process of its own, because nothing else can stop one.
"""

import importlib
import pkgutil
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tongban
from tongban.services.definitions import Field, Form

LENGTH = 20_000
SECONDS = 1.0
SOURCES = "\n".join(file.read_text("utf-8") for file in Path(tongban.__path__[0]).rglob("*.py"))
NOT_TYPED = {"tongban.basics.rules.duckdb", "tongban.basics.rules.spark"}
"""Modules whose patterns read nothing but what the platform itself wrote."""


def _patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every compiled pattern of the platform."""
    for module in pkgutil.walk_packages(tongban.__path__, "tongban."):
        if module.name.endswith("__main__") or module.name in NOT_TYPED:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            found = [value] if isinstance(value, re.Pattern) else []
            found += [one for one in value if isinstance(one, re.Pattern)] if isinstance(value, tuple | list) else []
            yield from ((f"{module.name}.{name}", one) for one in found)


def _bait(pattern: str) -> list[str]:
    """Texts that make a careless pattern go back and forth."""
    signs = sorted(set(re.sub(r"\\[a-zA-Z]|[\\^$.|?*+()\[\]{}]", "", pattern)))[:6]
    units = [*signs, "a", "0", " ", "\t", "中", "/", "a0", "a.", "-a", "--", "../", "<", "{", "'", "\n", "a ", "%41"]
    return [unit * (LENGTH // len(unit)) + end for unit in units for end in ("", "!", "\x00")]


def _slow(signum: int, frame: Any) -> None:
    raise TimeoutError


def _ways(name: str) -> set[str]:
    """How the platform asks the pattern; what goes through a text anywhere goes through it as a search does."""
    used = set(re.findall(rf"\b{name.rsplit('.', 1)[1]}\.(\w+)\(", SOURCES))
    return used & {"match", "fullmatch"} | ({"search"} if used - {"match", "fullmatch"} or not used else set())


def _times(name: str, pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    """What takes longer than it may."""
    ways = sorted(_ways(name))
    for bait in _bait(pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")):
        text: Any = bait if isinstance(pattern.pattern, str) else bait.encode()
        for way in ways:
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            try:
                getattr(pattern, way)(text)
            except TimeoutError:
                yield way, repr(bait[:8])
                return
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.mark.long
def test_no_pattern_of_the_platform_is_slow_on_long_bait() -> None:
    before = signal.signal(signal.SIGALRM, _slow)
    try:
        found = dict(_patterns())
        assert len(found) > 60
        assert {name: slow for name, one in found.items() if (slow := list(_times(name, one)))} == {}
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_pack_declares_no_pattern_of_its_own() -> None:
    """Fields have kinds, rules are SQL conditions: nobody installs a pattern with a pack."""
    assert not [name for name in (*Field.__struct_fields__, *Form.__struct_fields__) if "pattern" in name]
    with pytest.raises(msgspec.ValidationError, match="pattern"):
        msgspec.convert({"id": "x", "label": "x", "kind": "text", "pattern": "^(a+)+$"}, Field)
