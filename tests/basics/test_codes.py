"""Codes are read, refused with a reason, and no slip of the hand goes unseen."""

from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.codes import (
    KINDS,
    CodeError,
    Context,
    case,
    item,
    licence,
    mobile,
    region,
    resident_id,
    uscc,
)
from tongban.basics.codes.checks import ALPHABET_31, mod31, organisation_check
from tongban.basics.codes.invented import Organisation, invented_resident_id, invented_uscc
from tongban.basics.codes.item import ItemCode
from tongban.basics.codes.kind import ALPHANUMERIC

RESIDENT = "11010519491231002X"
USCC = "91350100M000100Y43"
ITEM_JINING = "11370800MB285591843370117002011"
ITEM_ZHONGSHAN = "12441500196720244T3442199806003"
LICENCE = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"

days = st.dates(date(1900, 1, 1), date(2026, 11, 22))
counties = st.sampled_from(["110105", "330103", "330102", "441900", "650102", "810000"])
resident_ids = st.builds(invented_resident_id, counties, days, st.integers(0, 999))
organisations: st.SearchStrategy[Organisation] = st.sampled_from(
    ["department", "institution", "society", "enterprise", "household", "cooperative"]
)
usccs = st.builds(invented_uscc, counties, st.integers(0, 999_999), organisations)
item_codes = st.builds(
    lambda department, level, basic: item.make_implementation_code(department, str(level), f"{basic:012d}"),
    usccs,
    st.integers(1, 7),
    st.integers(0, 10**12 - 1),
)
licences = st.builds(
    lambda authority, kind, issuer, serial, version: licence.make_licence_code(
        f"{authority}{kind:03d}", issuer, serial, version
    ),
    usccs,
    st.integers(0, 999),
    usccs,
    st.text(ALPHANUMERIC, min_size=1, max_size=20),
    st.integers(1, 999),
)
cases = st.builds(case.make_case_number, counties, st.dates(date(2000, 1, 1), date(2099, 12, 31)))


def reason(kind: str, value: str, context: Context | None = None) -> str | None:
    fault = KINDS[kind].fault(value, context or Context())
    return None if fault is None else fault.data["reason"]


def substituted(data: st.DataObject, code: str, alphabet: str) -> str:
    place = data.draw(st.sampled_from([n for n, sign in enumerate(code) if sign in alphabet]))
    other = data.draw(st.sampled_from([sign for sign in alphabet if sign != code[place]]))
    return code[:place] + other + code[place + 1 :]


def swapped(data: st.DataObject, code: str) -> str | None:
    places = [n for n in range(len(code) - 1) if code[n] != code[n + 1] and "." not in code[n : n + 2]]
    if not places:
        return None
    n = data.draw(st.sampled_from(places))
    return code[:n] + code[n + 1] + code[n] + code[n + 2 :]


# Known codes


def test_the_standards_resident_number_is_read() -> None:
    read = resident_id.parse(RESIDENT)
    assert read == resident_id.ResidentId(RESIDENT, "110105", date(1949, 12, 31), "female")


def test_the_standards_organisation_code_is_read() -> None:
    assert uscc.parse(USCC) == uscc.Uscc(USCC, "9", "1", "350100", "M000100Y4")


@pytest.mark.parametrize(
    ("code", "department", "basic"),
    [
        (ITEM_JINING, "11370800MB28559184", "370117002011"),
        (ITEM_ZHONGSHAN, "12441500196720244T", "442199806003"),
    ],
)
def test_live_item_codes_are_read(code: str, department: str, basic: str) -> None:
    assert item.parse(code) == ItemCode(code, "implementation", basic, department, "3")


def test_the_standards_licence_identifier_is_read_and_made() -> None:
    read = licence.parse(LICENCE)
    assert (read.issuer, read.serial, read.version, read.check) == (
        "11430000006122244L",
        "20230000403",
        "001",
        "U",
    )
    assert licence.make_licence_code(read.type_code, read.issuer, read.serial, 1) == LICENCE


@pytest.mark.parametrize("code", [USCC, ITEM_JINING[:18], ITEM_ZHONGSHAN[:18], LICENCE[15:33], LICENCE[37:55]])
def test_the_organisation_inside_every_known_code_carries_its_own_check(code: str) -> None:
    assert organisation_check(code[8:16]) == code[16]


# Resident numbers


