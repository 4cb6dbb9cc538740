"""The protocol itself, by Authlib's framework-free core: code with PKCE, refresh with rotation, client credentials.

OpenID Connect Core 1.0, OAuth 2.0 (RFC 6749) as narrowed by RFC 9700: S256 for everybody, exact addresses, codes and
refresh tokens good for once, the issuer named in every answer (RFC 9207). Loaded with the first application that
asks: Authlib takes a second. Called by ``provider`` in a thread.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidRequestError
from authlib.oauth2.rfc6749.errors import InvalidClientError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.core.grants import OpenIDCode
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tongban.basics.database import platform_now
from tongban.basics.ids import new_secret
from tongban.basics.vault import Vault
from tongban.parties.applications import issuing
from tongban.parties.applications.asked import Answered, Asked
from tongban.parties.applications.keys import SigningKeys
from tongban.parties.applications.models import TOKEN_METHODS, Behind, SignedInAs
from tongban.parties.applications.protocol import (
    KEY_METHOD,
    BroughtCode,
    BroughtToken,
    Client,
    Demand,
    Store,
)
from tongban.parties.applications.reading import find
from tongban.parties.applications.rules import subject_of

REASONS = {
    "Missing 'code_challenge'": "challenge_missing",
    "Invalid 'code_challenge'": "challenge_unfit",
    "Unsupported 'code_challenge_method'": "challenge_unfit",
    "Missing 'code_verifier'": "verifier_missing",
    "Invalid 'code_verifier'": "verifier_unfit",
    "Code challenge failed.": "verifier_wrong",
    "Invalid 'redirect_uri' in request.": "redirect_differs",
}
"""What Authlib says, in our words; everything else is counted under the protocol's own error."""
UNREMARKABLE = ("access_denied", "consent_required", "login_required")
ID_TOKEN_SECONDS = 600


