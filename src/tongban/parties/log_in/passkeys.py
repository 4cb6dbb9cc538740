"""Passkeys (W3C Web Authentication, level 2): made, used to sign in without a name, used to prove again.

Every key is resident and verifies its user, so that it is two factors in one, and is bound to this site's name: nobody
can be talked into using it elsewhere. A challenge is good once, for five minutes, for whoever asked. A key whose
counter runs backwards was copied: it is refused, and its owner is told. Called by the sign-in and account pages.
"""

import base64
import binascii
import hashlib
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection, platform_now
from tongban.basics.sql import load_queries
from tongban.parties.log_in.errors import PasskeyUnfit
from tongban.parties.log_in.recording import note
from tongban.parties.models import Actor

Purpose = Literal["register", "sign-in", "step-up"]
LASTS = timedelta(minutes=5)
MOST = 20
"""Passkeys that one account may have."""
_queries = load_queries("tongban.parties.log_in")


class RelyingParty(Struct, frozen=True):
    """This site as authenticators know it: its host name, the origin of its pages, and how it calls itself."""

    id: str
    origin: str
    name: str


class Passkey(Struct, frozen=True):
    """One's own passkey in a list. ``backed_up``: its provider keeps a copy on other devices."""

    id: bytes
    name: str
    backed_up: bool
    made_at: Any
    used_at: Any


class _Client(Struct):
    """What the browser signed, as far as it is needed to find the challenge."""

    challenge: str


class _Response(Struct):
    clientDataJSON: str
    userHandle: str | None = None


class _Credential(Struct):
    rawId: str
    response: _Response


def relying_party(base_url: str, name: str) -> RelyingParty:
    """This site, from its public address. A machine's own address counts as ``localhost``: keys are not for numbers."""
    parts = urlsplit(base_url)
    host, port = parts.hostname or "localhost", f":{parts.port}" if parts.port else ""
    with suppress(ValueError):
        host = "localhost" if ip_address(host).is_loopback else host
    return RelyingParty(host, f"{parts.scheme}://{host}{port}", name)


async def registration_options(connection: Connection, actor: Actor, party: RelyingParty) -> bytes:
    """What a browser needs to make a key for ``actor``: the standard's JSON."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=actor.account.bytes,
        user_name=actor.login,
        user_display_name=actor.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(one.id) for one in await passkeys_of(connection, actor)],
    )
    await _remember(connection, options.challenge, "register", _bound(actor.session))
    return options_to_json(options).encode()


async def register(connection: Connection, actor: Actor, party: RelyingParty, credential: bytes, name: str) -> None:
    """Keep the key that an authenticator made. Raises ``PasskeyUnfit``."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    challenge = await _challenge(connection, credential, "register", _bound(actor.session))
    if len(await passkeys_of(connection, actor)) >= MOST:
        raise PasskeyUnfit()
    try:
        made = verify_registration_response(
            credential=credential.decode(),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyUnfit() from error
    async with connection.transaction():
        now = await platform_now(connection)
        put = await _queries.put_passkey(
            connection,
            id=made.credential_id,
            account=actor.account,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=" ".join(name.split())[:60] or "通行密钥",
            backed_up=made.credential_backed_up,
            now=now,
        )
        if put is None:
            raise PasskeyUnfit()
        await note(connection, "passkey_added", actor.account, now, backed_up=made.credential_backed_up)


async def sign_in_options(connection: Connection, party: RelyingParty, session: UUID | None = None) -> bytes:
    """What a browser needs to use a key: before sign-in whichever the person picks, afterwards to prove again."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(rp_id=party.id, user_verification=UserVerificationRequirement.REQUIRED)
    await _remember(connection, options.challenge, "step-up" if session else "sign-in", _bound(session))
    return options_to_json(options).encode()


async def use(connection: Connection, party: RelyingParty, credential: bytes, session: UUID | None = None) -> UUID:
    """Whose key it is that signed the challenge. Raises ``PasskeyUnfit``; a copied key is also recorded."""
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    challenge = await _challenge(connection, credential, "step-up" if session else "sign-in", _bound(session))
    given = _decoded(credential)
    row = await _queries.passkey(connection, id=_bytes(given.rawId))
    if row is None or (given.response.userHandle and _bytes(given.response.userHandle) != row.account.bytes):
        raise PasskeyUnfit()
    try:
        used = verify_authentication_response(
            credential=credential.decode(),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=bytes(row.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyUnfit() from error
    now = await platform_now(connection)
    counted = await _queries.count_passkey(connection, id=row.id, sign_count=used.new_sign_count, now=now)
    if counted is None:
        async with connection.transaction():
            await note(connection, "passkey_copied", row.account, now)
        raise PasskeyUnfit()
    account: UUID = row.account
    return account


async def passkeys_of(connection: Connection, actor: Actor) -> list[Passkey]:
    """One's own passkeys, the newest first."""
    return [
        Passkey(bytes(row.id), row.name, row.backed_up, row.made_at, row.used_at)
        async for row in _queries.passkeys_of(connection, account=actor.account)
    ]


async def remove(connection: Connection, actor: Actor, key: bytes) -> bool:
    """Take one of one's own passkeys away; returns whether there was one."""
    async with connection.transaction():
        gone = await _queries.remove_passkey(connection, account=actor.account, id=key)
        if gone is not None:
            await note(connection, "passkey_removed", actor.account, await platform_now(connection))
    return gone is not None


def _bound(session: UUID | None) -> bytes:
    return session.bytes if session else b""


async def _remember(connection: Connection, challenge: bytes, purpose: Purpose, bound_to: bytes) -> None:
    digest = hashlib.sha256(challenge).digest()
    await _queries.put_challenge(connection, digest=digest, purpose=purpose, bound_to=bound_to, lasts=LASTS)


async def _challenge(connection: Connection, credential: bytes, purpose: Purpose, bound_to: bytes) -> bytes:
    """The challenge that was signed, used up. Raises ``PasskeyUnfit`` when it is not one of ours, or late."""
    try:
        client = msgspec.json.decode(_bytes(_decoded(credential).response.clientDataJSON), type=_Client)
        challenge = _bytes(client.challenge)
    except msgspec.MsgspecError:
        raise PasskeyUnfit() from None
    digest = hashlib.sha256(challenge).digest()
    if await _queries.use_challenge(connection, digest=digest, purpose=purpose, bound_to=bound_to) is None:
        raise PasskeyUnfit()
    return challenge


def _decoded(credential: bytes) -> _Credential:
    try:
        return msgspec.json.decode(credential, type=_Credential)
    except msgspec.MsgspecError:
        raise PasskeyUnfit() from None


def _bytes(text: str) -> bytes:
    """Base64url without padding, as the standard writes bytes."""

    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise PasskeyUnfit() from None