@given(counties, days, st.integers(0, 999))
def test_an_invented_resident_number_tells_what_went_into_it(county: str, birth: date, sequence: int) -> None:
    read = resident_id.parse(invented_resident_id(county, birth, sequence))
    assert (read.region, read.birth, read.sex) == (county, birth, "male" if sequence % 2 else "female")


@given(st.data(), resident_ids)
def test_any_wrong_character_in_a_resident_number_is_noticed(data: st.DataObject, number: str) -> None:
    assert not resident_id.is_valid(substituted(data, number, "0123456789"))


@given(st.data(), resident_ids)
def test_any_two_swapped_neighbours_in_a_resident_number_are_noticed(data: st.DataObject, number: str) -> None:
    slip = swapped(data, number)
    assert slip is None or not resident_id.is_valid(slip)


def test_blanks_small_letters_and_full_width_digits_are_forgiven() -> None:
    assert resident_id.parse(" 110105 19491231 002x ").code == RESIDENT
    assert resident_id.parse("１１０１０５19491231002Ｘ").code == RESIDENT


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("110105194912310021", "check"),
        ("11010519491231002", "length"),
        ("", "length"),
        ("1" * 10_000, "length"),
        ("11010519490231002X", "date"),
        ("11010500010101002X", "date"),
        ("99010519491231002X", "check"),
        ("20010519491231002X", "region"),
        ("1101051949123100ⅩX", "characters"),
        ("1101051949123100²X", "characters"),
        ("١١٠١٠٥19491231002X", "characters"),
    ],
)
def test_a_wrong_resident_number_is_refused_with_its_reason(number: str, why: str) -> None:
    assert reason("resident-id", number) == why


def test_a_birth_date_ahead_of_today_is_refused_and_today_is_not() -> None:
    newborn = invented_resident_id("330103", date(2026, 11, 23), 1)
    assert reason("resident-id", newborn, Context(today=date(2026, 11, 22))) == "future"
    assert reason("resident-id", newborn, Context(today=date(2026, 11, 23))) is None


def test_a_fault_never_shows_a_persons_whole_number() -> None:
    fault = KINDS["resident-id"].fault("110105194912310021")
    assert fault is not None
    shown = f"{fault} {fault.data} {fault.message('zh-CN')}"
    assert "19491231" not in shown
    assert "110***********0021" in shown


def test_a_fault_says_what_is_wrong_and_the_repair_in_both_languages() -> None:
    fault = KINDS["uscc"].fault("91350100M000100Y44")
    assert isinstance(fault, CodeError)
    assert fault.message("zh-CN").startswith("统一社会信用代码“91350100M000100Y44”有误：校验码不符。请")
    assert "the check character does not fit. Compare" in fault.message("en")


def test_a_value_full_of_braces_is_only_shown_never_filled_in() -> None:
    fault = KINDS["uscc"].fault("{0.__class__}{kind}")
    assert fault is not None
    assert "{0.__CLASS__}{KIND}" in fault.message("en")


# Organisations


@given(st.data(), usccs)
def test_any_wrong_character_in_an_organisation_code_is_noticed(data: st.DataObject, code: str) -> None:
    assert uscc.is_valid(code)
    assert not uscc.is_valid(substituted(data, code, ALPHABET_31))


@given(st.data(), usccs)
def test_any_two_swapped_neighbours_in_an_organisation_code_are_noticed(data: st.DataObject, code: str) -> None:
    slip = swapped(data, code)
    assert slip is None or not uscc.is_valid(slip)


def test_an_invented_organisation_is_marked_as_invented() -> None:
    assert uscc.parse(invented_uscc("330103", 7, "department")).organisation.startswith("TB000007")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91350100M000100Y44", "check"),
        ("91350100M000100Y4", "length"),
        ("91350100M000I00Y43", "characters"),
        ("9135O100M000100Y43", "characters"),
        ("91A50100M000100Y43", "characters"),
    ],
)
def test_a_wrong_organisation_code_is_refused_with_its_reason(code: str, why: str) -> None:
    assert reason("uscc", code) == why


def test_the_sum_of_31_refuses_texts_longer_than_its_promise() -> None:
    with pytest.raises(ValueError, match="29"):
        mod31("0" * 30)


# Items


@given(item_codes)
def test_a_made_item_code_is_read_into_what_made_it(code: str) -> None:
    read = item.parse(code)
    assert (read.layout, f"{read.department}{read.level}{read.basic}") == ("implementation", code)


