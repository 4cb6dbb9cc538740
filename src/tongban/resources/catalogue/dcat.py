"""The public part of a region's catalogue as DCAT-AP 3, in JSON-LD. Pure.

Followed: DCAT version 3 (W3C Recommendation) and its application profile DCAT-AP 3 (SEMIC) with the properties that
it makes mandatory: title, description and publisher of the catalogue, title and description of each dataset, the
access address of each distribution, the name of each agent. Cycles and access rights use the vocabularies of the EU
Publications Office that the profile names.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tongban.resources.catalogue.definitions import ResourceContent
from tongban.resources.catalogue.models import Entry
from tongban.resources.definitions import Cycle

FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
ACCESS = "http://publications.europa.eu/resource/authority/access-right/"
CYCLES: Mapping[Cycle, str] = {
    "实时": "UPDATE_CONT",
    "每日": "DAILY",
    "每周": "WEEKLY",
    "每月": "MONTHLY",
    "每季度": "QUARTERLY",
    "每年": "ANNUAL",
}
CONTEXT: Mapping[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dct:issued": {"@type": "xsd:dateTime"},
    "dct:modified": {"@type": "xsd:date"},
}


def catalogue(
    entries: Iterable[Entry], providers: Mapping[str, str], *, base: str, region: str, title: str, publisher: str
) -> dict[str, Any]:
    """The catalogue of ``entries``, which are public.

    ``providers``: department id → name; ``base``: the node's address; ``title`` and ``publisher`` are those of the
    catalogue as a whole.
    """
    place = f"{base}/catalogue?region={region}"
    found = [_dataset(entry, providers, base) for entry in entries if isinstance(entry.content, ResourceContent)]
    return {
        "@context": CONTEXT,
        "@id": place,
        "@type": "dcat:Catalog",
        "dct:title": _zh(title),
        "dct:description": _zh(f"{title}：可以向社会公开的数据资源"),
        "dct:publisher": _agent(f"{base}/catalogue#publisher", publisher),
        "dct:language": {"@id": "http://publications.europa.eu/resource/authority/language/ZHO"},
        "dcat:dataset": found,
    }


def _dataset(entry: Entry, providers: Mapping[str, str], base: str) -> dict[str, Any]:
    content = entry.content
    assert isinstance(content, ResourceContent)
    place = f"{base}/catalogue/{entry.region}/{entry.id}"
    rights = "PUBLIC" if content.open == "open" else "RESTRICTED"
    dataset: dict[str, Any] = {
        "@id": place,
        "@type": "dcat:Dataset",
        "dct:identifier": entry.code,
        "dct:title": _zh(content.name),
        "dct:description": _zh(content.summary),
        "dct:publisher": _agent(f"{base}/catalogue#{entry.provider}", providers.get(entry.provider, entry.provider)),
        "dct:accessRights": {"@id": ACCESS + rights},
        "dct:accrualPeriodicity": {"@id": FREQUENCY + CYCLES[content.cycle]},
        "dcat:keyword": [_zh(field.label) for field in content.fields],
        "dcat:distribution": [
            {
                "@id": f"{place}#distribution",
                "@type": "dcat:Distribution",
                "dct:title": _zh(f"{content.name}（{content.format}）"),
                "dcat:accessURL": {"@id": place},
            }
        ],
    }
    if entry.published_at is not None:
        dataset["dct:issued"] = entry.published_at.isoformat()
    if entry.updated_on is not None:
        dataset["dct:modified"] = entry.updated_on.isoformat()
    return dataset


def _zh(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "zh-Hans"}


def _agent(place: str, name: str) -> dict[str, Any]:
    return {"@id": place, "@type": "foaf:Agent", "foaf:name": _zh(name)}
