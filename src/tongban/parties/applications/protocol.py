"""Authlib's objects over our rows: a client, a code, a token, a request, and the store behind them.

Authlib's methods are synchronous and run in a thread of their own; the store is asked from there through the loop that
holds the connection, so one transaction covers the whole call. Called by ``server`` alone.
"""

import asyncio
import hmac
import time
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any, TypeVar

from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Payload, OAuth2Request, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin

from tongban.basics.database import Connection
from tongban.parties.actions import digest_of
from tongban.parties.applications.asked import Asked
from tongban.parties.applications.models import Application, Behind, Code
from tongban.parties.applications.scopes import in_order

T = TypeVar("T")
KEY_METHOD = "private_key_jwt"


class Store:
    """One connection, asked from a thread. ``why``: our own word for what is about to be refused."""

    def __init__(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        self.connection, self._loop = connection, loop
        self.why = ""

    def wait(self, doing: Coroutine[Any, Any, T]) -> T:
        """The result of ``doing``, which runs in the loop while this thread waits."""
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()


class Payload(OAuth2Payload):  # type: ignore[misc]
    """The parameters of a request."""

    def __init__(self, asked: Asked) -> None:
        self._data = asked.values
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in [*asked.query, *asked.form]:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        """The first value of each."""
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        """Every value of each."""
        return self._lists


class Demand(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib reads it."""

    def __init__(self, asked: Asked) -> None:
        # Authlib refuses plain http by the address that it is told. TLS ends in front of this process; whether people
        # reach it by https is a matter of the deployment, which the doctor checks.
        super().__init__(asked.method, f"https://node{asked.path}", headers=asked.headers)
        self.payload = Payload(asked)
        self._form = dict(reversed(asked.form))
        self._query = dict(reversed(asked.query))

    @property
    def form(self) -> dict[str, str]:
        """What was sent in the body."""
        return self._form

    @property
    def args(self) -> dict[str, str]:
        """What stood in the address."""
        return self._query


class Client(ClientMixin):  # type: ignore[misc]
    """A registered application as a client of the protocol."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.id_token_signed_response_alg = application.stated.algorithm

    @property
    def client_id(self) -> str:
        """The application's id."""
        return str(self.application.id)

    def get_client_id(self) -> str:
        """The application's id."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: an address is always named, and compared sign by sign."""
        return

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """``scope`` when all of it is registered, in our order; None refuses. Nothing is dropped silently."""
        registered = set(self.application.stated.scopes)
        asked = set((scope or "").split()) or (registered if self._institution else set())
        if not asked or not asked <= registered:
            return None
        return " ".join(in_order(asked))

    @property
    def _institution(self) -> bool:
        return self.application.stated.kind == "institution"

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether people may be sent there: exactly as registered."""
        return redirect_uri in self.application.stated.redirects

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether it is the secret, or the one before while that still goes on."""
        brought, known = digest_of(client_secret), self.application
        right = known.secret_digest is not None and hmac.compare_digest(known.secret_digest, brought)
        overlapping = known.old_until is not None and known.old_until.timestamp() > time.time()
        before = known.old_digest is not None and overlapping and hmac.compare_digest(known.old_digest, brought)
        return right or before

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """How the application proves itself: not at all when public, by its key when it has one, else by its secret."""
        if self.application.public:
            return method == "none"
        if self.application.stated.keys:
            return method == KEY_METHOD
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        """Codes only; an institution signs nobody in."""
        return response_type == "code" and not self._institution

    def check_grant_type(self, grant_type: str) -> bool:
        """An institution acts in its own name, others in a person's."""
        if self._institution:
            return grant_type == "client_credentials"
        return grant_type in ("authorization_code", "refresh_token")


class BroughtCode(AuthorizationCodeMixin):  # type: ignore[misc]
    """A code that was brought."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.code_challenge, self.code_challenge_method = code.challenge, "S256"

    def get_redirect_uri(self) -> str:
        """Where the person was sent."""
        return self.code.redirect_uri

    def get_scope(self) -> str:
        """What was agreed."""
        return " ".join(self.code.behind.scopes)

    def get_nonce(self) -> str | None:
        """What the application sent along."""
        return self.code.nonce

    def get_auth_time(self) -> int:
        """When the person proved who they are (POSIX seconds)."""
        return int(self.code.behind.signed_in_at.timestamp())

    def get_acr(self) -> str:
        """How sure the identity is."""
        return self.code.behind.acr

    def get_amr(self) -> list[str]:
        """By what the person proved it."""
        return list(self.code.behind.amr)


class BroughtToken(TokenMixin):  # type: ignore[misc]
    """A token that was brought. ``text`` is the token itself."""

    def __init__(self, behind: Behind, kind: str, text: str) -> None:
        self.behind, self.kind, self.text = behind, kind, text

    def check_client(self, client: Client) -> bool:
        """Whether it was given to this application."""
        return self.behind.application == client.application.id

    def get_scope(self) -> str:
        """What it is good for."""
        return " ".join(self.behind.scopes)

    def is_expired(self) -> bool:
        """Whether anything that it rests on is gone."""
        return not self.behind.lives

    def is_revoked(self) -> bool:
        """Whether it was used up."""
        return self.behind.used_at is not None
