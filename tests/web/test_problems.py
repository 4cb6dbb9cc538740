"""Every refusal tells programs and people what happened, what to change, and never how we are built."""

import re

import httpx
import pytest

from tongban.basics.errors import TongbanError
from tongban.cases.errors import FormIncomplete
from tongban.parties.errors import TooManyAttempts
from tongban.web.language import Words
from tongban.web.problems import problem
from tongban.web.public import health
from tongban.web.signed_in import local_path

EN = {"accept-language": "en"}


async def form_token(visitor: httpx.AsyncClient, path: str) -> str:
    found = re.search(r'name="_csrf_token" value="([^"]+)"', (await visitor.get(path)).text)
    assert found
    return found.group(1)


async def test_a_missing_page_is_told_kindly_and_leads_home(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/no-such-page", headers=EN)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert 'href="/"' in answer.text


async def test_a_program_is_told_by_problem_details(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/api/v1/no-such-thing", headers=EN)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:tongban:problem:web.not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such page. The address may be mistyped or out of date.",
        "code": "web.not_found",
    }


async def test_a_wrong_method_is_told(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.delete("/receipt-check", headers=EN)
    assert (answer.status_code, "DELETE" in answer.text) == (405, True)


async def test_a_form_without_its_token_is_refused_and_nothing_is_lost(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/receipt-check", files={"receipt": ("r.json", b"{}")}, headers=EN)
    assert answer.status_code == 403
    assert "saved drafts are not lost" in answer.text


async def test_a_form_with_its_token_is_taken(visitor: httpx.AsyncClient) -> None:
    token = await form_token(visitor, "/receipt-check")
    answer = await visitor.post(
        "/receipt-check", files={"receipt": ("r.json", b"{}")}, data={"_csrf_token": token}, headers=EN
    )
    assert (answer.status_code, "Not verified" in answer.text) == (200, True)


async def test_too_much_is_refused_by_name(visitor: httpx.AsyncClient) -> None:
    token = await form_token(visitor, "/receipt-check")
    answer = await visitor.post(
        "/receipt-check", files={"receipt": ("r.json", b"x" * 300_000)}, data={"_csrf_token": token}, headers=EN
    )
    assert (answer.status_code, "Too much was sent" in answer.text) == (413, True)


@pytest.mark.parametrize("path", ["/health/ready", "/log/checkpoint"])
async def test_an_unforeseen_fault_shows_a_reference_and_no_trace(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("330103199001011234")

    monkeypatch.setattr(health, "platform_now", broken)
    monkeypatch.setattr("tongban.ledger.tiles.checkpoint", broken)
    answer = await visitor.get(path, headers=EN)
    assert answer.status_code == 500
    assert re.search(r"noted as [0-9a-f]{8}", answer.text)
    assert "ZeroDivision" not in answer.text and "330103" not in answer.text and "Traceback" not in answer.text


async def test_a_fragment_is_answered_by_a_fragment(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/no-such-page", headers={"hx-request": "true"})
    assert "<html" not in answer.text and 'role="alert"' in answer.text


async def test_a_program_without_token_gets_401_and_is_told_how(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/api/v1/licences", cookies={"tongban_session": "a browser's secret"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "parties.not_signed_in"


def test_listed_faults_are_told_in_the_readers_language() -> None:
    error = FormIncomplete([{"field": "name", "zh": "请填写姓名。", "en": "Give the name."}])
    said = {language: problem(error, Words(language))["errors"] for language in ("zh-CN", "en", "zh-Hant")}  # type: ignore[arg-type]
    assert said == {
        "zh-CN": [{"field": "name", "message": "请填写姓名。"}],
        "en": [{"field": "name", "message": "Give the name."}],
        "zh-Hant": [{"field": "name", "message": "請填寫姓名。"}],
    }
    assert problem(error, Words("en"))["field"] == "name"


def test_every_error_can_be_told_as_a_problem() -> None:
    body = problem(TooManyAttempts(seconds=900), Words("en"))
    assert (body["status"], body["title"]) == (429, "Too many requests")
    assert set(problem(TongbanError(), Words("zh-CN"))) == {"type", "title", "status", "detail", "code"}


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/mine?x=1", "/mine?x=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/a\nb", "/"),
        ("mine", "/"),
        (None, "/"),
    ],
)
def test_signing_in_leads_only_to_this_site(wanted: str | None, led: str) -> None:
    assert local_path(wanted) == led
