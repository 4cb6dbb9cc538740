"""Every answer carries the security headers; HEAD works wherever GET does; choices of display are kept."""

import re

import httpx
import pytest

from tongban.web.headers import secured

PATHS = ["/verify", "/receipt-check", "/keys", "/health", "/health/ready", "/style", "/receipt-check/verify_receipt.py"]


@pytest.mark.parametrize("path", [*PATHS, "/no-such-page", "/api/v1/no-such", "/assets/no-such.css"])
async def test_every_answer_is_secured(visitor: httpx.AsyncClient, path: str) -> None:
    headers = (await visitor.get(path)).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "cache-control" in headers


@pytest.mark.parametrize("path", PATHS)
async def test_pages_hold_no_inline_script_or_style(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.get(path)
    if "text/html" in answer.headers["content-type"]:
        assert re.findall(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", answer.text) == []


@pytest.mark.parametrize("path", PATHS)
async def test_head_is_get_without_its_body(visitor: httpx.AsyncClient, path: str) -> None:
    got, head = await visitor.get(path), await visitor.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert "content-length" in head.headers


def test_headers_are_copied_and_what_is_said_stays() -> None:
    given = [(b"Cache-Control", b"max-age=5")]
    first = secured(given, https=True, cache=b"no-store")
    assert secured(given, https=True, cache=b"no-store") == first
    assert given == [(b"Cache-Control", b"max-age=5")]
    assert (b"cache-control", b"max-age=5") in first and (b"cache-control", b"no-store") not in first
    assert any(name == b"strict-transport-security" for name, _ in first)
    assert not any(name == b"strict-transport-security" for name, _ in secured([], https=False, cache=b""))


async def test_a_chosen_language_is_kept(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/language", data={"value": "en", "next": "/verify"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/verify")
    assert 'lang="en"' in (await visitor.get("/verify")).text


async def test_an_unknown_language_falls_back_and_the_way_back_is_local(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.post("/language", data={"value": "tlh", "next": "//evil.example"})
    assert answer.headers["location"] == "/"
    assert "tongban_language=zh-CN" in answer.headers["set-cookie"]


async def test_large_type_is_kept(visitor: httpx.AsyncClient) -> None:
    assert 'class="large"' not in (await visitor.get("/verify")).text
    await visitor.post("/large-type", data={"value": "1", "next": "/verify"})
    assert 'class="large"' in (await visitor.get("/verify")).text


async def test_a_theme_is_kept_and_an_unknown_one_follows_the_system(visitor: httpx.AsyncClient) -> None:
    follows = re.compile(r'dark\.[^"]*css" media="screen and \(prefers-color-scheme: dark\)"')
    assert follows.search((await visitor.get("/verify")).text)
    for chosen, media in (("dark", 'media="screen"'), ("light", None)):
        answer = await visitor.post("/theme", data={"value": chosen}, headers={"referer": "http://tongban.test/verify"})
        assert answer.headers["location"] == "/verify"
        page = (await visitor.get("/verify")).text
        assert ('css" ' + media in page) if media else "dark." not in page
    await visitor.post("/theme", data={"value": "pink"})
    assert follows.search((await visitor.get("/verify")).text)


async def test_the_keys_and_the_verifier_can_be_taken_home(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/keys")).text.startswith("tongban.test/log+")
    assert "def verify_receipt(" in (await visitor.get("/receipt-check/verify_receipt.py")).text


async def test_a_mistyped_licence_code_is_told_on_the_page(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/verify/ABC")
    assert answer.status_code == 422 and "没有通过核验" in answer.text
