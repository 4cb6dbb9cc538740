"""No masked value tells what it hides; whole columns are masked exactly as single values are."""

import datetime as dt
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.basics.vault import SealBroken, Vault
from tongban.resources.masks.columns import masked_rows
from tongban.resources.masks.definitions import Mask
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.masks.masking import STARS, mask

KEYS = MaskKeys(Vault({"k": bytes(range(32))}, "k", bytes(range(1, 33))))
SCOPE = "330103|police|purpose"
digits = st.text("0123456789")
han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.characters(
    min_codepoint=0x20000, max_codepoint=0x2A6DF
)


def once(spec: Mask, value: Any, subject: str = "1", scope: str = SCOPE) -> Any:
    return mask(spec, KEYS, scope)(value, subject)


@given(st.text(han, min_size=1, max_size=1), st.text(han, min_size=1), st.text(han, min_size=1))
def test_a_name_shows_its_first_character_and_not_even_how_many_follow(first: str, one: str, other: str) -> None:
    assert once(Mask("partial", "name"), first + one) == once(Mask("partial", "name"), first + other) == first + "**"


@pytest.mark.parametrize("name", ["", "王", " 王 ", "王\ufe00", "𠮷", "é", "e\u0301", "王\u200b"])
def test_a_name_of_one_character_is_hidden_whole(name: str) -> None:
    assert once(Mask("partial", "name"), name) == "**"


@given(st.from_regex(r"1[0-9]{2}", fullmatch=True), *(st.text("0123456789", min_size=4, max_size=4),) * 3)
def test_a_mobile_number_hides_its_middle(front: str, one: str, other: str, back: str) -> None:
    shown = once(Mask("partial", "phone"), front + one + back)
    assert shown == once(Mask("partial", "phone"), f"+86 {front} {other}-{back}") == front + STARS + back


@given(digits, st.sampled_from(["phone", "id", "card"]))
def test_a_number_of_another_length_is_hidden_whole(number: str, form: Any) -> None:
    usual = {"phone": {11, 13}, "id": {15, 18}, "card": {16, 17, 18, 19}}[form]
    shown = once(Mask("partial", form), number)
    assert shown == STARS if len(number) not in usual else STARS in shown


@given(st.text("0123456789", min_size=18, max_size=18), st.text("0123456789", min_size=11, max_size=11))
def test_a_resident_number_hides_birth_and_place(number: str, hidden: str) -> None:
    other = number[:3] + hidden + number[14:]
    assert once(Mask("partial", "id"), number) == once(Mask("partial", "id"), other) == number[:3] + STARS + number[14:]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("浙江省杭州市下城区文晖路80号3幢502室", "浙江省杭州市下城区****"),
        ("杭州市下城区建国北路73号", "杭州市下城区****"),
        ("杭州市开元小区3幢", "杭州市****"),
        ("浙江省景宁畲族自治县鹤溪街道", "浙江省景宁畲族自治县****"),
        ("文晖路80号", "****"),
        ("", "****"),
        ("某小区旁边下城区", "****"),
    ],
)
def test_an_address_shows_divisions_and_nothing_below(address: str, shown: str) -> None:
    assert once(Mask("partial", "address"), address) == shown


@given(st.text(), st.text("0123456789", min_size=1), st.sampled_from(["路", "街", "小区", "村", "号", " "]))
def test_no_house_number_and_no_road_leaves_an_address(place: str, number: str, road: str) -> None:
    shown = once(Mask("partial", "address"), f"杭州市西湖区{place}{road}{number}号")
    assert number not in shown and road not in shown


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), st.text(min_size=1))
def test_a_shifted_date_is_never_the_true_one_and_distances_of_one_person_stay(day: dt.date, who: str) -> None:
    spec, later = Mask("shift", days=30), day + dt.timedelta(days=17)
    moved, again = (dt.date.fromisoformat(once(spec, one.isoformat(), who)) for one in (day, later))
    assert moved != day and abs((moved - day).days) <= 30 and again - moved == later - day
    assert once(spec, day.isoformat(), "") is None


