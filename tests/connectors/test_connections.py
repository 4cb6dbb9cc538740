"""The list of connectors: what it may say, how it is refused, and how a running process takes up its changes."""

from pathlib import Path

import httpx
import pytest

from tongban.connectors.connection_errors import ConnectorsInvalid
from tongban.connectors.connections import Department, Listed, read_connectors
from tongban.connectors.departmental import HttpProvider


def read(path: Path) -> dict[str, Listed]:
    return read_connectors(path, httpx.AsyncClient())


def test_the_list_gives_each_resource_its_address_and_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret-token\n")
    path = tmp_path / "connectors.yaml"
    path.write_text("civil-affairs.marriage: {url: 'http://127.0.0.1:9/look-up', token_file: token}\n")
    listed = read(path)
    assert set(listed) == {"civil-affairs.marriage"}
    one = listed["civil-affairs.marriage"]
    assert one.entry == Department(url="http://127.0.0.1:9/look-up", token_file="token")
    assert isinstance(one.provider, HttpProvider) and one.entry.where == "http://127.0.0.1:9/look-up"
    assert "secret-token" not in repr(listed) + repr(vars(one.provider))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "not valid YAML"),
        ("- a", "expected a mapping"),
        ("a: {url: 'ftp://x/', token_file: token}", "must begin with https://"),
        ("a: {url: 'http://u:p@x/', token_file: token}", "neither credentials"),
        ("a: {url: 'http://x/', token_file: absent}", "absent"),
        ("a: {url: 'http://x/', token_file: empty}", "must hold one token"),
        ("a: {url: 'http://x/'}", "token_file"),
        ("a: {url: 'http://x/', token_file: token, password: x}", "password"),
    ],
)
def test_a_faulty_list_names_the_fault_and_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "token").write_text("t")
    (tmp_path / "empty").write_text(" ")
    path = tmp_path / "connectors.yaml"
    path.write_text(text)
    with pytest.raises(ConnectorsInvalid, match=words) as refusal:
        read(path)
    assert str(path) in refusal.value.message() and "\n" not in refusal.value.message()


def test_every_fault_of_a_list_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "connectors.yaml"
    path.write_text("a: {url: 'ftp://x/', token_file: t}\nb: 3\n")
    with pytest.raises(ConnectorsInvalid) as refusal:
        read(path)
    assert refusal.value.data["count"] == 2
    with pytest.raises(ConnectorsInvalid, match=r"absent\.yaml"):
        read(tmp_path / "absent.yaml")
