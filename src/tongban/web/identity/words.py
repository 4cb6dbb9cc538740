"""Scopes in the reader's language. Called by the pages on which people agree, look and take back, and by the desk."""

from tongban.basics.text import to_traditional
from tongban.parties.applications.scopes import INSTITUTIONAL, PERSONAL
from tongban.web.language import Words


def scope_words(name: str, words: Words) -> str:
    """What ``name`` lets an application have."""
    scope = {**PERSONAL, **INSTITUTIONAL}.get(name)
    if scope is None:
        return name
    if words.language == "en":
        return scope.en
    return to_traditional(scope.zh) if words.language == "zh-Hant" else scope.zh