@given(st.text(), st.text())
def test_hashes_agree_within_a_consumer_and_purpose_and_nowhere_else(one: str, other: str) -> None:
    first = once(Mask("hash"), one)
    assert (first == once(Mask("hash"), other)) == (one == other) and first == once(Mask("hash"), one)
    assert first != once(Mask("hash"), one, scope="330103|tax|purpose")
    assert len(first) == 32 and (len(one) < 6 or one not in first)


@given(st.text(max_size=200))
def test_a_token_opens_where_it_was_made_and_tells_no_length(text: str) -> None:
    token = once(Mask("token"), text)
    assert KEYS.open(token, SCOPE) == text and token != once(Mask("token"), text)
    with pytest.raises(SealBroken):
        KEYS.open(token, "elsewhere")
    short = text.encode("utf-8", "surrogatepass")[:20].decode("utf-8", "ignore")
    assert len(once(Mask("token"), short)) == len(once(Mask("token"), ""))


@pytest.mark.parametrize("broken", ["", "tb1.", "tb1.AAAA", "tb1.§", "x"])
def test_what_is_no_token_does_not_open(broken: str) -> None:
    with pytest.raises(SealBroken):
        KEYS.open(broken, SCOPE)


@given(st.integers(-(10**14), 10**14), st.integers(1, 10**6))
def test_numbers_of_one_band_look_alike(number: int, width: int) -> None:
    low = number // width * width
    shown = {once(Mask("generalise", "band", width=width), str(one)) for one in (number, low, low + width - 1)}
    assert shown == {f"[{low},{low + width})"}


@pytest.mark.parametrize(
    ("form", "value"), [("year", "2026-13-01"), ("month", "2026-W01-1"), ("band", "viel"), ("city", "33")]
)
def test_what_can_not_be_made_coarser_is_hidden(form: Any, value: str) -> None:
    assert once(Mask("generalise", form, width=10), value) is None


def test_nothing_stays_nothing_under_every_mask() -> None:
    assert all(once(spec, None) is None for spec in SPECS)


FORMS: list[Any] = ["name", "phone", "id", "card", "address"]
SPECS = [
    *(Mask("partial", form) for form in FORMS),
    *(Mask("generalise", form) for form in ("year", "month", "province", "city", "district")),  # type: ignore[arg-type]
    *(Mask("generalise", "band", width=width) for width in (1, 7, 1000)),
    Mask("keep"), Mask("hide"), Mask("hash"), Mask("shift", days=1), Mask("shift", days=45),
]  # fmt: skip
fitting = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    digits,
    st.from_regex(r"(\+86)? ?1[0-9]{2}[0-9 -]{8,10}", fullmatch=True),
    st.from_regex(r"[0-9]{14,18}[0-9Xx]?", fullmatch=True),
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,10})?", fullmatch=True),
    st.dates().map(str),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True),
    st.lists(
        st.sampled_from(["浙江省", "杭州市", "下城区", "文晖路", "小区", "8号", " ", "　", "吉", "𠮷", "自治县"])
    ).map("".join),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.none() | fitting, st.sampled_from(["", "1", " 33x", "33X"])), min_size=1, max_size=12))
def test_columns_are_masked_exactly_as_single_values(rows: list[tuple[str | None, str]]) -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (i INTEGER, v VARCHAR, who VARCHAR)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, *row) for i, row in enumerate(rows)])
    for spec in SPECS:
        found = masked_rows(connection, "(FROM t ORDER BY i)", {"v": spec}, KEYS, SCOPE, "who")
        subjects = [who.strip(" ").upper() for _, who in rows]
        wanted = [once(spec, value, who) for (value, _), who in zip(rows, subjects, strict=True)]
        assert [row[0] for row in found] == wanted, spec


def test_dates_and_numbers_of_their_own_types_are_masked_alike_and_columns_of_tokens_open() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT DATE '2026-03-02' AS d, 42 AS n, '王芳' AS name, '33X' AS who")
    specs = {"d": Mask("shift", days=9), "n": Mask("generalise", "band", width=10), "name": Mask("token")}
    (row,) = masked_rows(connection, "t", specs, KEYS, SCOPE, "who")
    assert row[:2] == (once(specs["d"], dt.date(2026, 3, 2), "33X"), "[40,50)")
    assert KEYS.open(row[2], SCOPE) == "王芳"
