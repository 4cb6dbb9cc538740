"""Baskets, their lines and answers as they are stored and shown."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tongban.resources.granting.definitions import Days, Line, Quota
from tongban.resources.masks.definitions import Mask

LineState = Literal["draft", "asked", "granted", "narrowed", "refused"]
Reasons = Annotated[str, Meta(max_length=2000, pattern=r"^[^\u0000]*$")]


class LineAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What the provider says to one line. ``narrow`` gives less: fields, further rows, masks, records a day, days,
    no lists; None leaves a part as asked."""

    verdict: Literal["grant", "narrow", "refuse"]
    reasons: Reasons = ""
    fields: list[str] | None = None
    rows: str | None = None
    masks: dict[str, Mask] = {}
    quota: Quota | None = None
    days: Days | None = None
    lists: bool | None = None


class BasketLine(Struct, frozen=True):
    """One resource of a basket. ``masks`` of ``asked`` are those that will be put on, the usual ones included once it
    was sent; ``request`` the case at the provider; ``renews`` the grant that it follows."""

    region: str
    basket: UUID
    id: UUID
    resource: str
    provider: str
    asked: Line
    renews: UUID | None
    state: LineState
    request: UUID | None
    answer: LineAnswer | None
    reasons: str | None
    grant_id: UUID | None
    decided_at: dt.datetime | None


class Basket(Struct, frozen=True):
    """What a department asks for together. ``account``: the official who put it together."""

    region: str
    id: UUID
    consumer: str
    account: UUID
    title: str
    theme: str | None
    state: Literal["draft", "sent", "closed"]
    made_at: dt.datetime
    sent_at: dt.datetime | None
    closed_at: dt.datetime | None


def line_of(row: Any) -> BasketLine:
    """A row of ``basket_lines``."""
    columns = row._asdict()
    asked, answer = msgspec.convert(columns["asked"], Line), columns["answer"]
    return BasketLine(**{**columns, "asked": asked, "answer": answer and msgspec.convert(answer, LineAnswer)})


def basket_of(row: Any) -> Basket:
    """A row of ``baskets``."""
    return Basket(**{name: getattr(row, name) for name in Basket.__struct_fields__})
