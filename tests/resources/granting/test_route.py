"""The way of a line follows from sharing type, highest grade and the rules of the day: a table, no database."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from tongban.resources.definitions import Resource, ResourceField
from tongban.resources.granting.definitions import HeadRule, Line, MaskRule, RequestStep, SharingWay
from tongban.resources.granting.route import Offer, default_masks, masks_of, route
from tongban.resources.masks.definitions import Mask

START, END = dt.date(2025, 8, 1), dt.date(2026, 12, 31)
TODAY = dt.date(2026, 3, 2)
STEP = RequestStep("步骤")
HASH, NAME = Mask("hash"), Mask("partial", "name")
WAY = SharingWay(
    "w", "办法", "依据", STEP, STEP, STEP,
    head=[HeadRule(since=START, until=END, basis="负责人", grades=["L4"], importance=["core"])],
    masks=[
        MaskRule(since=START, basis="脱敏", grades=["L3"], fields=["*_name", "name"], mask=NAME),
        MaskRule(since=START, until=END, basis="脱敏", grades=["L3"], mask=HASH),
    ],
)  # fmt: skip
FIELDS = [
    ResourceField("id", "号", key=True),
    ResourceField("spouse_name", "姓名", grade="L3"),
    ResourceField("weight", "体重", "integer", grade="L3"),
    ResourceField("illness", "病", grade="L4"),
    ResourceField("route", "线路", grade="L1", importance="core"),
]


def offer(published: bool = True, **changes: Any) -> Offer:
    return Offer(msgspec.structs.replace(Resource("r", "资源", "p", FIELDS, condition="仅供"), **changes), published)


def line(*fields: str, **changes: Any) -> Line:
    return msgspec.structs.replace(Line("r", list(fields), "用途说明", "法律依据", 30), **changes)


@pytest.mark.parametrize(
    ("asked", "offered", "kind", "limit", "head"),
    [
        (line("id"), offer(sharing="unconditional"), "automatic", "sharing-check", False),
        (line("spouse_name"), offer(sharing="unconditional"), "automatic", "sharing-check", False),
        (line("id"), offer(), "provider", "sharing-answer", False),
        (line("id"), offer(False), "provider", "sharing-answer-unpublished", False),
        # weaker masks than usual, lists, a grade for the head: somebody decides
        (
            line("spouse_name", masks={"spouse_name": Mask("keep")}),
            offer(sharing="unconditional"),
            "provider",
            "sharing-answer",
            False,
        ),
        (line("id", lists=True), offer(sharing="unconditional"), "provider", "sharing-answer", False),
        (line("id", "illness"), offer(sharing="unconditional"), "provider", "sharing-answer", True),
        (line("route"), offer(), "provider", "sharing-answer", True),
        # a row condition tells of what it reads
        (line("id", rows="illness IS NOT NULL"), offer(), "provider", "sharing-answer", True),
    ],
)
def test_the_way(asked: Line, offered: Offer, kind: str, limit: str, head: bool) -> None:
    found = route(asked, offered, WAY, TODAY)
    assert (found.kind, found.limit, found.head) == (kind, limit, head)


def test_what_is_not_shared_is_refused_with_its_law() -> None:
    found = route(line("id"), offer(sharing="not_shared", basis="统计法 第十一条"), WAY, TODAY)
    assert (found.kind, found.law) == ("refused", "统计法 第十一条")


@pytest.mark.parametrize(
    ("day", "masks", "head"),
    [
        (START - dt.timedelta(days=1), {}, False),
        (START, {"spouse_name": NAME, "weight": HASH}, True),
        (END, {"spouse_name": NAME, "weight": HASH}, True),
        (END + dt.timedelta(days=1), {"spouse_name": NAME}, False),
    ],
)
def test_rules_hold_from_their_first_to_their_last_day(day: dt.date, masks: dict[str, Mask], head: bool) -> None:
    fields = [field.id for field in FIELDS]
    assert default_masks(offer().resource, fields, WAY, day) == masks
    assert route(line("illness"), offer(), WAY, day).head is head


def test_what_is_asked_in_clear_is_not_masked_and_what_is_not_asked_has_no_mask() -> None:
    asked = line("spouse_name", masks={"spouse_name": Mask("keep"), "weight": HASH})
    assert masks_of(asked, offer().resource, WAY, TODAY) == {}
    assert masks_of(line("weight"), offer().resource, WAY, TODAY) == {"weight": HASH}
