"""Headers that every answer carries, whoever made it. Added in one place, on copies.

The policy allows no inline script and no inline style: drawings use attributes and the style sheet.
"""

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_ALWAYS: Headers = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"geolocation=(), microphone=(), payment=()"),
]
# Browsers take these two from https alone, and complain of them elsewhere.
_SECURE: Headers = [
    (b"strict-transport-security", b"max-age=31536000"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def secured(headers: Iterable[tuple[bytes, bytes]], *, https: bool, cache: bytes) -> Headers:
    """``headers`` copied, with the security headers; ``cache`` is the Cache-Control where none is said."""
    given = [(name.lower(), value) for name, value in headers]
    names = {name for name, _ in given}
    wanted = [*_ALWAYS, (b"cache-control", cache), *(_SECURE if https else [])]
    return given + [pair for pair in wanted if pair[0] not in names]
