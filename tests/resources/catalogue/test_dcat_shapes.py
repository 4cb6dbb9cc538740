"""The export holds against shapes of its profile, and the shapes find what is wrong with one that does not."""

import datetime as dt
import json
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from msgspec.structs import replace
from pyshacl import validate
from rdflib import Graph

from tongban.resources.catalogue import dcat
from tongban.resources.catalogue.definitions import ResourceContent
from tongban.resources.catalogue.models import Entry
from tongban.resources.definitions import Cycle, ResourceField

SHAPES = Graph().parse(Path(__file__).with_name("dcat_ap.ttl"))
NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
FIELDS = [ResourceField("name", "名称"), ResourceField("address", "住所")]


def entry(number: int, cycle: Cycle, openness: Any) -> Entry:
    content = ResourceContent(
        name=f"企业登记{number}", summary="登记的基本项", cycle=cycle, open=openness, fields=FIELDS
    )
    return Entry(
        region="330103",
        id=UUID(int=number),
        kind="resource",
        code=f"307001/{number:06d}",
        provider="market",
        resource=None,
        state="published",
        revision=1,
        published=1,
        content=content,
        public=True,
        updated_on=NOW.date() if number % 2 else None,
        published_at=NOW if number % 3 else None,
        changed_at=NOW,
    )


def exported() -> dict[str, Any]:
    cycles = get_args(Cycle)
    entries = [entry(number, cycle, opening) for opening in ("open", "request") for number, cycle in enumerate(cycles)]
    many = [replace(one, id=UUID(int=number + 1)) for number, one in enumerate(entries)]
    return dcat.catalogue(
        many, {"market": "市场监管局"}, base="https://node.test", region="330103", title="目录", publisher="区政府"
    )


def conforms(document: dict[str, Any]) -> bool:
    graph = Graph().parse(data=json.dumps(document), format="json-ld")
    found, _, _ = validate(graph, shacl_graph=SHAPES)
    return bool(found)


def test_the_export_conforms_for_every_cycle_and_opening() -> None:
    assert conforms(exported())


@pytest.mark.parametrize(
    ("place", "name", "wrong"),
    [
        ("catalogue", "dct:title", None),
        ("catalogue", "dct:publisher", None),
        ("dataset", "dct:title", None),
        ("dataset", "dct:description", "没有语言"),
        ("dataset", "dct:accessRights", {"@id": "https://node.test/secret"}),
        ("dataset", "dct:modified", "昨天"),
        ("distribution", "dcat:accessURL", None),
        ("distribution", "dcat:accessURL", "不是地址"),
    ],
)
def test_what_is_missing_or_of_another_kind_is_found(place: str, name: str, wrong: Any) -> None:
    document = exported()
    dataset = document["dcat:dataset"][1]
    part = {"catalogue": document, "dataset": dataset, "distribution": dataset["dcat:distribution"][0]}[place]
    if wrong is None:
        del part[name]
    else:
        part[name] = wrong
    assert not conforms(document)
