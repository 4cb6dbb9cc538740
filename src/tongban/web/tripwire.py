"""Whether a request looks like an attack: noted for those who watch, never refused, because people type anything.

What keeps attacks out stands elsewhere (parameters of statements, escaping, types, tokens); this only lets an
operator see that somebody tries. Cheap on purpose: plain searches for a few marks first, a pattern only where one is
found. Every pattern takes time in proportion to the text. Called by the front door for what the application answers.
"""

import re
from collections.abc import Collection
from urllib.parse import unquote_to_bytes

MOST = 65_536
"""Bytes of a body that are looked at."""
_FORM = b"application/x-www-form-urlencoded"
_TEXTS = (_FORM, b"application/json", b"multipart/form-data", b"text/", b"application/xml")

_MARKS: tuple[tuple[bytes, re.Pattern[bytes] | None], ...] = (
    (b"union", re.compile(rb"union[\s/*+]{1,20}(?:all[\s/*+]{1,20})?select")),
    (b"select", re.compile(rb"[;('][\s+]{0,5}select[\s+(]|select[\s+]{1,5}(?:pg_|version\(|\*[\s+]{1,5}from)")),
    (b"pg_sleep", None),
    (b"drop ", re.compile(rb";\s{0,5}drop\s{1,5}(?:table|schema|database|role)")),
    (b"' or ", re.compile(rb"' or [\w'\"(]{1,20}\s{0,3}(?:=|is\b|--)")),
    (b"'--", re.compile(rb"'--(?:[\s\"&]|$)")),
    (b"copy ", re.compile(rb"copy [\w\"(]{1,40} (?:from|to) ?(?:program|')")),
    (b"{{", re.compile(rb"\{\{[\w\s.+*'\"()\[\]|/-]{1,60}\}\}")),
    (b"{%", re.compile(rb"\{%[\w\s.+*'\"()\[\]|/=-]{1,60}%\}")),
    (b"${", re.compile(rb"\$\{[\w\s.:+*'\"()\[\]|/-]{1,60}\}")),
    (b"<%", re.compile(rb"<%[=\w\s.+*'\"()-]{1,60}%>")),
    (b"#{", re.compile(rb"#\{[\w\s.+*'\"()-]{1,60}\}")),
    (b"<script", None),
    (b"<svg", re.compile(rb"<svg[\s/>]")),
    (b"<img", re.compile(rb"<img[\s/]")),
    (b"<iframe", None),
    (b"javascript:", None),
    (b"<!doctype", re.compile(rb"<!doctype[^>\[]{0,60}\[")),
    (b"<!entity", None),
    (b"!!python", None),
    (b"../", re.compile(rb"(?:^|[/=\\\"\n])(?:\.\./){1,}")),
    (b"..\\", None),
    (b"/etc/passwd", None),
    (b"=cmd|", None),
    (b"=hyperlink(", None),
    (b"@sum(", None),
)
_SELF = (b"user-agent", b"referer", b"accept-language", b"content-type", b"origin", b"host", b"cookie")
_ONCE = (b"host", b"authorization", b"content-length")
_SIGNS = (b"%3c", b"%7b", b"%27", b"%5c", b"%2f", b"%3d", b"%3a", b"%21", b"%3b")
_ESCAPED = (*_SIGNS, b";", b"'", b"<", b"{", b"../", b"union", b"pg_s")
"""What at least one of stands in an escaped form that holds a mark, so that most forms need not be unescaped."""
_OVERRIDES = (b"x-original-url", b"x-rewrite-url", b"x-http-method-override")
_BREAKS = (b"\r", b"\n", b"\x00", b"\x1b", b"%00", b"%0d", b"%0a", b"%e5%98%8d%e5%98%8a")
_IN_ADDRESSES = (*_BREAKS, b"%2e%2e", b"%252e", b"\\")


def in_address(path: bytes, query: bytes) -> bool:
    """Whether an address looks like an attack. ``path`` as it was sent, still escaped."""
    sent = (path + b"?" + query).lower()
    if any(mark in sent for mark in _IN_ADDRESSES):
        return True
    return _found(unquote_to_bytes(sent.replace(b"+", b" ")) if b"%" in sent else sent)


def in_headers(headers: Collection[tuple[bytes, bytes]]) -> bool:
    """Whether what a client says of itself looks like an attack, or tries to be read as another request."""
    names = [name for name, _ in headers]
    if any(name in _OVERRIDES for name in names) or any(names.count(name) > 1 for name in _ONCE):
        return True
    said = b"\n".join([value for name, value in headers if name in _SELF]).lower()
    return b"\x1b" in said or _found(said)


def is_text(content_type: bytes) -> bool:
    """Whether a body of this type is worth looking at."""
    return content_type.lower().startswith(_TEXTS)


def in_body(content_type: bytes, body: bytes) -> bool:
    """Whether a body looks like an attack; only its first ``MOST`` bytes are looked at."""
    sent = body[:MOST].lower()
    if content_type.lower().startswith(_FORM):
        if not any(mark in sent for mark in _ESCAPED):
            return False
        sent = unquote_to_bytes(sent.replace(b"+", b" "))
    return _found(sent)


def _found(text: bytes) -> bool:
    return any(mark in text and (pattern is None or pattern.search(text)) for mark, pattern in _MARKS)
