"""What an application reads before and after a sign-in: discovery, keys, and what it may know about the person."""

from typing import Any

from litestar import Response, get, route

from tongban.parties.actions import find_actor
from tongban.parties.applications import issuing
from tongban.parties.applications.asked import Answered
from tongban.parties.applications.claims import claims_of
from tongban.parties.applications.keys import ALGORITHMS
from tongban.parties.applications.models import TOKEN_METHODS, Behind
from tongban.parties.applications.reading import find
from tongban.parties.applications.rules import ACR
from tongban.parties.applications.scopes import INSTITUTIONAL, OPENID, PERSONAL
from tongban.web.identity.bearer import bearer
from tongban.web.identity.exchanging import FROM_ELSEWHERE, document, provider_of
from tongban.web.portal.parts import kernel_of
from tongban.web.site import WebRequest

KEPT = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}
CLAIMS = ("sub", "name", "phone_number", "enterprise", "posts", "acr", "amr", "auth_time", "sid")
_REFUSED = Answered(401, {"error": "invalid_token"}, [])


@get(["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
async def discovery(request: WebRequest) -> Response[Any]:
    """What is offered and where (OpenID Connect Discovery 1.0, RFC 8414)."""
    issuer = provider_of(request).issuer
    at = f"{issuer}/identity"
    methods = list(TOKEN_METHODS)
    return _public(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/jwks",
            "revocation_endpoint": f"{at}/revoke",
            "introspection_endpoint": f"{at}/introspect",
            "end_session_endpoint": f"{at}/sign-out",
            "scopes_supported": [*PERSONAL, *INSTITUTIONAL],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": list(ALGORITHMS),
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "revocation_endpoint_auth_methods_supported": methods,
            "introspection_endpoint_auth_methods_supported": [name for name in methods if name != "none"],
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": [f"{ACR}{level}" for level in ("declared", "real-name", "strong")],
            "claims_supported": list(CLAIMS),
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "ui_locales_supported": ["zh-CN", "zh-Hant", "en"],
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
            "authorization_response_iss_parameter_supported": True,
        }
    )


@get("/identity/jwks", sync_to_thread=True)
def keys(request: WebRequest) -> Response[Any]:
    """The public keys by which id tokens are checked (RFC 7517). The first call makes the first keys."""
    return _public({"keys": provider_of(request).keys.published()})


def _public(told: dict[str, Any]) -> Response[Any]:
    return Response(told, media_type="application/json", headers=KEPT)


@route("/identity/userinfo", http_method=["GET", "POST"], status_code=200, opt=FROM_ELSEWHERE)
async def about_person(request: WebRequest) -> Response[Any]:
    """What the bearer of an access token may know about the person (OpenID Connect Core section 5.3)."""
    provider_of(request)
    kernel, token = kernel_of(request), bearer(request)
    async with kernel.database.connection() as connection:
        found = await issuing.behind_token(connection, token) if token else None
        behind = found[0] if found and found[1] == "access" and found[0].lives else None
        application = await find(connection, behind.application) if behind else None
        actor = await find_actor(connection, account=behind.account) if behind and behind.account else None
        if behind is None or application is None or actor is None or OPENID not in behind.scopes:
            if token:
                await issuing.note_refusal(connection, behind.application if behind else None, "userinfo_token")
            return document(_REFUSED, **{"www-authenticate": 'Bearer error="invalid_token"'})
        told = await claims_of(
            connection, kernel.vault, kernel.directory, application, actor, behind.scopes, behind.enterprise
        )
    return document(Answered(200, {**told, **_how(behind)}, []))


def _how(behind: Behind) -> dict[str, Any]:
    return {"acr": behind.acr, "amr": list(behind.amr), "auth_time": int(behind.signed_in_at.timestamp())}


ROUTES = (discovery, keys, about_person)
