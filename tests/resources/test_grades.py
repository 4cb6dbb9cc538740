"""The grade of a whole is the highest of its parts."""

from hypothesis import given
from hypothesis import strategies as st

from tongban.resources.definitions import ResourceField
from tongban.resources.grades import GRADES, IMPORTANCE, Grading, highest

fields = st.lists(
    st.builds(
        ResourceField,
        id=st.just("x"),
        label=st.just("x"),
        grade=st.sampled_from(GRADES),
        importance=st.sampled_from(IMPORTANCE),
    ),
    max_size=6,
)


@given(fields, fields)
def test_more_data_is_never_less_sensitive(some: list[ResourceField], more: list[ResourceField]) -> None:
    if some:
        whole = highest([*some, *more])
        part = highest(some)
        assert part.within(whole.grade, whole.importance)


@given(fields)
def test_no_part_is_above_the_whole(some: list[ResourceField]) -> None:
    whole = highest(some)
    assert all(highest([one]).within(whole.grade, whole.importance) for one in some)


def test_of_nothing_known_the_strictest_is_taken() -> None:
    assert highest([]) == Grading("L4", "core")


def test_important_data_is_not_within_general_whatever_its_level() -> None:
    one = highest([ResourceField("x", "x", grade="L1", importance="important")])
    assert not one.within("L4") and one.within("L1", "important")
