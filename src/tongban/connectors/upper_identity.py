"""The upper level's identity as an OpenID provider: send people there, and check what they come back with.

The deployment's ``identity.yaml`` says where it is and as whom this node is registered there; packs know nothing of
it. Checked: state, nonce, PKCE (S256), the issuer of the answer (RFC 9207, so that one provider's answer can not be
passed off as another's), signature, audience and age of the id token. Called by ``web/identity/upper``.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
import yaml
from msgspec import Struct

from tongban.basics.errors import TongbanError
from tongban.basics.ids import new_secret
from tongban.connectors.credentials import Credential
from tongban.connectors.identity_errors import AssuranceTooLow, IdentityInvalid, UpperRefused, UpperUnavailable
from tongban.parties.applications.upper import Came, Journey, UpperIdentity

RETURN = "/sign-in/upper/return"
SECONDS = 5.0
KNOWN_FOR = 3600
LOOK_AGAIN = 60
"""Seconds after which keys are fetched anew when a token names one that is not known."""
ALGORITHMS = ("ES256", "RS256")
LEEWAY = 60


class IdentityFile(Struct, frozen=True, forbid_unknown_fields=True):
    """``identity.yaml``: where the upper level's identity is, and as whom this node is registered there.

    ``secret_file`` is relative to this file's folder. ``id_number_claim``: in which claim the identity number comes,
    None where the upper level tells none. ``assurance``: which of its ``acr`` means which level here; what is not named
    there counts as ``declared`` and opens nothing. ``label``: what the button says.
    """

    issuer: str
    client_id: str
    secret_file: str
    assurance: dict[str, Literal["declared", "real-name", "strong"]]
    label: str = "省统一认证"
    scopes: tuple[str, ...] = ("openid", "profile")
    id_number_claim: str | None = None


def upper_identity(path: Path, public_url: str) -> UpperIdentity | None:
    """What ``identity.yaml`` describes, or None where there is none. Raises ``IdentityInvalid`` with every fault."""
    if not path.exists():
        return None
    try:
        file = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), IdentityFile)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise IdentityInvalid(path=str(path), faults=str(error)) from error
    found = [] if _web(file.issuer) else ["issuer: an https address (http only on this very machine)"]
    found += [] if "openid" in file.scopes else ["scopes: openid is missing"]
    secret: Credential | None = None
    try:
        secret = Credential(path.parent / file.secret_file)
    except (OSError, ValueError) as error:
        found.append(f"secret_file: {error}")
    if found or secret is None:
        raise IdentityInvalid(path=str(path), faults="; ".join(found))
    return OpenIdUpper(file, secret, public_url)


def _web(address: str) -> bool:
    parts = urlsplit(address)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))


class OpenIdUpper:
    """The port of ``parties.applications.upper`` over HTTP."""

    def __init__(self, file: IdentityFile, secret: Credential, public_url: str) -> None:
        self._file, self._secret, self._return = file, secret, public_url + RETURN
        self.label = file.label
        self._described: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, dict[str, Any]] | None = None

    async def begin(self, next: str) -> tuple[str, Journey]:
        """Where the person is sent, and what is remembered until then. Raises ``UpperUnavailable``."""
        description = await self._description()
        journey = Journey(new_secret(), new_secret(), new_secret(), next, int(time.time()))
        digest = hashlib.sha256(journey.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._file.client_id,
            "redirect_uri": self._return,
            "scope": " ".join(self._file.scopes),
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        address = str(description["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", journey

    async def finish(self, journey: Journey, parameters: dict[str, str]) -> Came:
        """Who came back. Raises ``UpperRefused``, ``AssuranceTooLow``, ``UpperUnavailable``."""
        description = await self._description()
        self._check_answer(description, journey, parameters)
        given = await self._exchange(description, journey, parameters["code"])
        claims = await self._checked(description, str(given.get("id_token", "")), journey)
        told = {**claims, **await self._told(description, given, claims)}
        level = self._file.assurance.get(str(claims.get("acr", "")), "declared")
        if level == "declared":
            raise AssuranceTooLow(label=self.label)
        number = told.get(self._file.id_number_claim) if self._file.id_number_claim else None
        methods = tuple(str(one) for one in claims.get("amr", []) if isinstance(claims.get("amr"), list))
        return Came(
            self._file.issuer, str(claims["sub"]), _text(told.get("name")), _text(number), level,
            str(claims.get("acr", "")), methods,
        )  # fmt: skip

    def _check_answer(self, description: Mapping[str, Any], journey: Journey, parameters: Mapping[str, str]) -> None:
        if not hmac.compare_digest(parameters.get("state", "").encode(), journey.state.encode()):
            raise UpperRefused(reason="state")
        named = parameters.get("iss")
        if named != self._file.issuer and (
            named is not None or description.get("authorization_response_iss_parameter_supported")
        ):
            raise UpperRefused(reason="iss")
        if "error" in parameters or not parameters.get("code"):
            raise UpperRefused(reason=parameters.get("error", "code")[:40])

    async def _exchange(self, description: Mapping[str, Any], journey: Journey, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return,
            "code_verifier": journey.verifier,
        }
        proof = httpx.BasicAuth(self._file.client_id, self._secret.secret())
        return await self._call("POST", str(description["token_endpoint"]), data=form, auth=proof)

    async def _told(
        self, description: Mapping[str, Any], given: Mapping[str, Any], claims: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What userinfo adds; it must speak of the same person."""
        address, token = description.get("userinfo_endpoint"), given.get("access_token")
        if not address or not token:
            return {}
        told = await self._call("GET", str(address), headers={"authorization": f"Bearer {token}"})
        if told.get("sub") != claims["sub"]:
            raise UpperRefused(reason="sub")
        return {name: value for name, value in told.items() if name not in ("acr", "amr", "sub")}

    async def _checked(self, description: Mapping[str, Any], text: str, journey: Journey) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            keys = KeySet.import_key_set(await self._published(description, text))  # type: ignore[arg-type]
            claims: dict[str, Any] = jwt.decode(text, keys, algorithms=list(ALGORITHMS)).claims
            jwt.JWTClaimsRegistry(
                leeway=LEEWAY,
                iss={"essential": True, "value": self._file.issuer},
                aud={"essential": True, "value": self._file.client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": journey.nonce},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise UpperRefused(reason="id_token") from error
        if claims.get("azp", self._file.client_id) != self._file.client_id:
            raise UpperRefused(reason="azp")
        return claims

    async def _description(self) -> dict[str, Any]:
        if self._described is None or time.monotonic() - self._described[0] > KNOWN_FOR:
            found = await self._call("GET", f"{self._file.issuer.rstrip('/')}/.well-known/openid-configuration")
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if found.get("issuer") != self._file.issuer or not all(_web(str(found.get(name, ""))) for name in needed):
                raise UpperUnavailable(label=self.label)
            self._described = (time.monotonic(), found)
        return self._described[1]

    async def _published(self, description: Mapping[str, Any], token: str) -> dict[str, Any]:
        """The upper level's keys; fetched anew when they are old, or when the token names another."""
        held = self._keys
        age = time.monotonic() - held[0] if held else KNOWN_FOR + 1.0
        if held is None or age > KNOWN_FOR or (age > LOOK_AGAIN and _key_id(token) not in _ids(held[1])):
            held = (time.monotonic(), await self._call("GET", str(description["jwks_uri"])))
            self._keys = held
        return held[1]

    async def _call(self, method: str, address: str, **arguments: Any) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
                answer = await client.request(method, address, **arguments)
        except httpx.HTTPError as error:
            raise UpperUnavailable(label=self.label) from error
        refusal: TongbanError = UpperRefused(reason=str(answer.status_code))
        if answer.status_code != 200:
            raise refusal if answer.status_code < 500 else UpperUnavailable(label=self.label)
        try:
            return msgspec.json.decode(answer.content, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise refusal from error


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _key_id(token: str) -> str:
    head = token.partition(".")[0]
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, msgspec.DecodeError):
        return ""
    return str(found.get("kid", "")) if isinstance(found, dict) else ""


def _ids(keys: Mapping[str, Any]) -> set[str]:
    listed = keys.get("keys")
    return {str(key.get("kid", "")) for key in listed if isinstance(key, dict)} if isinstance(listed, list) else set()