@given(st.data(), item_codes)
def test_a_wrong_character_in_the_performing_body_is_noticed(data: st.DataObject, code: str) -> None:
    slip = substituted(data, code[:18], ALPHABET_31) + code[18:]
    assert reason("item", slip) in {"embedded"}


@pytest.mark.parametrize(
    ("code", "layout"),
    [
        ("370117002011", "basic"),
        (ITEM_JINING + "01", "business"),
        ("0117002", "unverified"),
        ("11370800MB2855918437011", "unverified"),
        (ITEM_JINING + "0", "unverified"),
        (ITEM_JINING + "01ABC", "unverified"),
    ],
)
def test_every_width_in_use_has_its_layout(code: str, layout: str) -> None:
    assert item.parse(code).layout == layout


def test_a_business_item_keeps_its_parts() -> None:
    read = item.parse(ITEM_JINING + "02")
    assert (read.department, read.level, read.basic, read.business) == (
        "11370800MB28559184",
        "3",
        "370117002011",
        "02",
    )


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (ITEM_JINING.replace("184", "185", 1), "embedded"),
        (ITEM_JINING[:18] + "8" + ITEM_JINING[19:], "level"),
        (ITEM_JINING[:-1] + "A", "characters"),
        (ITEM_JINING[:-1], "length"),
        (ITEM_JINING + "012345", "length"),
        ("37011700201X", "characters"),
        ("3701-1700", "characters"),
        ("ſ1234567", "characters"),
        ("", "length"),
    ],
)
def test_a_wrong_item_code_is_refused_with_its_reason(code: str, why: str) -> None:
    assert reason("item", code) == why


def test_where_an_implementation_code_is_needed_no_other_width_will_do() -> None:
    assert item.parse_implementation(ITEM_JINING).code == ITEM_JINING
    with pytest.raises(CodeError, match="31"):
        item.parse_implementation("370117002011")


# Licences


@given(licences)
def test_a_made_licence_identifier_is_read(code: str) -> None:
    assert licence.parse(code).code == code


@given(st.data(), licences)
def test_any_wrong_character_in_a_licence_identifier_is_noticed(data: st.DataObject, code: str) -> None:
    middle = substituted(data, code.removeprefix(licence.ROOT), ALPHANUMERIC)
    assert not licence.is_valid(licence.ROOT + middle)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (LICENCE[:-1] + "V", "check"),
        (LICENCE.replace("20230000403", "20230000430"), "check"),
        (LICENCE.replace("1.2.156.3005.2", "1.2.156.3005.3"), "shape"),
        (LICENCE.removesuffix(".U"), "shape"),
        (LICENCE.replace("6122244L", "6122245L"), "embedded"),
        (LICENCE.replace("13338W011", "13338W01"), "length"),
        (LICENCE.replace(".001.", ".0001."), "length"),
        (LICENCE.replace("20230000403", ""), "length"),
        (LICENCE.replace("20230000403", "2023-403"), "characters"),
    ],
)
def test_a_wrong_licence_identifier_is_refused_with_its_reason(code: str, why: str) -> None:
    assert reason("licence", code) == why


# Divisions

DIVISIONS = {
    "33": "浙江省",
    "3301": "杭州市",
    "330103": "下城区",
    "330103003000": "天水街道",
    "330103003001": "灯芯巷社区",
    "441900003": "东城街道",
}


@pytest.mark.parametrize(
    ("code", "level", "county"),
    [
        ("330000", "province", "330000"),
        ("330100", "city", "330100"),
        ("330103", "county", "330103"),
        ("330103000000", "county", "330103"),
        ("330103003", "town", "330103"),
        ("330103003001", "village", "330103"),
        ("441900003", "town", "441900"),
        ("429004", "county", "429004"),
    ],
)
def test_a_division_code_tells_its_level_and_county(code: str, level: str, county: str) -> None:
    read = region.parse(code)
    assert (read.level, read.county, read.names) == (level, county, ())


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("330103", ("浙江省", "杭州市", "下城区")),
        ("330103003001", ("浙江省", "杭州市", "下城区", "天水街道", "灯芯巷社区")),
        ("330103003", ("浙江省", "杭州市", "下城区", "天水街道")),
        ("330000000000", ("浙江省",)),
        ("441900003000", ("东城街道",)),
    ],
)
def test_a_division_table_gives_the_names_from_the_top(code: str, names: tuple[str, ...]) -> None:
    assert region.parse(code, Context(divisions=DIVISIONS)).names == names


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("33010", "length"),
        ("3301O3", "characters"),
        ("990103", "province"),
        ("330003", "gap"),
        ("330103000001", "gap"),
    ],
)
def test_a_malformed_division_code_is_refused_with_its_reason(code: str, why: str) -> None:
    assert reason("region", code) == why