class Server(AuthorizationServer):  # type: ignore[misc]
    """The protocol over one transaction."""

    def __init__(self, issuer: str, keys: SigningKeys, vault: Vault, store: Store) -> None:
        super().__init__()
        self.issuer, self.keys, self.vault, self.store = issuer, keys, vault, store
        self.register_token_generator("default", BearerTokenGenerator(_secret, _secret, _seconds))
        self.register_client_auth_method(KEY_METHOD, Assertion(self))
        self.register_grant(CodeGrant, [Challenge(required=True), IdToken(self)])
        self.register_grant(RefreshGrant)
        self.register_grant(InstitutionGrant)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)

    def query_client(self, client_id: str) -> Client | None:
        """The registered application, unless it was closed."""
        found = self.store.wait(find(self.store.connection, client_id))
        return Client(found) if found and found.closed_at is None else None

    def save_token(self, token: dict[str, Any], request: Demand) -> None:
        """Keep what was just made, under what it was made from."""
        scopes, access, refresh = token["scope"].split(), token["access_token"], token.get("refresh_token")
        connection = self.store.connection
        brought = request.authorization_code or request.refresh_token
        if brought is None:
            now = self.store.wait(platform_now(connection))
            self.store.wait(issuing.put_institution_token(connection, request.client.application, scopes, access, now))
            return
        behind: Behind = brought.code.behind if isinstance(brought, BroughtCode) else brought.behind
        self.store.wait(issuing.put_tokens(connection, behind.authorization, scopes, access, refresh))

    def create_oauth2_request(self, request: Asked | Demand) -> Demand:
        """The request as Authlib reads it."""
        return request if isinstance(request, Demand) else Demand(request)

    def create_json_request(self, request: Asked) -> None:
        """Nobody registers or asks by JSON documents here."""
        raise NotImplementedError

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens: what happened stands in the ledger."""

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answered:
        """What goes back; whoever is sent away is told by whom (RFC 9207)."""
        named = [(k, add_params_to_uri(v, {"iss": self.issuer}) if k == "Location" else v) for k, v in headers]
        return Answered(status, body, named)

    def handle_error_response(self, request: Demand, error: OAuth2Error) -> Answered:
        """A refusal, counted."""
        self.count(request, error)
        return super().handle_error_response(request, error)  # type: ignore[no-any-return]

    def count(self, request: Demand, error: OAuth2Error) -> None:
        """Let administrators see what was refused; that somebody was not signed in, or said no, is no refusal."""
        if error.error in UNREMARKABLE:
            return
        reason = self.store.why or REASONS.get(error.description or "", error.error)
        client = request.client or self.query_client(request.payload.client_id or "")
        known: UUID | None = client.application.id if client else None
        self.store.wait(issuing.note_refusal(self.store.connection, known, reason))


def _secret(**_: Any) -> str:
    return new_secret()


def _seconds(client: Client, grant_type: str) -> int:
    return int(issuing.ACCESS.total_seconds())


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Sign-in: a code for the person's browser, tokens for the application."""

    TOKEN_ENDPOINT_AUTH_METHODS = TOKEN_METHODS
    signed: SignedInAs
    enterprise: UUID | None = None

    @staticmethod
    def validate_authorization_redirect_uri(request: Demand, client: Client) -> str:
        """The address, exactly as registered. Said in our own words: Authlib's repeat the address."""
        wanted = request.payload.redirect_uri
        if not wanted or not client.check_redirect_uri(wanted):
            raise InvalidRequestError("The redirect_uri is not registered.")
        return str(wanted)

    def validate_authorization_request(self) -> str:
        """What codes are made for, without the parts of the protocol that are not offered."""
        redirect_uri: str = super().validate_authorization_request()
        data = self.request.payload.data
        for name in ("request", "request_uri", "registration"):
            if data.get(name):
                raise OAuth2Error(error=f"{name}_not_supported", redirect_uri=redirect_uri)
        if data.get("response_mode", "query") != "query":
            raise InvalidRequestError("Only the response_mode query is offered.", redirect_uri=redirect_uri)
        return redirect_uri

    def save_authorization_code(self, code: str, request: Demand) -> None:
        """Keep a code for the person who agreed."""
        store: Store = self.server.store
        data = request.payload.data
        store.wait(
            issuing.put_code(
                store.connection,
                request.client.application,
                self.signed,
                request.scope.split(),
                self.enterprise,
                code,
                data["redirect_uri"],
                data["code_challenge"],
                data.get("nonce"),
            )
        )

    def query_authorization_code(self, code: str, client: Client) -> BroughtCode | None:
        """The code, used up by being brought."""
        server: Server = self.server
        self.request.client = client
        found, why = server.store.wait(
            issuing.bring_code(server.store.connection, server.vault, client.application, code)
        )
        server.store.why = why
        return BroughtCode(found) if found else None

    def delete_authorization_code(self, authorization_code: BroughtCode) -> None:
        """It was used up when it was brought; its row stays, so that a second try is noticed."""

    def authenticate_user(self, authorization_code: BroughtCode) -> Behind:
        """Who agreed; that the account still stands was asked with the code."""
        return authorization_code.code.behind


class Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE (RFC 7636) with S256, from everybody."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Refuse a request without a challenge, or with a plain one."""
        data = grant.request.payload.data
        if not data.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'")
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Unsupported 'code_challenge_method'")
        super().validate_code_challenge(grant, redirect_uri)


class IdToken(OpenIDCode):  # type: ignore[misc]
    """The id token: who signed in, how, when; everything else is asked of userinfo."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server

    def exists_nonce(self, nonce: str, request: Demand) -> bool:
        """Never: the application compares it with its own, and codes are good for once."""
        return False

    def get_client_algorithm(self, client: Client) -> str:
        """As registered."""
        return client.application.stated.algorithm

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        """Who says it, and to whom."""
        return {"iss": self._server.issuer, "aud": client.client_id}

    DEFAULT_EXPIRES_IN = ID_TOKEN_SECONDS

    def resolve_client_private_key(self, client: Client) -> Any:
        """The key that signs now."""
        return self._server.keys.current(client.application.stated.algorithm)[1]

    def get_encode_header(self, client: Client) -> dict[str, str]:
        """Which key signed."""
        algorithm = client.application.stated.algorithm
        return {"alg": algorithm, "kid": self._server.keys.current(algorithm)[0]}

    def generate_user_info(self, user: Behind, scope: str) -> dict[str, str]:
        """The number by which this application knows the person, and which sign-in it is (``sid``)."""
        application = self._server.store.wait(find(self._server.store.connection, user.application))
        if application is None or user.person is None:
            raise InvalidClientError()
        return {"sub": subject_of(self._server.vault, application, user.person), "sid": str(user.authorization)}


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """New tokens for a used-up one."""

    TOKEN_ENDPOINT_AUTH_METHODS = TOKEN_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> BroughtToken | None:
        """What stands behind it; one that was used ends the whole sign-in."""
        server: Server = self.server
        found, why = server.store.wait(
            issuing.bring_refresh(server.store.connection, server.vault, self.request.client.application, refresh_token)
        )
        server.store.why = why
        return BroughtToken(found, "refresh", refresh_token) if found else None

    def authenticate_user(self, refresh_token: BroughtToken) -> Behind:
        """Who agreed."""
        return refresh_token.behind

    def revoke_old_credential(self, refresh_token: BroughtToken) -> None:
        """Use the old one up."""
        store: Store = self.server.store
        store.wait(issuing.use_refresh(store.connection, refresh_token.text))


class InstitutionGrant(ClientCredentialsGrant):  # type: ignore[misc]
    """An institution in its own name."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", KEY_METHOD)


