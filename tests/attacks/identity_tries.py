"""Tries at the sign-in for other applications: each a call at the running node that must come away with nothing.

``Table`` is what somebody holds who tries: 王芳's browser, an application, a thief's application, and their tokens.
"""

import base64
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from tests.identity.conftest import challenge_of
from tests.identity.served import BACK, OUT, Node, agree

VERIFIER = "v" * 50
EVIL = "https://evil.example"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Table:
    """What lies before an attacker. ``bike`` and ``thief``: client id and secret; ``held``: tokens of hers."""

    node: Node
    browser: httpx.AsyncClient
    plain: httpx.AsyncClient
    bike: tuple[str, str]
    thief: tuple[str, str]
    public: str
    office: tuple[str, ECKey]
    held: dict[str, str] = field(default_factory=dict)

    def demand(self, **changes: str | None) -> str:
        """The address by which the application asks."""
        asked: dict[str, str | None] = {
            "response_type": "code", "client_id": self.bike[0], "redirect_uri": BACK, "scope": "openid profile phone",
            "state": "s", "nonce": "n", "code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256",
        }  # fmt: skip
        return f"/identity/authorize?{urlencode({k: v for k, v in (asked | changes).items() if v is not None})}"

    async def ask(self, **changes: str | None) -> httpx.Response:
        """王芳's browser is led to the platform with a demand."""
        return await self.browser.get(self.demand(**changes))

    async def code(self) -> str:
        """A code that 王芳's browser was given for the application."""
        answer = await self.browser.get(self.demand())
        location = answer.headers.get("location") or await agree(self.browser, self.demand())
        return dict(parse_qsl(urlsplit(location).query))["code"]

    async def call(self, path: str, who: tuple[str, str] | None, **form: str) -> httpx.Response:
        """A program's call."""
        return await self.plain.post(f"/identity/{path}", data=form, auth=who)  # type: ignore[arg-type]

    async def trade(self, who: tuple[str, str] | None, code: str, **changes: str | None) -> httpx.Response:
        """Tokens for a code."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER,
        }  # fmt: skip
        return await self.call("token", who, **{k: v for k, v in (form | changes).items() if v is not None})

    async def tokens(self) -> dict[str, str]:
        """Tokens of a sign-in of its own."""
        answer = await self.trade(self.bike, await self.code())
        assert answer.status_code == 200, answer.text
        found: dict[str, str] = answer.json()
        return found

    async def about(self, token: str) -> httpx.Response:
        """What the bearer of ``token`` may know."""
        return await self.plain.get("/identity/userinfo", headers={"authorization": f"Bearer {token}"})

    async def leave(self, **wish: str) -> httpx.Response:
        """王芳's browser is led to sign out."""
        return await self.browser.get("/identity/sign-out", params=wish)


