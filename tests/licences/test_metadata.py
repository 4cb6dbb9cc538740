"""Metadata for other systems: complete, under a deployment's names, without the holder's number."""

import json
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from tongban.basics.codes.licence import parse
from tongban.basics.database import Database
from tongban.basics.vault import Vault
from tongban.connectors.metadata_names import metadata_names
from tongban.licences import actions
from tongban.licences.errors import MetadataUnfit
from tongban.licences.metadata import TERMS, Names, write
from tongban.licences.models import Licence

from .cast import BIRTH, HEALTH, REGION, WANG_FANG, issued


@pytest.fixture(scope="module")
async def licence(database: Database, vault: Vault) -> Licence:
    made = await issued(database, vault)
    async with database.connection() as connection:
        return await actions.read(connection, vault, REGION, made.id)


def test_json_and_xml_say_the_same_and_no_personal_number(licence: Licence) -> None:
    plain, marked = write(licence, "json", Names()), write(licence, "xml", Names())
    found = json.loads(plain)
    assert {one.tag: one.text or "" for one in ElementTree.fromstring(marked)} == found
    assert list(found) == list(TERMS.values())
    assert (found["证照类型代码"], found["颁发机构代码"], found["证照状态"]) == (BIRTH.code, HEALTH.uscc, "有效")
    assert parse(found["证照编码"]).version == found["版本号"] == "001"
    assert WANG_FANG not in plain.decode() + marked.decode()


def test_a_suspended_licence_is_other_and_says_what(licence: Licence) -> None:
    found = json.loads(write(msgspec.structs.replace(licence, state="suspended"), "json", Names()))
    assert (found["证照状态"], found["证照状态描述"]) == ("其他", "暂停")


def test_a_deployment_s_names_and_codes_are_used(licence: Licence, tmp_path: Path) -> None:
    path = tmp_path / "licence-metadata.yaml"
    assert metadata_names(path) == Names()
    path.write_text('root: license\nfields: {number: ZZBM}\nstates: {valid: "1"}\n', "utf-8")
    root = ElementTree.fromstring(write(licence, "xml", metadata_names(path)))
    assert (root.tag, root.findtext("ZZBM"), root.findtext("证照状态")) == ("license", licence.number, "1")


@pytest.mark.parametrize(
    "text", ["root: a b", "fields: {colour: x}", "fields: {number: 版本号}", "roots: x", "states: {lost: '1'}"]
)
def test_names_that_no_document_can_have_are_refused_with_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "licence-metadata.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(MetadataUnfit, match=r"licence-metadata\.yaml"):
        metadata_names(path)