def test_a_division_the_table_does_not_hold_is_refused() -> None:
    assert reason("region", "330199", Context(divisions=DIVISIONS)) == "unknown"
    assert reason("region", "330199") is None


# Cases


def test_a_case_number_is_spelt_in_groups() -> None:
    made = case.make_case_number("330103", date(2026, 11, 22), lambda below: below - 1)
    assert made == "330103-261122-YYYYYYY-" + mod31("0330103261122YYYYYYY")
    assert case.parse(made) == case.CaseNumber(made, "330103", date(2026, 11, 22), "YYYYYYY")


@given(cases)
def test_a_made_case_number_is_read_however_it_is_typed(number: str) -> None:
    sloppy = number.lower().replace("-", " ").replace("0", "o").replace("1", "i").replace("5", "s")
    assert case.parse(f"  {sloppy} ").code == number
    assert case.parse(number.replace("-", "")).code == number
    assert case.parse(number.replace("-", "－")).code == number
    assert case.parse(number.replace("-", "—")).code == number


@given(st.data(), cases)
def test_any_wrong_character_in_a_case_number_is_noticed(data: st.DataObject, number: str) -> None:
    assert not case.is_valid(substituted(data, number, ALPHABET_31))


@given(cases)
def test_any_two_swapped_characters_in_a_case_number_are_noticed(number: str) -> None:
    plain = number.replace("-", "")
    for first, second in combinations(range(20), 2):
        signs = list(plain)
        signs[first], signs[second] = signs[second], signs[first]
        assert plain[first] == plain[second] or not case.is_valid("".join(signs)), (first, second)


def test_case_numbers_of_one_day_share_nothing_that_helps_to_guess_the_next() -> None:
    made = [case.parse(case.make_case_number("330103", date(2026, 11, 22))).short for _ in range(3_000)]
    assert len(set(made)) == len(made)
    assert made != sorted(made)
    for place in range(7):
        assert {short[place] for short in made} == set(ALPHABET_31)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("330103-261122-7KQ4M9T", "length"),
        ("3301A3-261122-7KQ4M9T-W", "characters"),
        ("330103-261122-7KQ4M9T-Ж", "characters"),
        ("330103-261322-7KQ4M9T-" + mod31("03301032613227KQ4M9T"), "date"),
    ],
)
def test_a_wrong_case_number_is_refused_with_its_reason(number: str, why: str) -> None:
    assert reason("case", number) == why


def test_no_case_number_is_made_for_a_malformed_county_or_a_far_day() -> None:
    with pytest.raises(CodeError):
        case.make_case_number("3301", date(2026, 11, 22))
    with pytest.raises(CodeError):
        case.make_case_number("33010A", date(2026, 11, 22))
    with pytest.raises(ValueError, match="2000"):
        case.make_case_number("330103", date(2126, 11, 22))


# Mobile numbers


@pytest.mark.parametrize("typed", ["13800001234", "+86 138-0000-1234", "008613800001234", " １３８00001234 "])
def test_a_mobile_number_is_read_however_it_is_typed(typed: str) -> None:
    assert mobile.parse(typed).code == "13800001234"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("12800001234", "prefix"),
        ("057187654321", "length"),
        ("1380000123", "length"),
        ("1380000123x", "characters"),
    ],
)
def test_a_wrong_mobile_number_is_refused_with_its_reason(typed: str, why: str) -> None:
    assert reason("mobile", typed) == why


# All kinds


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=300))
def test_no_text_whatever_breaks_a_kind(kind: str, value: str) -> None:
    fault = KINDS[kind].fault(value)
    assert fault is None or fault.data["kind"] == kind


@given(st.one_of(*(st.tuples(st.just(k), s) for k, s in (("resident-id", resident_ids), ("case", cases)))))
def test_reading_a_canonical_code_again_changes_nothing(pair: tuple[str, str]) -> None:
    kind, value = pair
    assert KINDS[kind].parse(KINDS[kind].parse(value).code) == KINDS[kind].parse(value)


def test_every_kind_stands_in_the_table_under_its_own_name() -> None:
    assert [kind.label.name for kind in KINDS.values()] == list(KINDS)