Do = Callable[[Table], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Try:
    """One try: what it is, and how it is done."""

    what: str
    do: Do


def demands() -> Iterator[Try]:
    """What is asked of the page on which people agree."""
    for name, changes in {
        "no challenge": {"code_challenge": None},
        "a plain challenge": {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        "a challenge without its method": {"code_challenge_method": None},
        "a method of one's own": {"code_challenge_method": "S512"},
        "an empty challenge": {"code_challenge": ""},
        "a challenge with signs that none has": {"code_challenge": "*" * 43},
        "a token at once": {"response_type": "token"},
        "an id token at once": {"response_type": "id_token"},
        "a code and a token": {"response_type": "code token"},
        "no type": {"response_type": None},
        "an answer as a fragment": {"response_mode": "fragment"},
        "an answer as a form": {"response_mode": "form_post"},
        "an answer to a window": {"response_mode": "web_message"},
        "a demand of one's own making": {"request": "eyJhbGciOiJub25lIn0.e30."},
        "a demand from elsewhere": {"request_uri": f"{EVIL}/r"},
        "more than was registered": {"scope": "openid profile phone phone.full"},
        "what institutions may": {"scope": "openid directory.provision"},
        "everything": {"scope": "*"},
        "another application's number with this address": {"client_id": "0" * 36, "redirect_uri": f"{EVIL}/"},
        "a number that is none": {"client_id": "' OR 1=1 --"},
    }.items():
        yield Try(f"demand: {name}", lambda t, c=changes: t.ask(**c))  # type: ignore[misc]
    for address in (
        f"{BACK}/", f"{BACK}?next={EVIL}", f"{BACK}#x", f"{BACK}/../evil", BACK.replace("127.0.0.1", "127.0.0.1.evil"),
        BACK.replace("127.0.0.1", "evil@127.0.0.1"), BACK.replace("127.0.0.1", "localhost"), BACK.upper(),
        BACK.replace("http", "https"), BACK.replace(":9", ":99"), f" {BACK}", f"{BACK}%00", f"{EVIL}/back", "//evil/x",
        "javascript:alert(1)", "data:text/html,x", BACK.replace("/back", "//back"), BACK.replace("/back", "\\back"),
        f"{EVIL}\\@127.0.0.1:9/back", "", BACK[:-1],
    ):  # fmt: skip
        yield Try(f"address: {address!r}", lambda t, a=address: t.ask(redirect_uri=a))  # type: ignore[misc]

    async def twice(table: Table) -> httpx.Response:
        return await table.browser.get(f"{table.demand()}&redirect_uri={quote(EVIL, safe='')}")

    yield Try("address: given twice", twice)


def codes() -> Iterator[Try]:
    """What is tried with a code."""

    def brought(changes: dict[str, str | None], who: str = "bike") -> Do:
        async def do(table: Table) -> httpx.Response:
            caller = {"bike": table.bike, "thief": table.thief, "nobody": None}[who]
            return await table.trade(caller, await table.code(), **changes)

        return do

    for name, changes in {
        "no verifier": {"code_verifier": None},
        "another verifier": {"code_verifier": "w" * 50},
        "the challenge as verifier": {"code_verifier": challenge_of(VERIFIER)},
        "a short verifier": {"code_verifier": "v" * 42},
        "a long verifier": {"code_verifier": "v" * 129},
        "another address": {"redirect_uri": f"{EVIL}/back"},
        "no address": {"redirect_uri": None},
        "another grant": {"grant_type": "password"},
        "the grant of an institution": {"grant_type": "client_credentials"},
        "the grant of a device": {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
        "a bearer's grant": {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"},
    }.items():
        yield Try(f"code: {name}", brought(changes))  # type: ignore[arg-type]
    yield Try("code: of another application", brought({}, "thief"))
    yield Try("code: nobody brings it", brought({}, "nobody"))

    async def as_public(table: Table) -> httpx.Response:
        return await table.trade(None, await table.code(), client_id=table.public)

    async def two_callers(table: Table) -> httpx.Response:
        return await table.trade(table.thief, await table.code(), client_id=table.bike[0])

    async def replayed(table: Table) -> httpx.Response:
        code = await table.code()
        assert (first := await table.trade(table.bike, code)).status_code == 200
        again = await table.trade(table.bike, code)
        assert (await table.about(first.json()["access_token"])).status_code == 401
        return again

    async def renewed_then_replayed(table: Table) -> httpx.Response:
        code = await table.code()
        first = (await table.trade(table.bike, code)).json()
        form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        renewed = (await table.call("token", table.bike, **form)).json()
        again = await table.trade(table.bike, code)
        assert (await table.about(renewed["access_token"])).status_code == 401
        return again

    yield Try("code: as another public application", as_public)
    yield Try("code: two who bring it", two_callers)
    yield Try("code: brought twice", replayed)
    yield Try("code: brought again after renewing", renewed_then_replayed)


def _part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def _forgeries(table: Table) -> dict[str, str]:
    """Id tokens that are not ours."""
    head, body, signed = table.held["id_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    published = (await table.plain.get("/identity/jwks")).json()["keys"][0]
    own = ECKey.generate_key("P-256")
    known = {"alg": "ES256", "kid": published["kid"]}
    logout = {k: v for k, v in claims.items() if k not in ("nonce", "auth_time", "acr", "amr")}
    logout["events"] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    return {
        "no algorithm": f"{_part(json.dumps({'alg': 'none'}))}.{body}.",
        "no algorithm in capitals": f"{_part(json.dumps({'alg': 'NONE'}))}.{body}.",
        "no signature": f"{head}.{body}.",
        "a signature of noughts": f"{head}.{body}.{_part(chr(0) * 64)}",
        "another key under our name": jwt.encode(known, claims, own, algorithms=["ES256"]),
        "our public key as a secret": jwt.encode(
            {"alg": "HS256", "kid": published["kid"]}, claims, OctKey.import_key(json.dumps(published))
        ),
        "its own key inside": jwt.encode({"alg": "ES256", "jwk": own.as_dict(private=False)}, claims, own),
        "its key elsewhere": jwt.encode({"alg": "ES256", "jku": f"{EVIL}/jwks"}, claims, own, algorithms=["ES256"]),
        "another person": f"{head}.{_part(json.dumps({**claims, 'sub': 'somebody'}))}.{signed}",
        "another issuer": jwt.encode(known, {**claims, "iss": EVIL}, own, algorithms=["ES256"]),
        "a logout token of one's own": jwt.encode({**known, "typ": "logout+jwt"}, logout, own, algorithms=["ES256"]),
        "what is no token": "x" * 3000,
    }


FORGED = ("no algorithm", "no algorithm in capitals", "no signature", "a signature of noughts",
          "another key under our name", "our public key as a secret", "its own key inside", "its key elsewhere",
          "another person", "another issuer", "a logout token of one's own", "what is no token")  # fmt: skip


def forged() -> Iterator[Try]:
    """Tokens that somebody made, where tokens of ours are taken."""
    for name in FORGED:

        async def hint(table: Table, name: str = name) -> httpx.Response:
            return await table.leave(
                id_token_hint=(await _forgeries(table))[name], post_logout_redirect_uri=OUT, client_id=table.bike[0]
            )

        async def bearer(table: Table, name: str = name) -> httpx.Response:
            return await table.about((await _forgeries(table))[name])

        yield Try(f"hint: {name}", hint)
        yield Try(f"bearer: {name}", bearer)
    yield Try("bearer: an id token", lambda t: t.about(t.held["id_token"]))
    yield Try("bearer: a refresh token", lambda t: t.about(t.held["refresh_token"]))


def proofs() -> Iterator[Try]:
    """An institution's proof by its key, made by somebody else or for somebody else."""

    def shown(
        signer: Callable[[Table], Any] = lambda t: t.office[1], head: dict[str, Any] | None = None, **changes: Any
    ) -> Do:
        async def do(table: Table) -> httpx.Response:
            office, now = table.office[0], int(time.time())
            claims = {"iss": office, "sub": office, "aud": table.node.address, "exp": now + 60, "jti": str(time.time())}
            header = head or {"alg": "ES256", "kid": "one"}
            claims = {k: v for k, v in (claims | changes).items() if v is not None}
            text = jwt.encode(header, claims, signer(table), algorithms=[header["alg"]])
            return await table.call(
                "token", None, grant_type="client_credentials", client_assertion_type=ASSERTION, client_assertion=text
            )

        return do

    def as_secret(table: Table) -> OctKey:
        return OctKey.import_key(json.dumps(table.office[1].as_dict(private=False)))

    tries = {
        "another issuer's audience": shown(aud=EVIL),
        "the audience of a neighbour's token address": shown(aud=f"{EVIL}/identity/token"),
        "no audience": shown(aud=None),
        "one who is not registered": shown(iss="nobody", sub="nobody"),
        "issued by another": shown(iss="nobody"),
        "too old": shown(exp=int(time.time()) - 600),
        "without an end": shown(exp=None),
        "without a number": shown(jti=None),
        "another key": shown(lambda _: ECKey.generate_key("P-256", {"kid": "one"})),
        "the public key as a secret": shown(as_secret, {"alg": "HS256", "kid": "one"}),
        "not valid yet": shown(nbf=int(time.time()) + 600),
    }
    for name, do in tries.items():
        yield Try(f"proof: {name}", do)

    async def unsigned(table: Table) -> httpx.Response:
        claims = {"iss": table.office[0], "sub": table.office[0], "aud": table.node.address, "exp": 2**31, "jti": "n"}
        text = f"{_part(json.dumps({'alg': 'none'}))}.{_part(json.dumps(claims))}."
        return await table.call(
            "token", None, grant_type="client_credentials", client_assertion_type=ASSERTION, client_assertion=text
        )

    async def twice(table: Table) -> httpx.Response:
        do = shown(jti="once-only")
        assert (await do(table)).status_code == 200
        return await do(table)

    yield Try("proof: no algorithm", unsigned)
    yield Try("proof: shown twice", twice)


def tokens() -> Iterator[Try]:
    """Refresh and access tokens, used again or by another."""

    async def used(table: Table) -> httpx.Response:
        held = await table.tokens()
        form = {"grant_type": "refresh_token", "refresh_token": held["refresh_token"]}
        renewed = (await table.call("token", table.bike, **form)).json()
        again = await table.call("token", table.bike, **form)
        assert (await table.about(renewed["access_token"])).status_code == 401
        return again

    async def the_newest_after_reuse(table: Table) -> httpx.Response:
        held = await table.tokens()
        form = {"grant_type": "refresh_token", "refresh_token": held["refresh_token"]}
        renewed = (await table.call("token", table.bike, **form)).json()
        await table.call("token", table.bike, **form)
        return await table.call("token", table.bike, grant_type="refresh_token", refresh_token=renewed["refresh_token"])

    async def given_back(table: Table) -> httpx.Response:
        held = await table.tokens()
        await table.call("revoke", table.bike, token=held["refresh_token"])
        return await table.call("token", table.bike, grant_type="refresh_token", refresh_token=held["refresh_token"])

    def renew(who: str, kind: str = "refresh_token", **changes: str) -> Do:
        async def do(table: Table) -> httpx.Response:
            caller, held = {"thief": table.thief, "bike": table.bike, "nobody": None}[who], await table.tokens()
            form = {"grant_type": "refresh_token", "refresh_token": held[kind], **changes}
            return await table.call("token", caller, **form)

        return do

    def asked(path: str, who: Callable[[Table], tuple[str, str] | None]) -> Do:
        async def do(table: Table) -> httpx.Response:
            held = await table.tokens()
            answer = await table.call(path, who(table), token=held["refresh_token"])
            assert (await table.about(held["access_token"])).status_code == 200
            return answer

        return do

    yield Try("refresh: a used one", used)
    yield Try("refresh: the newest after a used one came", the_newest_after_reuse)
    yield Try("refresh: one that was given back", given_back)
    yield Try("refresh: of another application", renew("thief"))
    yield Try("refresh: nobody's", renew("nobody"))
    yield Try("refresh: for more", renew("bike", scope="openid profile phone phone.full"))
    yield Try("refresh: an access token", renew("bike", "access_token"))
    yield Try("token: given back by another", asked("revoke", lambda t: t.thief))
    yield Try("token: asked about by nobody", asked("introspect", lambda t: None))
    yield Try("token: asked about with a wrong secret", asked("introspect", lambda t: (t.bike[0], "x")))


def leaving() -> Iterator[Try]:
    """Where a browser is led after signing out."""
    for address in (f"{EVIL}/", f"{OUT}/", f"{OUT}?x", "//evil.example", f"{OUT}@evil.example", OUT.upper(),
                    "javascript:alert(1)", f"{EVIL}\\{OUT}", f"{OUT}%0d%0aSet-Cookie:%20evil=1"):  # fmt: skip
        yield Try(
            f"leaving: {address!r}",
            lambda t, a=address: t.leave(  # type: ignore[misc]
                client_id=t.bike[0], post_logout_redirect_uri=a, state="s"
            ),
        )


def consents() -> Iterator[Try]:
    """Another site tries to agree in the person's place."""

    def sent(token: str, **headers: str) -> Do:
        async def do(table: Table) -> httpx.Response:
            query = urlsplit(table.demand()).query
            form = {"answer": "agree", "account": str(table.node.world.accounts["王芳"]), "_csrf_token": token}
            return await table.browser.post(f"/identity/consent?{query}", data=form, headers=headers)

        return do

    yield Try("consent: no token", sent(""))
    yield Try("consent: a made-up token", sent("A" * 96))
    yield Try("consent: from another site", sent("", origin=EVIL, **{"sec-fetch-site": "cross-site"}))
    yield Try("consent: by an address", lambda t: t.browser.get(f"/identity/consent?{urlsplit(t.demand()).query}"))

    async def of_a_visitor(table: Table) -> httpx.Response:
        """A form with a visitor's own token, whose session is nobody's."""
        await table.plain.get("/sign-in")
        token = table.plain.cookies.get("tongban_form") or ""
        return await table.browser.post(
            f"/identity/consent?{urlsplit(table.demand()).query}",
            data={"answer": "agree", "account": str(table.node.world.accounts["王芳"]), "_csrf_token": token},
        )

    yield Try("consent: a token of another browser", of_a_visitor)


TRIES = [*demands(), *codes(), *forged(), *proofs(), *tokens(), *leaving(), *consents()]
