"""Applications as registered, what people agreed to, and what stands behind a token."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

Kind = Literal["web", "native", "institution"]
Algorithm = Literal["ES256", "RS256"]
Why = Literal["withdrawn", "signed-out", "code-replayed", "token-replayed", "revoked", "closed", "changed"]
TOKEN_METHODS: Sequence[str] = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")

Line = Annotated[str, Meta(max_length=200, pattern=r"^[^\u0000]*$")]
Address = Annotated[str, Meta(max_length=500, pattern=r"^[^\u0000]*$")]


class Registration(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an administrator states about an application.

    ``kind``: ``web`` keeps a secret or a key, ``native`` can keep none (apps, pages), ``institution`` signs nobody in
    and calls in its own name. ``purpose`` is shown to people before they agree; ``basis`` is the ground on which more
    than the usual is asked. ``redirects``: exact addresses to which people return; ``after_sign_out``: likewise after
    signing out; ``sign_out_notice``: where the application is told that a sign-in ended. ``sector``: applications of
    one sector know a person by the same number (OpenID Connect Core 8.1), by default the host of ``redirects``.
    ``keys``: public keys (JWK) by which the application proves itself instead of a secret. ``entry``: its entry in
    the catalogue of applications.
    """

    name: Line
    purpose: Line
    department: Line
    kind: Kind = "web"
    scopes: Annotated[tuple[Line, ...], Meta(max_length=20)] = ("openid",)
    redirects: Annotated[tuple[Address, ...], Meta(max_length=20)] = ()
    after_sign_out: Annotated[tuple[Address, ...], Meta(max_length=20)] = ()
    sign_out_notice: Address | None = None
    sector: Line | None = None
    basis: Line = ""
    algorithm: Algorithm = "ES256"
    keys: Annotated[tuple[dict[str, Any], ...], Meta(max_length=10)] = ()
    entry: UUID | None = None


class Application(Struct, frozen=True):
    """A registered application as its row stands. Its ``id`` is its client id."""

    id: UUID
    region: str
    stated: Registration
    secret_digest: bytes | None
    old_digest: bytes | None
    old_until: dt.datetime | None
    revision: int
    registered_by: UUID
    registered_at: dt.datetime
    changed_at: dt.datetime
    closed_at: dt.datetime | None = None

    @property
    def public(self) -> bool:
        """Whether it can keep no secret."""
        return self.stated.kind == "native"


class Consent(Struct, frozen=True):
    """What somebody agreed that an application may know. ``enterprise``: for which it was given, None for oneself."""

    application: UUID
    name: str
    purpose: str
    region: str
    department: str
    scopes: tuple[str, ...]
    enterprise: UUID | None
    given_at: dt.datetime
    last_used: dt.datetime | None = None


class SignedInAs(Struct, frozen=True):
    """How somebody is signed in at the moment of agreeing: what an authorization is made from.

    ``session``: the browser session's id; ``at``: when the person proved who they are (wall clock).
    """

    account: UUID
    person: UUID
    session: UUID | None
    at: dt.datetime
    acr: str
    amr: tuple[str, ...]


class Behind(Struct, frozen=True):
    """What stands behind a code or token. ``lives``: neither expired nor ended, and whoever gave it still may."""

    authorization: UUID
    application: UUID
    account: UUID | None
    person: UUID | None
    enterprise: UUID | None
    scopes: tuple[str, ...]
    acr: str
    amr: tuple[str, ...]
    signed_in_at: dt.datetime
    made_at: dt.datetime
    expires_at: dt.datetime
    used_at: dt.datetime | None
    lives: bool


class Code(Struct, frozen=True):
    """A code with the demand it was made for."""

    behind: Behind
    redirect_uri: str
    challenge: str
    nonce: str | None


class Institution(Struct, frozen=True):
    """An institution that calls in its own name: which application, for which department, what it may do."""

    application: UUID
    name: str
    region: str
    department: str
    scopes: tuple[str, ...]
    now: dt.datetime


class Refusal(Struct, frozen=True):
    """What was refused at one application within a minute."""

    minute: dt.datetime
    reason: str
    times: int


Claims = Mapping[str, Any]
