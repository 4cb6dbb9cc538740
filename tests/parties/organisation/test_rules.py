"""What was so at a moment, the tree, and the directory in memory: pure, without a database."""

import datetime as dt
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from tongban.parties.definitions import Department, Region
from tongban.parties.directory import Directory
from tongban.parties.models import Actor, Post
from tongban.parties.organisation.models import Holding, Unit
from tongban.parties.organisation.overlay import overlay
from tongban.parties.organisation.rules import department_of, held_at, name_at, parent_fault, tree

REGION = "330103"
DAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def unit(name: str, since: int = 0, until: int | None = None, **more: object) -> Unit:
    """A unit called ``name`` from a day on."""
    ends = None if until is None else DAY + dt.timedelta(days=until)
    plain: dict[str, object] = {"kind": "department", "id": "police", **more}
    return Unit(REGION, since=DAY + dt.timedelta(days=since), until=ends, name=name, short=name, **plain)  # type: ignore


@given(st.lists(st.integers(0, 400), min_size=1, max_size=8, unique=True), st.integers(-50, 500))
def test_a_unit_has_one_name_at_every_moment(days: list[int], asked: int) -> None:
    starts = sorted(days)
    ends = [*starts[1:], None]
    versions = [unit(f"name {since}", since, until) for since, until in zip(starts, ends, strict=True)]
    begun = [since for since in starts if since <= asked]
    expected = f"name {begun[-1] if begun else starts[0]}"
    assert name_at(list(reversed(versions)), DAY + dt.timedelta(days=asked)) == expected


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh"), max_size=8))
def test_no_unit_is_lost_from_a_tree_and_no_circle_is_let_in(parents: dict[str, str]) -> None:
    units: dict[str, Unit] = {}
    for name in "abcdefgh":
        parent = parents.get(name)
        above = parent if parent in units else None
        assert parent_fault(units, name, above) is None
        units[name] = unit(name, id=name, parent=above)
    seen: list[str] = []

    def walk(branches: tuple[object, ...]) -> None:
        for branch in branches:
            seen.append(branch.unit.id)  # type: ignore[attr-defined]
            walk(branch.below)  # type: ignore[attr-defined]

    walk(tree(units.values()))
    assert sorted(seen) == sorted(units)
    for name, one in units.items():
        if one.parent is not None:
            assert parent_fault(units, one.parent, name) is not None  # above itself


def test_an_office_gives_access_where_its_department_does() -> None:
    units = {
        "police": unit("公安分局"),
        "desk": unit("户籍科", id="desk", kind="office", parent="police"),
        "lost": unit("无上级", id="lost", kind="office"),
    }
    assert (department_of(units, "desk"), department_of(units, "police"), department_of(units, "lost")) == (
        "police", "police", None,
    )  # fmt: skip


def test_who_held_it_then_and_not_before_or_after() -> None:
    held = Holding(REGION, uuid4(), uuid4(), "李伟", "police", "handler", DAY, DAY + dt.timedelta(days=3))
    first = Holding(REGION, uuid4(), uuid4(), "何平", "police", "head", None, None, rank=50)
    names = [[one.name for one in held_at([held, first], DAY + dt.timedelta(days=days))] for days in (-1, 0, 2, 3)]
    assert names == [["何平"], ["何平", "李伟"], ["何平", "李伟"], ["何平"]]


def _declared() -> Directory:
    departments = [
        Department("police", "公安分局", "公安", "11330103TB00000019", ["police"]),
        Department("market", "市场监管局", "市监", "11330103TB00000027", ["market"]),
    ]
    return Directory({REGION: Region(REGION, "下城区", [], departments)})


def test_a_directory_that_nobody_changed_is_the_packs_own() -> None:
    declared = _declared()
    assert overlay(declared, [unit("公安分局", by_pack=True)], DAY) is declared


def test_a_merged_department_keeps_its_name_for_what_it_decided_and_its_duty_goes_on_elsewhere() -> None:
    units = [
        unit("公安分局", 0, 10, roles=("police",), successor="market", by_pack=True),
        unit("市场监管局", 0, 10, id="market", roles=("market",), by_pack=True),
        unit("综合监管局", 10, None, id="market", roles=("market", "police"), uscc="11330103TB00000027"),
    ]
    before, after = (overlay(_declared(), units, DAY + dt.timedelta(days=days)) for days in (5, 15))
    assert before.department_for(REGION, "police").id == "police"
    assert (after.department_for(REGION, "police").id, after.department_for(REGION, "police").name) == (
        "market", "综合监管局",
    )  # fmt: skip
    assert after.name_at(REGION, "police", DAY + dt.timedelta(days=5)) == "公安分局"
    assert after.name_at(REGION, "market", DAY + dt.timedelta(days=5)) == "市场监管局"
    assert after.name_at(REGION, "market", DAY + dt.timedelta(days=15)) == "综合监管局"


def test_whoever_has_a_post_of_their_own_stands_in_for_nobody() -> None:
    own, lent = Post(REGION, "police", "handler"), Post(REGION, "police", "head", substitute_for=uuid4())
    actor = Actor(uuid4(), "x", uuid4(), "某人", b"", b"", (own, lent))
    assert actor.standing_in(REGION, "police", "handler", "head") is None
    assert actor.standing_in(REGION, "police", "head") is lent
    assert actor.departments(REGION) == ["police"]
