"""Codes and tokens: made, brought, used up. Only digests are stored, and every one is good only while all that it rests
on still stands: the sign-in, the browser session, the account, the application.

A code that is brought twice, or a refresh token that was used, says that somebody else has it: the whole sign-in ends
(RFC 9700 section 4.14.2). Called by ``server`` from inside of one transaction.
"""

import datetime as dt
from uuid import UUID

from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.parties.actions import digest_of
from tongban.parties.applications.ending import end
from tongban.parties.applications.errors import ScopeMissing, TokenRefused
from tongban.parties.applications.models import Application, Behind, Code, Institution, SignedInAs
from tongban.parties.applications.reading import behind_of, find, queries
from tongban.parties.applications.scopes import OFFLINE

CODE = dt.timedelta(seconds=60)
ACCESS = dt.timedelta(minutes=10)
REFRESH = dt.timedelta(days=30)
SESSION = dt.timedelta(hours=12)
"""How long a sign-in lasts that rests on a browser session; it ends with that session at the latest."""
OFFLINE_LASTS = dt.timedelta(days=90)
INSTITUTION_LASTS = dt.timedelta(minutes=10)
NOBODY = UUID(int=0)
"""Under which refusals of unknown applications are counted."""


async def put_code(
    connection: Connection,
    application: Application,
    signed: SignedInAs,
    scopes: list[str],
    enterprise: UUID | None,
    code: str,
    redirect_uri: str,
    challenge: str,
    nonce: str | None,
) -> UUID:
    """Keep a code for a new sign-in at ``application``; returns the sign-in's id."""
    stays = OFFLINE in scopes
    made = await _begin(
        connection,
        application=application.id,
        account=signed.account,
        enterprise=enterprise,
        session=None if stays else signed.session,
        scopes=scopes,
        acr=signed.acr,
        amr=list(signed.amr),
        signed_in_at=signed.at,
        lasts=OFFLINE_LASTS if stays else SESSION,
    )
    await queries.put_code(
        connection,
        digest=digest_of(code),
        authorization=made,
        redirect_uri=redirect_uri,
        challenge=challenge,
        nonce=nonce,
        lasts=CODE,
    )
    return made


async def _begin(connection: Connection, **values: object) -> UUID:
    made = new_id()
    await queries.put_authorization(connection, id=made, **values)
    return made


async def bring_code(
    connection: Connection, vault: Vault, application: Application, code: str
) -> tuple[Code | None, str]:
    """The code that ``application`` brings, used up by this; or None with why not."""
    row = await queries.code_behind(connection, digest=digest_of(code))
    if row is None:
        return None, "code_unknown"
    if row.used_at is not None or row.application != application.id:
        await end(connection, vault, row.authorization, "code-replayed", await platform_now(connection))
        return None, "code_replayed" if row.used_at is not None else "code_of_another"
    await queries.use_code(connection, digest=digest_of(code))
    if not row.lives:
        return None, "code_expired"
    return Code(behind_of(row), row.redirect_uri, row.challenge, row.nonce), ""


async def put_tokens(
    connection: Connection, authorization: UUID, scopes: list[str], access: str, refresh: str | None
) -> None:
    """Keep an access token and, where one is given, a refresh token of a sign-in."""
    place = {"authorization": authorization, "scopes": scopes}
    await queries.put_token(connection, digest=digest_of(access), kind="access", lasts=ACCESS, **place)
    if refresh is not None:
        await queries.put_token(connection, digest=digest_of(refresh), kind="refresh", lasts=REFRESH, **place)


async def put_institution_token(
    connection: Connection, application: Application, scopes: list[str], access: str, now: dt.datetime
) -> None:
    """Keep an access token by which an institution calls in its own name."""
    made = await _begin(
        connection,
        application=application.id,
        account=None,
        enterprise=None,
        session=None,
        scopes=scopes,
        acr="",
        amr=[],
        signed_in_at=now,
        lasts=INSTITUTION_LASTS,
    )
    await put_tokens(connection, made, scopes, access, None)


async def bring_refresh(
    connection: Connection, vault: Vault, application: Application, token: str
) -> tuple[Behind | None, str]:
    """The refresh token that ``application`` brings, locked; or None with why not. ``use_refresh`` uses it up."""
    row = await queries.lock_token(connection, digest=digest_of(token))
    if row is None:
        return None, "token_unknown"
    if row.used_at is not None or row.application != application.id:
        await end(connection, vault, row.authorization, "token-replayed", await platform_now(connection))
        return None, "token_replayed" if row.used_at is not None else "token_of_another"
    return (behind_of(row), "") if row.lives else (None, "token_expired")


async def use_refresh(connection: Connection, token: str) -> None:
    """The refresh token is good no more: the next one takes its place."""
    await queries.use_token(connection, digest=digest_of(token))


async def behind_token(connection: Connection, token: str) -> tuple[Behind, str] | None:
    """What stands behind a token of either kind, with the kind, whether it lives or not."""
    row = await queries.token_behind(connection, digest=digest_of(token))
    return (behind_of(row), row.kind) if row else None


async def revoke(connection: Connection, vault: Vault, token: str, behind: Behind, kind: str) -> None:
    """End a token before its time: an access token alone, a refresh token with its whole sign-in (RFC 7009)."""
    if kind == "access":
        await queries.forget_token(connection, digest=digest_of(token))
    else:
        await end(connection, vault, behind.authorization, "revoked", await platform_now(connection))


async def first_time(connection: Connection, application: Application, jti: str) -> bool:
    """Whether an application brings an assertion for the first time."""
    digest = digest_of(jti)
    return bool(await queries.note_assertion(connection, application=application.id, digest=digest))


async def note_refusal(connection: Connection, application: UUID | None, reason: str) -> None:
    """Count a refusal where administrators see it; a flood of them stays one row a minute."""
    await queries.note_refusal(connection, application=application or NOBODY, reason=reason[:100])


async def institution_for(connection: Connection, token: str, scope: str) -> Institution:
    """The institution that calls with ``token``, if it may do ``scope``. Raises ``TokenRefused``, ``ScopeMissing``.

    An institution is no person: nothing else takes such a token (docs/adr/0031).
    """
    found = await _institution_behind(connection, token)
    if found is None:
        raise TokenRefused()
    if scope not in found.scopes:
        raise ScopeMissing(scope=scope)
    return found


async def _institution_behind(connection: Connection, token: str) -> Institution | None:
    found = await behind_token(connection, token)
    if found is None or found[1] != "access" or not found[0].lives or found[0].account is not None:
        return None
    application = await find(connection, found[0].application)
    if application is None:
        return None
    stated = application.stated
    # What was taken from the registration meanwhile is gone from tokens that are still out.
    scopes = tuple(name for name in found[0].scopes if name in stated.scopes)
    now = await platform_now(connection)
    return Institution(application.id, stated.name, application.region, stated.department, scopes, now)
