"""The public sees what may be public and nothing else, on pages, for programs and as DCAT-AP."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace
from rdflib import DCTERMS, RDF, Graph, Namespace, URIRef
from rdflib.namespace import DCAT, FOAF
from tests.conftest import BASE
from tests.resources.catalogue.test_entries import STAYS, do, published
from tests.world import REGION, WEI, World

from tongban.resources.catalogue.rules import for_the_public
from tongban.resources.definitions import ResourceField
from tongban.web.cached import FrontDoor
from tongban.web.site import Site

SECRET = "常住人口基本信息"
FREQUENCY = Namespace("http://publications.europa.eu/resource/authority/frequency/")


@pytest.fixture
async def visitor(world: World, node_site: Site, door: FrontDoor) -> httpx.AsyncClient:
    """Somebody who did not sign in."""
    node_site.kernel = world.kernel
    transport = httpx.ASGITransport(app=door, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=BASE)


async def hidden(world: World) -> list[Any]:
    return await world.rows("SELECT id, name, region FROM catalogue_entries WHERE NOT public")


async def test_no_list_page_or_export_names_what_is_not_public(world: World, visitor: httpx.AsyncClient) -> None:
    texts = []
    for start in (f"/catalogue?region={REGION}", f"/api/v1/catalogue/{REGION}/public", f"/catalogue?q={SECRET}"):
        texts.append((await visitor.get(start)).text)
    texts.append((await visitor.get(f"/api/v1/catalogue/{REGION}/dcat")).text)
    public = {row.name for row in await world.rows("SELECT name FROM catalogue_entries WHERE public")}
    names = [row.name for row in await hidden(world) if row.name not in public]
    assert SECRET in names and len(names) > 40
    found = [name for name in names for text in texts[:2] + texts[3:] if name in text]
    assert found == []
    assert "企业登记基本信息" in texts[0] and "没有找到" in texts[2]


async def test_a_hidden_entry_is_as_unknown_as_one_that_does_not_exist(
    world: World, visitor: httpx.AsyncClient
) -> None:
    for row in (await hidden(world))[:5]:
        page = await visitor.get(f"/catalogue/{row.region}/{row.id}")
        assert page.status_code == 404 and row.name not in page.text
    assert (await visitor.get(f"/catalogue/{REGION}/{UUID(int=1)}")).status_code == 404


async def test_every_public_entry_is_reached_page_by_page(world: World, visitor: httpx.AsyncClient) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        answer = (
            await visitor.get(f"/api/v1/catalogue/{REGION}/public", params={"cursor": cursor} if cursor else {})
        ).json()
        seen += [line["code"] for line in answer["items"]]
        cursor = answer["next"] or ""
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == await world.one("SELECT count(*) FROM catalogue_entries WHERE public")


async def test_what_is_withdrawn_is_gone_from_the_public_at_once(world: World, visitor: httpx.AsyncClient) -> None:
    fields = [ResourceField("street", "街道", grade="L1")]
    entry = await published(world, replace(STAYS, open="open", sharing="unconditional", fields=fields))
    address = f"/catalogue/{REGION}/{entry}"
    assert (await visitor.get(address)).status_code == 200
    await do(world, WEI, "withdraw", entry, "登记办法已经废止")
    assert (await visitor.get(address)).status_code == 404


def test_nothing_above_its_grade_is_for_the_public_whatever_it_says_of_itself() -> None:
    low, high = ResourceField("a", "甲", grade="L1"), ResourceField("b", "乙", grade="L4")
    core = ResourceField("c", "丙", grade="L1", importance="core")
    data = replace(STAYS, sharing="unconditional", fields=[low])
    assert for_the_public(replace(data, open="open"))
    assert not for_the_public(replace(data, open="closed"))
    assert not for_the_public(replace(data, open="open", fields=[low, high]))
    assert not for_the_public(replace(data, open="restricted", fields=[low, high]))
    assert not for_the_public(replace(data, open="restricted", fields=[low, core]))
    assert not for_the_public(replace(data, open="restricted", sharing="not_shared"))
    assert not for_the_public(replace(data, open="open", fields=[]))


async def test_the_export_is_linked_data_with_everything_that_the_profile_makes_mandatory(
    world: World, visitor: httpx.AsyncClient
) -> None:
    answer = await visitor.get(f"/api/v1/catalogue/{REGION}/dcat")
    assert answer.headers["content-type"].startswith("application/ld+json")
    graph = Graph().parse(data=json.dumps(answer.json()), format="json-ld")
    (whole,) = graph.subjects(RDF.type, DCAT.Catalog)
    for needed in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher):
        assert list(graph.objects(whole, needed))
    datasets = list(graph.objects(whole, DCAT.dataset))
    assert len(datasets) == await world.one("SELECT count(*) FROM catalogue_entries WHERE public AND region = %(r)s",
                                            r=REGION)  # fmt: skip
    for dataset in datasets:
        assert (dataset, RDF.type, DCAT.Dataset) in graph
        for needed in (DCTERMS.title, DCTERMS.description, DCTERMS.identifier, DCTERMS.accessRights):
            assert list(graph.objects(dataset, needed)), needed
        (cycle,) = graph.objects(dataset, DCTERMS.accrualPeriodicity)
        assert str(cycle).startswith(str(FREQUENCY))
        (distribution,) = graph.objects(dataset, DCAT.distribution)
        (place,) = graph.objects(distribution, DCAT.accessURL)
        assert isinstance(place, URIRef)
    for agent in graph.subjects(RDF.type, FOAF.Agent):
        assert list(graph.objects(agent, FOAF.name))
