"""An attacker at the real application: sessions of the cast, forms with and without their token, and what was noted."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.conftest import BASE, Template
from tests.world import MONDAY, World

from tongban.parties.access.denials import VISITOR
from tongban.parties.actions import open_session
from tongban.web import denied
from tongban.web.app import create_app
from tongban.web.cached import FrontDoor
from tongban.web.denied import write
from tongban.web.signed_in import SESSION_COOKIE
from tongban.web.site import Site, WebSettings


@dataclass
class Attacker:
    """Tries at one node. ``tries`` counts them; every answer is looked at for what no answer may ever say."""

    world: World
    site: Site
    door: FrontDoor
    tries: int = 0
    _clients: dict[str | None, httpx.AsyncClient] = field(default_factory=dict)

    async def client(self, name: str | None) -> httpx.AsyncClient:
        """The browser of ``name`` (None: a visitor), signed in, with the cookie that forms need."""
        if name not in self._clients:
            transport = httpx.ASGITransport(app=self.door, raise_app_exceptions=False)  # type: ignore[arg-type]
            made = httpx.AsyncClient(transport=transport, base_url=BASE)
            if name is not None:
                async with self.world.database.connection() as connection:
                    account = self.world.accounts[name]
                    secret = await open_session(connection, account, "browser", factors=("password",))
                made.cookies.set(SESSION_COOKIE, secret, domain="tongban.test", path="/")
            await made.get("/account" if name else "/sign-in")
            self._clients[name] = made
        return self._clients[name]

    async def send(
        self, name: str | None, method: str, path: str, *, token: bool = True, **arguments: Any
    ) -> httpx.Response:
        """One try. ``token``: with the token that a form of ours carries."""
        client = await self.client(name)
        headers = dict(arguments.pop("headers", {}))
        if path.startswith("/api/") and name is not None and "authorization" not in headers:
            headers["authorization"] = f"Bearer {await self.world.secret(name)}"
        if method != "GET":
            headers.setdefault("idempotency-key", f"try-{self.tries:012}")
            if token:
                headers.setdefault("x-csrftoken", client.cookies.get("tongban_form") or "")
        self.tries += 1
        session = client.cookies.get(SESSION_COOKIE)
        answer = await client.request(method, path, headers=headers, **arguments)
        if client.cookies.get(SESSION_COOKIE) != session:  # one try neither ends nor opens what the next one stands on
            client.cookies.delete(SESSION_COOKIE, domain="tongban.test", path="/")
            if session is not None:
                client.cookies.set(SESSION_COOKIE, session, domain="tongban.test", path="/")
        assert answer.status_code < 500, (method, path, answer.text[:300])
        for told in ("Traceback", "psycopg", "SyntaxError"):
            assert told not in answer.text, (method, path, told)
        return answer

    async def noted(self, name: str | None, *reasons: str) -> int:
        """How many tries of ``name`` an operator reads of at this moment, with one of ``reasons`` (none: any)."""
        await write(self.site)
        account: UUID = self.world.accounts[name] if name else VISITOR
        found: int = await self.world.one(
            "SELECT coalesce(sum(times), 0)::integer FROM access_denials"
            " WHERE account = %(a)s AND (%(r)s::text[] = '{}' OR reason = ANY (%(r)s::text[]))",
            a=account,
            r=list(reasons),
        )
        return found


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    """One platform for all tries of a file."""
    address = template.copy()
    found = template.world(address, walled=True)
    await found.database.open()
    await found.go_to(MONDAY)
    yield found
    await found.database.close()
    template.drop(address)


@pytest.fixture(scope="module")
async def attacker(world: World) -> Attacker:
    """Who tries. Production as far as one sees it: people reach the node by https."""
    settings = WebSettings(base_url=BASE, secret="a secret of thirty-two characters")
    site = Site(world.kernel, settings)
    return Attacker(world, site, create_app(site))


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """A node that is begun after this writes at once what was refused: so each try is seen to be noted by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(denied, "SECONDS", 0.05)
        yield
