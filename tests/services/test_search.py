"""Search over guides: ranks, synonyms, scripts, and what it must not find."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.matching import fold
from tongban.services.catalogue import Catalogue, JourneyVersion
from tongban.services.definitions import Form, Item, Journey, Limit, Task
from tongban.services.search import SearchIndex, highlight, index_of

DAYS = Limit(days=5)


def journey(name: str, *, keywords: tuple[str, ...] = (), item: str = "事项", summary: str = "说明") -> JourneyVersion:
    identifier = f"j{abs(hash(name)) % 10**8}"
    task = Task(id="only", name="环节", department="health", item="one", days=1)
    declared = Journey(
        identifier, name, summary, "person", "health", "form", [task], DAYS, DAYS, keywords=list(keywords)
    )
    items = {"one": Item("one", item, "000100100100", "07", "health", [], DAYS, DAYS)}
    strings = {"en": {"新生儿出生一件事": "Newborn"}}
    return JourneyVersion("pack", "1.0.0", declared, Form("form", "表", []), items, {}, {}, strings)


def catalogue(*versions: JourneyVersion) -> Catalogue:
    return Catalogue({v.journey.id: v for v in versions}, {v.key: v for v in versions})


BIRTH = journey("新生儿出生一件事", keywords=("生孩子", "上户口"), item="出生登记", summary="填一张表办九件事")
MOVE = journey("搬家一件事", keywords=("迁户口",), item="户口迁移", summary="不用跑出生地")
BOTH = SearchIndex(catalogue(BIRTH, MOVE))


def names(query: str) -> list[str]:
    return [hit.version.journey.name for hit in BOTH.search(query)]


@pytest.mark.parametrize(
    ("query", "first", "where"),
    [
        ("新生儿", "新生儿出生一件事", "name"),
        ("上户口", "新生儿出生一件事", "keyword"),
        ("孩子上户口怎么办", "新生儿出生一件事", "keyword"),
        ("户口迁移", "搬家一件事", "item"),
        ("不用跑", "搬家一件事", "text"),
        ("newborn", "新生儿出生一件事", "name"),
        ("新生兒出生", "新生儿出生一件事", "name"),
        ("ＮＥＷＢＯＲＮ", "新生儿出生一件事", "name"),
        ("给新生儿宝宝出生", "新生儿出生一件事", "name"),
    ],
)
def test_what_people_type_finds_the_right_guide(query: str, first: str, where: str) -> None:
    found = BOTH.search(query)[0]
    assert (found.version.journey.name, found.where) == (first, where)


def test_a_name_ranks_before_a_keyword_before_an_item_before_a_text() -> None:
    by_text = journey("甲", summary="这里提到婚姻登记")
    by_item = journey("乙", item="婚姻登记")
    by_keyword = journey("丙", keywords=("婚姻登记",))
    by_name = journey("婚姻登记")
    found = SearchIndex(catalogue(by_text, by_item, by_keyword, by_name)).search("婚姻登记")
    assert [hit.where for hit in found] == ["name", "keyword", "item", "text"]


@pytest.mark.parametrize("query", ["", "  ", "飞机票", "zzz", "新生儿 飞机票"])
def test_nothing_is_found_for_blank_or_foreign_words(query: str) -> None:
    assert names(query) == []


def test_a_word_of_asking_alone_is_taken_literally() -> None:
    assert SearchIndex(catalogue(journey("申请救助"))).search("申请") != []


@given(st.text(max_size=40), st.text(max_size=12))
def test_highlighting_never_changes_a_text(text: str, query: str) -> None:
    assert "".join(piece for piece, _ in highlight(text, query)) == text


@given(st.text(max_size=40))
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_what_fits_is_marked() -> None:
    assert highlight("新生儿出生一件事", "出生") == [("新生儿", False), ("出生", True), ("一件事", False)]
    assert highlight("新生儿", "新生兒") == [("新生儿", True)]


def test_the_index_is_built_again_only_when_the_catalogue_changes() -> None:
    one = catalogue(BIRTH)
    assert index_of(one) is index_of(one)
    assert index_of(dataclasses.replace(one)) is not index_of(one)
    assert index_of(catalogue(MOVE)).search("新生儿") == []
