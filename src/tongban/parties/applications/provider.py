"""Sign-in for other applications, as the web floor asks for it: look at a demand, agree, refuse, exchange.

The composition root makes one ``IdentityProvider`` a process. The protocol's library is loaded with the first call, in
a thread: it takes a second, and most processes never need it.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.vault import Vault
from tongban.parties.applications import issuing
from tongban.parties.applications.asked import Answered, Asked
from tongban.parties.applications.keys import SigningKeys
from tongban.parties.applications.models import Application, SignedInAs
from tongban.parties.applications.rules import ACR
from tongban.parties.models import Actor, Factor

if TYPE_CHECKING:
    from tongban.parties.applications.server import Server

T = TypeVar("T")
MOST_PARAMETER = 4000
INVALID = Answered(400, {"error": "invalid_request"}, [("Content-Type", "application/json")])


class Looked(Struct, frozen=True):
    """What came of looking at a demand to sign somebody in.

    ``refused``: what goes back at once, to the application where it could be trusted to have asked. Otherwise the
    application and what it asks for; ``prompt``: what it wants to be shown (``login``, ``consent``,
    ``select_account``), ``silent``: that nothing may be shown (``prompt=none``); ``oldest``: seconds that the sign-in
    may be old.
    """

    refused: Answered | None = None
    application: Application | None = None
    scopes: tuple[str, ...] = ()
    prompt: str | None = None
    silent: bool = False
    oldest: int | None = None


AMR: Mapping[Factor, str] = {
    "password": "pwd",
    "totp": "otp",
    "code": "sms",
    "recovery-code": "otp",
    "passkey": "pop",
    "certificate": "pop",
    "invitation": "otp",
    "upper": "fed",
}
"""What opened a session, as applications read it (RFC 8176)."""


def signed_in_as(actor: Actor) -> SignedInAs:
    """How ``actor`` is signed in, for what is made from it. The actor comes from a browser session."""
    used = sorted({AMR[factor] for factor in actor.factors})
    methods = tuple(used + ["mfa"] * (len(actor.factors) > 1))
    at = actor.proved_at or dt.datetime.now(dt.UTC)
    return SignedInAs(actor.account, actor.person, actor.session, at, f"{ACR}{actor.assurance}", methods)


class IdentityProvider:
    """The protocol over this node's keys. ``issuer``: the address that applications know it by."""

    def __init__(self, issuer: str, keys: SigningKeys, vault: Vault) -> None:
        self.issuer, self.keys, self.vault = issuer, keys, vault

    async def look(self, connection: Connection, asked: Asked, signed: SignedInAs | None) -> Looked:
        """Check a demand to sign somebody in; ``signed``: who is, if anybody. A refusal is counted."""
        return await self._run(connection, lambda server: _look(server, asked, signed))

    async def agree(
        self, connection: Connection, asked: Asked, signed: SignedInAs, enterprise: UUID | None
    ) -> Answered:
        """A code for the application: the person agreed, under the hat ``enterprise``, now or before."""
        return await self._run(connection, lambda server: _agree(server, asked, signed, enterprise))

    async def decline(self, connection: Connection, asked: Asked, error: str) -> Answered:
        """Send the person back without a code: ``access_denied``, ``consent_required``, ``login_required``."""
        return await self._run(connection, lambda server: _decline(server, asked, error))

    async def token(self, connection: Connection, asked: Asked) -> Answered:
        """Tokens for a code, for a refresh token, or for an institution."""
        return await self._exchange(connection, asked, lambda server: server.create_token_response(asked))

    async def endpoint(self, connection: Connection, asked: Asked, name: str) -> Answered:
        """``revocation`` or ``introspection``."""
        return await self._exchange(connection, asked, lambda server: server.create_endpoint_response(name, asked))

    async def _exchange(self, connection: Connection, asked: Asked, act: Callable[["Server"], Answered]) -> Answered:
        names = [name for name, _ in asked.form]
        if len(names) != len(set(names)) or any(len(value) > MOST_PARAMETER for _, value in asked.form):
            await issuing.note_refusal(connection, None, "parameters_unfit")
            return INVALID
        try:
            return await self._run(connection, act)
        except ValueError:
            # What can not be read as the protocol says, such as credentials that are no text.
            await issuing.note_refusal(connection, None, "request_unreadable")
            return INVALID

    async def _run(self, connection: Connection, act: Callable[["Server"], T]) -> T:
        """``act`` in a thread, inside one transaction that is kept even when the answer is a refusal."""
        async with connection.transaction():
            return await asyncio.to_thread(_served, self, connection, asyncio.get_running_loop(), act)


def _served(
    provider: IdentityProvider, connection: Connection, loop: asyncio.AbstractEventLoop, act: Callable[["Server"], T]
) -> T:
    from tongban.parties.applications.protocol import Store
    from tongban.parties.applications.server import Server

    return act(Server(provider.issuer, provider.keys, provider.vault, Store(connection, loop)))


def _look(server: "Server", asked: Asked, signed: SignedInAs | None) -> Looked:
    from authlib.oauth2 import OAuth2Error

    demand = server.create_oauth2_request(asked)
    try:
        grant = server.get_consent_grant(demand, end_user=signed)
        oldest = _oldest(asked.values.get("max_age"))
    except OAuth2Error as error:
        return Looked(refused=server.handle_error_response(demand, error))
    except ValueError:
        server.store.wait(issuing.note_refusal(server.store.connection, None, "request_unreadable"))
        return Looked(refused=INVALID)
    silent = "none" in asked.values.get("prompt", "").split()
    scopes = tuple(demand.scope.split())
    return Looked(None, demand.client.application, scopes, grant.prompt, silent, oldest)


def _oldest(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ValueError("max_age")
    return int(text)


def _agree(server: "Server", asked: Asked, signed: SignedInAs, enterprise: UUID | None) -> Answered:
    demand: Any = server.create_oauth2_request(asked)
    grant = server.get_consent_grant(demand, end_user=signed)
    grant.signed, grant.enterprise = signed, enterprise
    answered: Answered = server.create_authorization_response(demand, grant_user=signed, grant=grant)
    return answered


def _decline(server: "Server", asked: Asked, error: str) -> Answered:
    from authlib.oauth2 import OAuth2Error

    demand: Any = server.create_oauth2_request(asked)
    redirect_uri = server.get_consent_grant(demand, end_user="somebody").redirect_uri
    answered: Answered = server.handle_error_response(
        demand, OAuth2Error(error=error, redirect_uri=redirect_uri, state=demand.payload.state)
    )
    return answered
