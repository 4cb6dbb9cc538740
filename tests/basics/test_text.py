"""Readers get their language, and people's data is shown only in part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.text import (
    LANGUAGES,
    Translations,
    mask_id,
    mask_name,
    mask_phone,
    negotiate,
    to_traditional,
)

TEXTS = Translations({"出生医学证明": "birth certificate"})


def test_a_text_is_given_in_the_readers_language() -> None:
    assert TEXTS.translate("出生医学证明", "zh-CN") == "出生医学证明"
    assert TEXTS.translate("出生医学证明", "en") == "birth certificate"
    assert TEXTS.translate("出生医学证明", "zh-Hant") == "出生醫學證明"


def test_a_text_without_english_stands_in_chinese() -> None:
    assert TEXTS.translate("户口登记", "en") == "户口登记"
    assert (TEXTS.has("出生医学证明"), TEXTS.has("户口登记")) == (True, False)


def test_traditional_changes_characters_but_not_the_words_of_the_law() -> None:
    assert to_traditional("信息网络") == "信息網絡"


def test_translations_join_and_the_later_one_wins_without_changing_the_first() -> None:
    joined = TEXTS.joined(Translations({"出生医学证明": "medical certificate of birth", "社保卡": "card"}))
    assert joined.translate("出生医学证明", "en") == "medical certificate of birth"
    assert joined.translate("社保卡", "en") == "card"
    assert TEXTS.translate("出生医学证明", "en") == "birth certificate"


def test_translations_do_not_change_with_the_table_they_came_from() -> None:
    table = {"社保卡": "card"}
    texts = Translations(table)
    table["社保卡"] = "other"
    assert texts.translate("社保卡", "en") == "card"


@pytest.mark.parametrize(
    ("header", "choice", "language"),
    [
        (None, None, "zh-CN"),
        ("", None, "zh-CN"),
        ("en-GB,en;q=0.9,zh-CN;q=0.8", None, "en"),
        ("fr-FR, zh-TW;q=0.8, en;q=0.5", None, "zh-Hant"),
        ("zh-Hant-HK", None, "zh-Hant"),
        ("zh-Hans-SG,en;q=0.9", None, "zh-CN"),
        ("en;q=0.3,zh;q=0.7", None, "zh-CN"),
        ("en;q=0,fr", None, "zh-CN"),
        ("de,*;q=0.5", None, "zh-CN"),
        ("en;q=nan, zh-HK;q=0.1", None, "zh-Hant"),
        ("en;q=9", None, "zh-CN"),
        (";;q=,,=;en", None, "zh-CN"),
        ("en-US", "zh-Hant", "zh-Hant"),
        ("en-US", "tlh", "en"),
    ],
)
def test_the_choice_comes_first_then_the_header_then_chinese(
    header: str | None, choice: str | None, language: str
) -> None:
    assert negotiate(header, choice) == language


@given(st.text(max_size=2_000), st.none() | st.text(max_size=20))
def test_no_header_whatever_breaks_the_choice_of_language(header: str, choice: str | None) -> None:
    assert negotiate(header, choice) in LANGUAGES


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王芳", "王*"),
        ("李小伟", "李**"),
        ("欧阳娜娜", "欧阳**"),
        ("欧阳", "欧*"),
        ("阿依古丽·买买提", "阿*******"),
        ("John Smith", "J*** S****"),
        ("José María", "J*** M****"),
        ("王", "*"),
        ("", ""),
    ],
)
def test_a_name_keeps_its_surname_only(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_numbers_keep_their_ends_only() -> None:
    assert mask_id("11010519491231002X") == "110***********002X"
    assert mask_id("11010519491231002X", front=6, back=4) == "110105********002X"
    assert mask_phone("13812345678") == "138****5678"


@given(st.text(max_size=30), st.integers(0, 6), st.integers(0, 4))
def test_a_mask_keeps_the_length_and_never_shows_more_than_its_ends(number: str, front: int, back: int) -> None:
    masked = mask_id(number, front, back)
    assert len(masked) == len(number)
    hidden = len(number) if len(number) <= front + back else len(number) - front - back
    assert masked.count("*") >= hidden


@given(st.text(alphabet=st.characters(categories=["Lo"]), min_size=2, max_size=12))
def test_a_masked_name_never_shows_the_last_character(name: str) -> None:
    assert mask_name(name).endswith("*")
