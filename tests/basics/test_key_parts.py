"""Any two keepers open, one alone learns nothing; what is mistyped is named by its line."""

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.basics.key_parts import Part, PartsUnfit, PartWrong, combine, read_part, split

MASTER = bytes(range(32))


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(2, 5), st.integers(0, 3), st.randoms())
def test_any_of_the_needed_number_open(master: bytes, needed: int, more: int, chance: object) -> None:
    parts = split(master, needed, needed + more)
    chance.shuffle(parts)  # type: ignore[attr-defined]
    assert combine(parts[:needed]) == master
    with pytest.raises(PartsUnfit):
        combine(parts[: needed - 1])


def test_one_part_alone_is_different_in_every_splitting_of_the_same_key() -> None:
    assert len({split(MASTER, 2, 2)[0].secret for _ in range(20)}) == 20


def test_a_printed_part_is_read_back_whatever_stands_around_it() -> None:
    part = split(MASTER, 2, 3)[2]
    typed = "\n".join(
        ["保管人 王芳", "", *(f"   {line.lower().replace(' ', '-')}  " for line in part.lines()), "须知 1. …"]
    )
    assert read_part(typed, "第三片") == part


@given(st.integers(0, 3), st.integers(0, 15), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
@settings(max_examples=60, deadline=None)
def test_one_wrong_letter_is_named_by_its_line(line: int, place: int, letter: str) -> None:
    lines = [text.replace(" ", "") for text in PART.lines()]
    changed = lines[line][:place] + letter + lines[line][place + 1 :]
    if changed != lines[line]:
        with pytest.raises(PartWrong) as refused:
            read_part("\n".join([*lines[:line], changed, *lines[line + 1 :]]), "第一片")
        assert f"第 {line + 1} 行" in refused.value.message("zh-CN")


def test_lines_in_the_wrong_order_and_missing_lines_are_refused() -> None:
    lines = PART.lines()
    for wrong in ([lines[1], lines[0], *lines[2:]], lines[:3]):
        with pytest.raises(PartWrong):
            read_part("\n".join(wrong), "第一片")


def test_parts_of_two_splittings_never_mix() -> None:
    one, two = split(MASTER, 2, 2), split(secrets.token_bytes(32), 2, 2)
    with pytest.raises(PartsUnfit):
        combine([one[0], two[1]])


def test_the_same_part_twice_is_one_part() -> None:
    with pytest.raises(PartsUnfit):
        combine([PART, PART])


@pytest.mark.parametrize(("needed", "count"), [(1, 2), (3, 2), (2, 17)])
def test_a_splitting_that_makes_no_sense_is_refused(needed: int, count: int) -> None:
    with pytest.raises(PartsUnfit):
        split(MASTER, needed, count)


PART: Part = split(MASTER, 2, 2)[0]
