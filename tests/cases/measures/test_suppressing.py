"""No number that is shown, nor any that can be worked out from shown ones, tells of fewer than five cases."""

from hypothesis import given
from hypothesis import strategies as st

from tongban.cases.measures.suppressing import LEAST, enough, keep_common

groups = st.lists(st.integers(1, 40), max_size=12).map(lambda sizes: [(str(n), one) for n, one in enumerate(sizes)])


@given(groups)
def test_what_is_shown_and_what_is_left_are_each_large_enough_or_nothing(sizes: list[tuple[str, int]]) -> None:
    shown, others = keep_common(sizes)
    assert all(enough(cases) for _, cases in shown)
    assert others == 0 or others >= LEAST
    total = sum(cases for _, cases in sizes)
    assert sum(cases for _, cases in shown) + others in (total, 0)
    assert [cases for _, cases in shown] == sorted((cases for _, cases in shown), reverse=True)
    assert set(shown) <= set(sizes)


@given(groups)
def test_nothing_common_is_hidden_without_need(sizes: list[tuple[str, int]]) -> None:
    rare = sum(cases for _, cases in sizes if cases < LEAST)
    shown, _ = keep_common(sizes)
    if rare == 0 or rare >= LEAST:
        assert set(shown) == {group for group in sizes if enough(group[1])}


def test_a_few_rare_cases_take_the_smallest_common_way_with_them() -> None:
    assert keep_common([("a", 9), ("b", 6), ("c", 2)]) == ([("a", 9)], 8)
    assert keep_common([("a", 9), ("c", 4), ("d", 1)]) == ([("a", 9)], 5)
    assert keep_common([("a", 4)]) == ([], 0)
    assert keep_common([]) == ([], 0)
