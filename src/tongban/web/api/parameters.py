"""Parameters that many calls share, each declared once with what fits it."""

from typing import Annotated
from uuid import UUID

from litestar.params import HeaderParameter, PathParameter, QueryParameter
from msgspec import Meta

from tongban.parties.errors import MayNotActFor
from tongban.parties.models import Actor

REGION = r"^[0-9]{6}$"
# What people type may hold anything but NUL, which the store can not keep.
WITHOUT_NUL = r"^[^\u0000]*$"

Region = Annotated[str, PathParameter(pattern=REGION, description="Six-digit county code.")]
Identifier = Annotated[str, PathParameter(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="As a pack names it.")]
RegionCode = Annotated[str, Meta(pattern=REGION, description="Six-digit county code.", examples=["330103"])]
Line = Annotated[str, Meta(max_length=200, pattern=WITHOUT_NUL)]
Text = Annotated[str, Meta(max_length=4000, pattern=WITHOUT_NUL)]
Cursor = Annotated[
    str | None,
    QueryParameter(name="cursor", max_length=200, description="`next` of the page before; opaque."),
]
Hat = Annotated[
    UUID | None,
    QueryParameter(name="hat", description="Only matters of this one (`owner` of `GET /hats`, or one's own account)."),
]
Key = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=8,
        max_length=100,
        pattern=r"^[!-~]{8,100}$",
        description="Chosen by the caller, new for every new wish, the same when a call is repeated.",
    ),
]


def worn(actor: Actor, hat: UUID | None) -> UUID | None:
    """``hat`` as lists take it. Raises ``MayNotActFor`` for whom ``actor`` may not act now."""
    if hat is not None and hat not in actor.owners:
        raise MayNotActFor(field="hat")
    return hat
