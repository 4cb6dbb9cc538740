"""A browser is known by its cookie, a program by its token, and neither by the other's secret."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Response, get, post

from tongban.parties.actions import SessionKind, open_session, register, sign_out
from tongban.parties.models import Particulars
from tongban.web import public
from tongban.web.app import create_app
from tongban.web.cached import FrontDoor
from tongban.web.signed_in import SESSION_COOKIE, perhaps_signed_in, session_cookie, signed_in
from tongban.web.site import Site, WebRequest, WebSettings

BASE = "http://tongban.test"


@get("/who-for-test")
async def who(request: WebRequest) -> str:
    """The name of who asks, asked for twice."""
    await signed_in(request)
    return (await signed_in(request)).actor.name


@get("/perhaps-for-test")
async def perhaps(request: WebRequest) -> str:
    """The name of who asks, or nobody."""
    known = await perhaps_signed_in(request)
    return known.actor.name if known else "nobody"


@post("/act-for-test")
async def act(request: WebRequest) -> Response[str]:
    """Something only for who is signed in."""
    return Response((await signed_in(request)).actor.name)


@pytest.fixture(scope="module")
def front(site: Site) -> FrontDoor:
    """The application with three addresses more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(public, "ROUTES", (*public.ROUTES, who, perhaps, act))
        return create_app(site)


@pytest.fixture
async def client(site: Site, front: FrontDoor) -> AsyncIterator[httpx.AsyncClient]:
    await site.kernel.database.open()
    transport = httpx.ASGITransport(app=front)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made


async def opened(site: Site, kind: SessionKind) -> str:
    """A session of 王芳; the account is made once."""
    async with site.kernel.database.connection() as connection:
        particulars = Particulars(id_number="330103199001011236")
        account = await register(
            connection, site.kernel.vault, name="王芳", particulars=particulars, login="wangfang", password_hash="none"
        )
        assert account is not None
        return await open_session(connection, account, kind)


async def test_a_browser_is_known_by_its_cookie(client: httpx.AsyncClient, site: Site) -> None:
    client.cookies.set(SESSION_COOKIE, await opened(site, "browser"))
    assert (await client.get("/who-for-test")).text == "王芳"
    assert (await client.get("/perhaps-for-test")).text == "王芳"


async def test_a_visitor_is_led_to_sign_in_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/who-for-test?page=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fwho-for-test%3Fpage%3D2"
    assert (await client.get("/perhaps-for-test")).text == "nobody"


async def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(
    client: httpx.AsyncClient, site: Site
) -> None:
    secret = await opened(site, "browser")
    client.cookies.set(SESSION_COOKIE, secret)
    await client.get("/verify")
    async with site.kernel.database.connection() as connection:
        await sign_out(connection, secret)
    headers = {"x-csrftoken": client.cookies["tongban_form"], "referer": f"{BASE}/verify?step=2"}
    answer = await client.post("/act-for-test", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fverify%3Fstep%3D2")
    assert f'{SESSION_COOKIE}=""' in answer.headers["set-cookie"] or "Max-Age=0" in answer.headers["set-cookie"]


async def test_a_referer_elsewhere_leads_nowhere_else(client: httpx.AsyncClient) -> None:
    await client.get("/verify")
    headers = {"x-csrftoken": client.cookies["tongban_form"], "referer": "https://evil.example//evil.example/x"}
    answer = await client.post("/act-for-test", headers=headers)
    assert answer.headers["location"] == "/sign-in?next=%2F"


async def test_a_token_is_no_cookie_and_a_cookie_no_token(client: httpx.AsyncClient, site: Site) -> None:
    token, cookie = await opened(site, "token"), await opened(site, "browser")
    known = await client.get("/api/v1/licences", headers={"authorization": f"Bearer {token}"})
    assert known.status_code == 200
    strange = await client.get("/api/v1/licences", headers={"authorization": f"Bearer {cookie}"})
    assert strange.status_code == 401
    client.cookies.set(SESSION_COOKIE, token)
    assert (await client.get("/who-for-test")).status_code == 303


def test_the_session_cookie_is_kept_from_scripts_and_from_plain_http(site: Site) -> None:
    plain = session_cookie(site, "secret")
    assert (plain.httponly, plain.samesite, plain.secure) == (True, "lax", False)
    secure = Site(site.kernel, WebSettings(base_url="https://tongban.test", secret="x" * 32))
    assert session_cookie(secure, "secret").secure is True
