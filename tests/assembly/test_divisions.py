"""The division tree finds every spelling of a code, and dated divisions follow their successors."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.assembly.division_errors import UnknownDivision
from tongban.assembly.divisions import Divisions, divisions, short_code
from tongban.parties.definitions import Division

MERGED = dt.date(2021, 4, 8)
XIACHENG = Division(code="330103", name="下城区", level="county", parent="3301", valid_until=MERGED, successor="330105")
CHANGQING = Division(code="330103001", name="长庆街道", level="street", parent="330103", valid_until=MERGED)


@pytest.fixture(scope="module")
def dated() -> Divisions:
    return divisions().with_history([XIACHENG, CHANGQING])


@pytest.mark.parametrize("code", ["33", "330000", "330000000", "330000000000"])
def test_every_spelling_of_a_province_is_found(code: str) -> None:
    assert divisions().name(code) == "浙江省"


@pytest.mark.parametrize(
    ("code", "full"),
    [
        ("330105", "浙江省杭州市拱墅区"),
        ("110101001", "北京市东城区东华门街道"),
        ("110101001001", "北京市东城区东华门街道多福巷社区居委会"),
        ("710000", "台湾省"),
    ],
)
def test_full_names_leave_out_fillers(code: str, full: str) -> None:
    assert divisions().full_name(code) == full


def test_a_street_of_a_city_without_counties_lies_in_the_city() -> None:
    street = divisions().children("441900")[0]
    assert len(street) == 9 and divisions().parent(street) == "4419"


def test_the_tree_has_all_levels() -> None:
    lengths = [sum(1 for code in divisions() if len(code) == end) for end in (2, 4, 6, 9)]
    assert lengths[0] == 34 and lengths[1] > 300 and lengths[2] > 2800 and lengths[3] > 40000


def test_a_merged_district_is_unknown_until_a_pack_declares_it(dated: Divisions) -> None:
    assert "330103" not in divisions()
    assert dated.full_name("330103001") == "浙江省杭州市下城区长庆街道"
    assert dated.children("330103") == ("330103001",) and "330103" in dated.children("330100")


def test_a_merged_district_exists_up_to_its_last_day(dated: Divisions) -> None:
    assert dated.exists("330103", MERGED)
    assert not dated.exists("330103", MERGED + dt.timedelta(days=1))
    assert dated.exists("330105", MERGED + dt.timedelta(days=1))
    assert not divisions().exists("330103", MERGED)


def test_the_successor_answers_only_after_the_merger(dated: Divisions) -> None:
    assert dated.successor("330103", MERGED) == "330103"
    assert dated.successor("330103", MERGED + dt.timedelta(days=1)) == "330105"
    assert dated.successor("330103") == dated.successor("330105") == "330105"


def test_what_was_merged_is_listed_from_the_day_after(dated: Divisions) -> None:
    assert dated.succeeded(dt.date(2021, 4, 9))["330103000000"] == "330105"
    assert "330103000000" not in dated.succeeded(dt.date(2021, 4, 8))


def test_successors_in_a_circle_end() -> None:
    circle = [
        Division(code=a, name=a, level="county", successor=b) for a, b in (("990101", "990102"), ("990102", "990101"))
    ]
    assert divisions().with_history(circle).successor("990101") == "990102"


@pytest.mark.parametrize("code", ["999999", "", "33010a", "浙江", "110101001999"])
def test_unknown_codes_are_refused(code: str) -> None:
    assert code not in divisions()
    with pytest.raises(UnknownDivision):
        divisions().name(code)


@given(st.from_regex(r"[1-9][0-9]{11}", fullmatch=True))
def test_shortening_twice_changes_nothing(code: str) -> None:
    assert short_code(short_code(code)) == short_code(code)
    assert short_code(code).ljust(12, "0") == code
