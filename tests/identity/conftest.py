"""One platform for all tests of sign-in at other applications: an ASGI node, applications, and browsers of people."""

import base64
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from tests.conftest import BASE, Template
from tests.identity.served import Node, serving
from tests.world import FANG, REGION, World

from tongban.parties.actions import open_session
from tongban.parties.applications import actions
from tongban.parties.applications.keys import SigningKeys
from tongban.parties.applications.models import Application, Registration
from tongban.parties.applications.provider import IdentityProvider
from tongban.web.app import create_app
from tongban.web.signed_in import SESSION_COOKIE
from tongban.web.site import Site, WebSettings

BACK = "https://bike.example/back"
OUT = "https://bike.example/out"
ADMINISTRATOR = "吴浩"


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def parameters(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query))


@dataclass
class Browser:
    """Somebody's browser: keeps cookies, follows nothing by itself, sends forms with their hidden fields."""

    client: httpx.AsyncClient
    world: World

    async def enter(self, login: str) -> None:
        """Sign in on the platform's own page."""
        page = await self.client.get("/sign-in?again=1")
        answer = await self.send(page, "/sign-in", login=login, password="tongban-2026")
        assert answer.status_code == 303, answer.text

    async def send(self, page: httpx.Response, to: str, **typed: str) -> httpx.Response:
        """Send a form of ``page``."""
        token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
        account = re.search(r'name="account" value="([^"]+)"', page.text)
        hidden = {"_csrf_token": token[1]} if token else {}
        if account:
            hidden["account"] = account[1]
        return await self.client.post(to, data={**hidden, **typed})


@dataclass
class Town:
    """The node with its applications. ``secrets``: of each application that keeps one."""

    world: World
    site: Site
    transport: httpx.ASGITransport
    secrets: dict[Any, str] = field(default_factory=dict)

    def browser(self, **headers: str) -> Browser:
        """A new browser."""
        return Browser(httpx.AsyncClient(transport=self.transport, base_url=BASE, headers=headers), self.world)

    async def signed_in(self, name: str = FANG) -> Browser:
        """A browser in which somebody is signed in, by a password as it were: passwords take their time."""
        found = self.browser()
        async with self.world.database.connection() as connection:
            account = self.world.accounts[name]
            secret = await open_session(connection, account, "browser", factors=("password",))
        found.client.cookies.set(SESSION_COOKIE, secret, domain="tongban.test", path="/")
        return found

    async def register(self, **stated: Any) -> Application:
        """Register an application as the region's administrator."""
        given = {"name": "共享单车", "purpose": "骑车时确认是您本人", "department": "hangzhou-bike"} | stated
        given["department"] = next(iter(self.world.kernel.directory.region(REGION).departments)).id
        actor, now = await self.world.actor(ADMINISTRATOR), await self.world.now()
        async with self.world.database.connection() as connection:
            made, secret = await actions.register(
                connection, actor, self.world.kernel.directory, REGION, Registration(**given), now
            )
        if secret:
            self.secrets[made.id] = secret
        return made

    async def bike(self, **stated: Any) -> Application:
        """An application of the usual kind."""
        usual: dict[str, Any] = {
            "scopes": ("openid", "profile", "phone"), "redirects": (BACK,), "after_sign_out": (OUT,),
        }  # fmt: skip
        return await self.register(**usual | stated)

    def ask(self, application: Application, verifier: str = "", **changes: str | None) -> str:
        """The address by which an application asks to sign somebody in."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": str(application.id),
            "redirect_uri": BACK,
            "scope": " ".join(application.stated.scopes),
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": challenge_of(verifier or "v" * 50),
            "code_challenge_method": "S256",
        }
        return f"/identity/authorize?{urlencode({k: v for k, v in {**asked, **changes}.items() if v is not None})}"

    async def agreed(self, browser: Browser, application: Application, **changes: str | None) -> str:
        """The code that an application gets when somebody agrees, now or before."""
        address = self.ask(application, **changes)
        answer = await browser.client.get(address)
        if answer.status_code == 200:
            query = address.partition("?")[2]
            answer = await browser.send(answer, f"/identity/consent?{query}", answer="agree")
        assert answer.status_code == 303, answer.text
        return parameters(answer.headers["location"])["code"]

    async def call(self, path: str, application: Application | None = None, **form: str) -> httpx.Response:
        """A call of an application's program, which proves itself by its secret."""
        proof = (str(application.id), self.secrets[application.id]) if application else None
        async with httpx.AsyncClient(transport=self.transport, base_url=BASE) as client:
            return await client.post(f"/identity/{path}", data=form, auth=proof)  # type: ignore[arg-type]

    async def exchange(self, application: Application, code: str, **changes: str) -> httpx.Response:
        """Tokens for a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": "v" * 50}
        return await self.call("token", application, **form | changes)

    async def tokens(self, browser: Browser, application: Application, **changes: str | None) -> dict[str, Any]:
        """The tokens of a sign-in from its beginning."""
        answer = await self.exchange(application, await self.agreed(browser, application, **changes))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def about(self, access: str) -> httpx.Response:
        """What an application may know with an access token."""
        async with httpx.AsyncClient(transport=self.transport, base_url=BASE) as client:
            return await client.get("/identity/userinfo", headers={"authorization": f"Bearer {access}"})

    async def refusals(self, application: Application) -> set[str]:
        """What was refused at an application."""
        rows = await self.world.rows(
            "SELECT reason FROM application_refusals WHERE application = %(id)s", id=application.id
        )
        return {row[0] for row in rows}

    async def entries(self, kind: str) -> list[Any]:
        """The data of the ledger's entries of one kind, the oldest first."""
        rows = await self.world.rows("SELECT data FROM ledger_entries WHERE kind = %(k)s ORDER BY id", k=kind)
        return [row[0] for row in rows]


@pytest.fixture(scope="module")
async def town(template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The platform of one test file."""
    address = template.copy()
    world = template.world(address)
    await world.database.open()
    keys = SigningKeys(Path(tmp_path_factory.mktemp("identity")))
    provider = IdentityProvider(BASE, keys, world.kernel.vault)
    settings = WebSettings(base_url=BASE, secret=secrets.token_hex(20), demonstration=True)
    site = Site(world.kernel, settings, provider=provider)
    transport = httpx.ASGITransport(app=create_app(site), raise_app_exceptions=False)  # type: ignore[arg-type]
    yield Town(world, site, transport)
    await world.database.close()
    template.drop(address)


@pytest.fixture(scope="module")
async def node(template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node served over HTTP, one a test file."""
    async for found in serving(template, tmp_path_factory.mktemp("identity")):
        yield found
