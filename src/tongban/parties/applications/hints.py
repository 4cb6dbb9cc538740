"""Tokens of our own that come back (id token hints), and those that tell an application of an end (logout tokens).

Called by the page that signs out and by the jobs process.
"""

import time
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.ids import new_id
from tongban.parties.applications.keys import ALGORITHMS, SigningKeys
from tongban.parties.applications.models import Algorithm

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_SECONDS = 120


class Hint(Struct, frozen=True):
    """Whom an id token of ours named, and to which application; it may have expired."""

    client_id: str
    subject: str


def read_hint(issuer: str, keys: SigningKeys, text: str) -> Hint | None:
    """What an id token of ours says; None for whatever is not ours, was changed, or is signed by nobody."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        found = jwt.decode(text, KeySet.import_key_set({"keys": keys.published()}), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError):
        return None
    claims: dict[str, Any] = found.claims
    audience, subject = claims.get("aud"), claims.get("sub")
    if claims.get("iss") != issuer or not isinstance(audience, str) or not isinstance(subject, str):
        return None
    # A logout token of ours names the same people, but was made for another use.
    return None if "events" in claims else Hint(audience, subject)


def logout_token(
    issuer: str, keys: SigningKeys, algorithm: Algorithm, application: UUID, subject: str, authorization: UUID
) -> str:
    """What tells ``application`` that a sign-in ended (OpenID Connect Back-Channel Logout 1.0 section 2.4)."""
    from joserfc import jwt

    name, key = keys.current(algorithm)
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": str(application),
        "iat": now,
        "exp": now + LOGOUT_SECONDS,
        "jti": str(new_id()),
        "sid": str(authorization),
        "events": {LOGOUT_EVENT: {}},
    }
    return jwt.encode({"alg": algorithm, "kid": name, "typ": "logout+jwt"}, claims, key, algorithms=[algorithm])
