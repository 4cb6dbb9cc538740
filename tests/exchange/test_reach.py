"""A sketch counts different things roughly, whatever is seen twice and in whatever order; sketches unite."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.resources.exchange.reach import distinct, sketch_of, united


def mark(thing: int) -> tuple[int, int]:
    """Register and rank of a thing, as the statement makes them of a keyed hash."""
    hashed = hashlib.sha256(str(thing).encode()).digest()
    bits = f"{int.from_bytes(hashed[2:6]):032b}"
    return (hashed[0] << 2) | (hashed[1] >> 6), bits.find("1") + 1 or 33


@given(st.lists(st.lists(st.integers(0, 400), max_size=60), max_size=6))
def test_sketches_of_days_unite_to_the_sketch_of_all_days(days: list[list[int]]) -> None:
    whole = sketch_of(mark(thing) for day in days for thing in day)
    assert united(sketch_of(mark(thing) for thing in day) for day in days) == whole
    seen = len({thing for day in days for thing in day})
    assert abs(distinct(whole) - seen) <= 3 + seen * 0.1


@pytest.mark.parametrize("seen", [0, 1, 20, 1_000, 30_000])
def test_the_count_is_within_a_tenth(seen: int) -> None:
    counted = distinct(sketch_of(mark(thing) for thing in range(seen)))
    assert abs(counted - seen) <= seen * 0.1
