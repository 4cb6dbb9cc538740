"""The invented departmental system itself: who may ask, what it writes down, what it keeps."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

QUESTION = {
    "match": {"id_number": "33090319900101000a"},
    "fields": ["name", "copies"],
    "case": "case-1",
    "purpose": "办理新生儿落户",
    "basis": "户口登记条例 第七条",
    "consumer": "d-police",
    "request_id": "request-1",
}


def ask(department: Any, question: dict[str, Any], token: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token or department.token}"}
    return httpx.post(f"{department.url}/look-up", json=question, headers=headers)


def test_it_answers_with_asked_fields_and_the_keys_of_its_own_record(department: Any) -> None:
    assert ask(department, QUESTION).json() == {
        "found": True,
        "match": {"id_number": "33090319900101000A"},
        "fields": {"name": "王芳", "copies": 2},
    }


def test_it_writes_down_who_asked_and_why_but_not_the_number(department: Any) -> None:
    ask(department, QUESTION | {"case": "case-logged"})
    access = department.administer("GET", "/accesses")[0]
    assert (access["consumer"], access["case_id"], access["purpose"]) == ("d-police", "case-logged", "办理新生儿落户")
    assert access["records"].isdecimal(), "one record, by its number in the department's own storage"
    assert "33090319900101000" not in str(access).upper()


def test_a_wrong_token_is_refused_before_anything_is_read(department: Any) -> None:
    seen = len(department.administer("GET", "/accesses"))
    assert ask(department, QUESTION, token="wrong").status_code == 401
    assert ask(department, {}, token="wrong").status_code == 401
    assert httpx.post(f"{department.url}/look-up", json=QUESTION).status_code == 401
    assert len(department.administer("GET", "/accesses")) == seen


def test_the_platforms_token_does_not_administer(department: Any) -> None:
    headers = {"authorization": f"Bearer {department.token}"}
    for method, path in (("GET", "/accesses"), ("POST", "/records/remove"), ("PUT", "/fault")):
        body: dict[str, str] | None = None if method == "GET" else {}
        assert httpx.request(method, department.url + path, json=body, headers=headers).status_code == 401


@pytest.mark.parametrize("name", ["match", "fields", "case", "purpose", "basis", "consumer", "request_id"])
def test_a_question_without_its_reasons_is_refused(department: Any, name: str) -> None:
    without = {key: part for key, part in QUESTION.items() if key != name}
    empty = {name: type(QUESTION[name])()}
    assert [ask(department, question).status_code for question in (without, without | empty)] == [400, 400]


def test_two_records_for_one_question_are_no_answer(department: Any) -> None:
    twin = {"id_number": "twin", "name": "甲"}
    for _ in range(2):
        department.administer("POST", "/records", twin)
    assert ask(department, QUESTION | {"match": {"id_number": "twin"}}).status_code == 409
    assert len(department.administer("POST", "/records/remove", {"match": {"id_number": "twin"}})["rows"]) == 2


def test_an_empty_removal_removes_nothing(department: Any) -> None:
    assert department.administer("POST", "/records/remove", {"match": {}}) == {"rows": []}
    assert ask(department, QUESTION).json()["found"] is True


def test_its_storage_outlives_it_and_is_seeded_once(department: Any, tmp_path: Path) -> None:
    own = type(department)(tmp_path, [{"id_number": "1", "name": "甲"}], faults=False)
    own.start()
    question = QUESTION | {"match": {"id_number": "1"}}
    own.administer("POST", "/records/remove", {"match": {"id_number": "1"}})
    own.administer("POST", "/records", {"id_number": "2", "name": "乙"})
    own.stop()
    own.start()
    assert ask(own, question).json()["found"] is False
    assert ask(own, question | {"match": {"id_number": "2"}}).json()["fields"] == {"name": "乙"}
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        own.administer("PUT", "/fault", {"kind": "down"})
    own.stop()


def refusal(folder: Path, port: int = 1) -> str:
    """The one line that ``tongban department serve`` ends with in ``folder``."""
    options = ["--resource=civil-affairs.marriage", "--data=r.yaml", "--storage=s", "--token-file=token"]
    command = [sys.executable, "-m", "tongban.cli.main", "department", "serve", *options, f"--port={port}"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "LANG": "C"}
    )
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("records", "token", "words"),
    [
        ("{}", "0123456789abcdef", "wrong content"),
        ("resource: other\nrows: []", "0123456789abcdef", "is for other"),
        ("resource: civil-affairs.marriage\nrows: []", "short", "fewer than 16"),
    ],
)
def test_it_starts_only_with_its_own_records_and_a_real_token(
    tmp_path: Path, records: str, token: str, words: str
) -> None:
    (tmp_path / "r.yaml").write_text(records)
    (tmp_path / "token").write_text(token)
    told = refusal(tmp_path)
    assert words in told and "Repair" in told


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("resource: civil-affairs.marriage\nrows: []")
    (tmp_path / "token").write_text("0123456789abcdef")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port} (Address already in use" in refusal(tmp_path, port)
