"""Every text that a page says has an English translation, and no translation is left over."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from jinja2 import nodes

import tongban.web
from tongban.basics.text import to_traditional
from tongban.web.language import Words, screen_strings
from tongban.web.pages import TEMPLATES, environment

WEB = Path(tongban.web.__file__).parent


def said_in_templates() -> Iterator[str]:
    """The literal of every ``_`` call of every template; what is no literal there is marked where it stands."""
    for file in sorted(TEMPLATES.rglob("*.html")):
        tree = environment().parse(file.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                literal = call.args[0] if call.args else None
                if isinstance(literal, nodes.Const):
                    yield literal.value


def said_in_python() -> Iterator[str]:
    """The literal of every ``….say("…")`` and ``mark("…")``."""
    for file in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            if getattr(node.func, "attr", getattr(node.func, "id", "")) in ("say", "mark"):
                yield str(node.args[0].value)


def said() -> set[str]:
    return {*said_in_templates(), *said_in_python()}


def names_in(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_text_has_an_english_translation() -> None:
    assert sorted(said() - screen_strings().keys()) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(screen_strings().keys() - said()) == []


def test_translations_fill_in_the_same_values() -> None:
    wrong = [
        text
        for text, entry in screen_strings().items()
        for english in ([entry] if isinstance(entry, str) else entry.values())
        if names_in(text) != names_in(english)
    ]
    assert wrong == []


def test_english_follows_the_count() -> None:
    english = Words("en")
    assert [english.workdays(n) for n in (0, 1, 2)] == ["0 working days", "1 working day", "2 working days"]


def test_names_stay_as_registered_in_traditional_sentences() -> None:
    traditional = Words("zh-Hant")
    assert traditional.say("来自{source}", source="范云") == to_traditional("来自") + "范云"
    assert traditional.pack("出生登记") == "出生登記"


def test_a_pack_text_without_english_stands_in_chinese() -> None:
    assert Words("en", {"出生登记": "Birth registration"}).pack("出生登记") == "Birth registration"
    assert Words("en").pack("出生登记") == "出生登记"
