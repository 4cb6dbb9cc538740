"""A program that uses the API: signs in as one of the cast, gives every creating call a key of its own."""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx
from tests.world import FANG, FORM, REGION, World


@dataclass
class Program:
    """``client`` is bound to the server; ``world`` lies behind it."""

    client: httpx.AsyncClient
    world: World

    async def ask(self, name: str | None, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One call as ``name`` (None: a visitor), below ``/api/v1``."""
        headers = dict(arguments.pop("headers", {}))
        if name is not None:
            headers.setdefault("authorization", f"Bearer {await self.world.secret(name)}")
        if method == "POST":
            headers.setdefault("idempotency-key", secrets.token_hex(12))
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **arguments)

    async def did(self, name: str | None, method: str, path: str, **arguments: Any) -> Any:
        """The answer of a call that must succeed."""
        answer = await self.ask(name, method, path, **arguments)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def refused(self, name: str | None, method: str, path: str, status: int, **arguments: Any) -> dict[str, Any]:
        """The problem details of a call that must be refused with ``status``."""
        answer = await self.ask(name, method, path, **arguments)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        found: dict[str, Any] = answer.json()
        assert found["status"] == status
        return found

    async def ready(self, name: str = FANG, **changes: Any) -> dict[str, Any]:
        """A draft with nothing missing, made as a program makes it."""
        draft = await self.did(name, "POST", "/drafts", json={"region": REGION, "journey": "birth"})
        place = f"/drafts/{REGION}/{draft['id']}"
        draft = await self.did(name, "PUT", f"{place}/notice", json={"consents": []})
        body = {"revision": draft["revision"], "values": {**FORM, **changes}}
        saved: dict[str, Any] = await self.did(name, "PUT", f"{place}/form", json=body)
        return saved

    async def submitted(self, name: str = FANG, **changes: Any) -> dict[str, Any]:
        """A case just submitted."""
        draft = await self.ready(name, **changes)
        made: dict[str, Any] = await self.did(
            name, "POST", f"/drafts/{REGION}/{draft['id']}/submission", json={"revision": draft["revision"]}
        )
        return made