class Assertion(JWTBearerClientAssertion):  # type: ignore[misc]
    """Proof by a key of the application's own (private_key_jwt, RFC 7523)."""

    CLIENT_AUTH_METHOD = KEY_METHOD

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server

    def __call__(self, query_client: Any, request: Demand) -> Client | None:
        """The application that proved itself, or None where it did not try. Raises ``InvalidClientError``."""
        try:
            return super().__call__(query_client, request)  # type: ignore[no-any-return]
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidClientError(description="The assertion does not fit.") from error

    def get_audiences(self) -> list[str]:
        """To whom it is addressed."""
        return [self._server.issuer, f"{self._server.issuer}/identity/token"]

    def validate_jti(self, claims: dict[str, Any], jti: str) -> bool:
        """Whether it is brought for the first time."""
        client = self._server.query_client(str(claims["sub"]))
        store = self._server.store
        return client is not None and store.wait(issuing.first_time(store.connection, client.application, str(jti)))

    def resolve_client_public_key(self, client: Client) -> KeySet:
        """The keys that were registered. Raises ``UnauthorizedClientError`` where there are none."""
        keys = client.application.stated.keys
        if not keys:
            raise UnauthorizedClientError("No key is registered for this application.")
        return KeySet.import_key_set({"keys": list(keys)})


class _OfToken:
    """What revocation and introspection share: who may ask, and what stands behind a token."""

    CLIENT_AUTH_METHODS: Sequence[str] = TOKEN_METHODS
    server: Server

    def query_token(self, token: str, hint: str | None) -> BroughtToken | None:
        """What stands behind a token; the hint is not needed."""
        store = self.server.store
        found = store.wait(issuing.behind_token(store.connection, token))
        return BroughtToken(*found, token) if found else None


class Revocation(_OfToken, RevocationEndpoint):  # type: ignore[misc]
    """An application gives a token back (RFC 7009)."""

    def revoke_token(self, token: BroughtToken, request: Demand) -> None:
        """End it."""
        store = self.server.store
        store.wait(issuing.revoke(store.connection, self.server.vault, token.text, token.behind, token.kind))


class Introspection(_OfToken, IntrospectionEndpoint):  # type: ignore[misc]
    """An application asks whether a token of its own is still good (RFC 7662)."""

    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", KEY_METHOD)

    def check_permission(self, token: BroughtToken, client: Client, request: Demand) -> bool:
        """Nobody learns anything about others' tokens."""
        return token.check_client(client)

    def introspect_token(self, token: BroughtToken) -> dict[str, Any]:
        """What the application may know about it."""
        behind = token.behind
        told: dict[str, Any] = {
            "active": True,
            "iss": self.server.issuer,
            "client_id": str(behind.application),
            "scope": token.get_scope(),
            "token_type": "Bearer" if token.kind == "access" else "refresh_token",
            "iat": int(behind.made_at.timestamp()),
            "exp": int(behind.expires_at.timestamp()),
        }
        application = self.server.store.wait(find(self.server.store.connection, behind.application))
        if application and behind.person:
            told["sub"] = subject_of(self.server.vault, application, behind.person)
        return told
