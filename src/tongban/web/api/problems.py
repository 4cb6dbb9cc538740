"""How errors are declared: every answer that a call may give stands in the OpenAPI document."""

from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

_WHEN = {
    400: "The request does not fit; ``errors`` names each field.",
    401: "Sign in first, or again.",
    403: "Not yours to do.",
    404: "There is no such thing, or it is not yours to see.",
    405: "The address does not take this method.",
    409: "It does not fit the present state.",
    410: "It was there, and is over.",
    413: "Too large.",
    415: "The type is not taken.",
    422: "Understood but not acceptable; ``errors`` names each fault and its repair.",
    429: "Too many attempts; see Retry-After.",
    500: "A fault of ours, noted under a reference.",
    503: "Recovering; nothing was half-done.",
}


class ProblemFault(Struct):
    """One fault: the field and what to change."""

    field: str | None = None
    message: str = ""


class Problem(Struct):
    """Problem details (RFC 9457). ``needed``, ``at``: how sure it must be who acts, and the page that leads on."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    errors: list[ProblemFault] = []
    needed: str | None = None
    at: str | None = None


def answers(*statuses: int) -> dict[int, ResponseSpec]:
    """The declarations for ``statuses`` and for what any call may answer."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=_WHEN[status],
            media_type="application/problem+json",
            generate_examples=False,
        )
        for status in sorted({400, 405, 413, 500, 503, *statuses})
    }


def also(status: int, content: type | None, when: str, media_type: str = "application/json") -> dict[int, ResponseSpec]:
    """The declaration of a further answer that is no error; ``content`` None: it has no body."""
    return {
        status: ResponseSpec(data_container=content, description=when, media_type=media_type, generate_examples=False)
    }


SIGNED_IN: dict[str, Any] = {"security": [{"bearer": []}]}
