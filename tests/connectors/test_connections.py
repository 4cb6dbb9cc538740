"""The list of connectors: what it may say, how it is refused, and how a running process takes up its changes."""

from pathlib import Path

import httpx
import pytest

from tongban.connectors import live_connections
from tongban.connectors.connection_errors import ConnectorsInvalid
from tongban.connectors.connections import Department, Listed, read_connectors
from tongban.connectors.credentials import Credential
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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: {kind: oracle}", "oracle"),
        ("a: {kind: file, path: x.exe, columns: {}}", "must name one file"),
        ("a: {kind: file, path: '*.csv', columns: {}}", "must name one file"),
        ("a: {kind: file, path: x.csv, columns: {}, delimiter: '||'}", "one character"),
        (
            "a: {kind: postgresql, address: 'postgresql://u:p@h/d', table: t, columns: {}, password_file: token}",
            "password",
        ),
        (
            "a: {kind: postgresql, address: 'postgresql://u@h', table: t, columns: {}, password_file: token}",
            "must read",
        ),
        ("a: {kind: mysql, address: 'postgresql://u@h/d', table: t, columns: {}, password_file: token}", "mysql://"),
        (
            "a: {kind: mysql, address: 'mysql://u@h/d', table: t, columns: {n: {at: n, as: x}}, password_file: token}",
            "as",
        ),
    ],
)
def test_a_faulty_table_or_file_names_the_fault(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "token").write_text("t")
    path = tmp_path / "connectors.yaml"
    path.write_text(text)
    with pytest.raises(ConnectorsInvalid) as refusal:
        read(path)
    assert words in refusal.value.message("en")


async def test_a_running_process_takes_up_a_changed_list_and_keeps_a_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_connections, "LOOK_AGAIN", 0.0)
    (tmp_path / "token").write_text("secret-token\n")
    path = tmp_path / "connectors.yaml"
    live = live_connections.Connections(path)
    assert len(live) == 0 and live.get("a") is None, "a deployment may have no list yet"
    path.write_text("a: {url: 'http://127.0.0.1:9/', token_file: token}\n")
    first = live["a"]
    path.write_text("a: {url: 'http://127.0.0.1:9/', token_file: token}\nb: {url: 'http://x/', token_file: token}\n")
    assert set(live) == {"a", "b"} and live["a"] is first, "what stays the same keeps its connections"
    path.write_text("a: [broken")
    assert set(live) == {"a", "b"} and live["a"] is first
    path.write_text("b: {url: 'http://x/', token_file: token}\n")
    assert set(live) == {"b"} and live.get("a") is None and live.where("b") == "http://x/"
    await live.close()


def test_a_process_does_not_begin_with_a_faulty_list(tmp_path: Path) -> None:
    (tmp_path / "connectors.yaml").write_text("a: 3\n")
    with pytest.raises(ConnectorsInvalid):
        live_connections.Connections(tmp_path / "connectors.yaml")


def test_a_credential_is_read_again_when_its_file_changes_and_kept_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("first\n")
    credential = Credential(path)
    assert (credential.secret(), credential.version) == ("first", 0) and "first" not in repr(credential)
    path.write_text("")
    assert credential.secret() == "first"
    path.unlink()
    assert credential.secret() == "first"
    path.write_text("second\n")
    assert (credential.secret(), credential.version) == ("second", 1)
    path.write_text("two words\n")
    assert credential.secret() == "second"
