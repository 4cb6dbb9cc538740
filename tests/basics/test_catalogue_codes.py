"""Catalogue codes: what they say, and why a wrong one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.codes import catalogue
from tongban.basics.codes.errors import CodeError

details = st.sampled_from(["", "01", "0203", "040506"])


@given(st.sampled_from("123"), st.integers(0, 99), st.integers(0, 999), details, st.integers(1, 999_999))
def test_a_code_that_was_made_reads_as_its_parts(first: str, item: int, group: int, detail: str, serial: int) -> None:
    made = catalogue.make(f"{first}{item:02d}{group:03d}{detail}", serial)
    read = catalogue.parse(made)
    assert (read.code, read.item, read.group, read.detail) == (made, f"{item:02d}", f"{group:03d}", detail)
    assert (read.serial, read.library) == (serial, catalogue.LIBRARIES[first])


def test_full_width_digits_and_blanks_are_read() -> None:
    assert catalogue.parse(" ３０７００１/０００００１ ".replace("/", "／")).code == "307001/000001"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("307001", "shape"),
        ("407001/000001", "class"),
        ("30701/000001", "length"),
        ("3070011/000001", "length"),
        ("307001/000000", "serial"),
        ("307001/00001", "serial"),
        ("307O01/000001", "characters"),
        ("307001/00000A", "characters"),
    ],
)
def test_a_wrong_code_is_refused_with_its_reason(code: str, reason: str) -> None:
    with pytest.raises(CodeError) as refused:
        catalogue.parse(code)
    assert refused.value.data["reason"] == reason
