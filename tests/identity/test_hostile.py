"""Tries to sign somebody in, or to get at tokens, that must fail; each is refused, and counted where people look."""

import base64
import json
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from tests.conftest import BASE
from tests.identity.conftest import BACK, Town, challenge_of, parameters

REDIRECTS = (
    "https://bike.example/back/",
    "https://bike.example/back?x=1",
    "https://bike.example/back#x",
    "https://bike.example:443/back",
    "https://bike.example/back/../evil",
    "https://BIKE.example/back",
    "https://bike.example.evil.example/back",
    "https://bike.example@evil.example/back",
    "http://bike.example/back",
    "//bike.example/back",
    "javascript:alert(1)",
    "https://bike.example/bac%6b",
    " https://bike.example/back",
    "https://bike.example/后",
    None,
)


@pytest.mark.parametrize("address", REDIRECTS)
async def test_an_address_that_is_not_registered_gets_nothing_and_nobody(town: Town, address: str | None) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    answer = await fang.client.get(town.ask(bike, redirect_uri=address))
    assert answer.status_code == 400 and "location" not in answer.headers
    assert "您没有被登录" in answer.text
    assert await town.refusals(bike)


BAD: tuple[tuple[dict[str, str | None], str], ...] = (
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"scope": "openid profile phone phone.full"}, "invalid_scope"),
    ({"scope": "openid directory.provision"}, "invalid_scope"),
    ({"scope": ""}, "invalid_scope"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
    ({"response_mode": "form_post"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
)


@pytest.mark.parametrize(("changes", "error"), BAD)
async def test_a_demand_that_does_not_fit_goes_back_with_its_reason(
    town: Town, changes: dict[str, str | None], error: str
) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    answer = await fang.client.get(town.ask(bike, **changes))
    told = parameters(answer.headers["location"])
    assert answer.headers["location"].startswith(BACK) and told["error"] == error
    assert told["iss"] == BASE and "code" not in told


async def test_demands_that_name_nobody_or_say_things_twice_are_refused(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    for changed in ({"client_id": "nobody"}, {"client_id": None}, {"response_type": "代码"}):
        assert (await fang.client.get(town.ask(bike, **changed))).status_code in (303, 400)  # type: ignore[arg-type]
    twice = await fang.client.get(town.ask(bike) + "&redirect_uri=https%3A%2F%2Fevil.example%2F")
    assert "evil.example" not in twice.headers.get("location", "")
    office = await town.register(kind="institution", scopes=("directory.provision",))
    assert (await fang.client.get(town.ask(office))).status_code == 400


@pytest.mark.parametrize("verifier", ("", "w" * 50, "v" * 42, "v" * 129, challenge_of("v" * 50)))
async def test_a_code_without_its_verifier_opens_nothing_and_is_spent(town: Town, verifier: str) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    code = await town.agreed(fang, bike)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    answer = await town.call("token", bike, **form, **({"code_verifier": verifier} if verifier else {}))
    assert answer.status_code == 400
    assert (await town.exchange(bike, code)).status_code == 400
    assert {"verifier_missing", "verifier_unfit", "verifier_wrong"} & await town.refusals(bike)


async def test_a_code_that_comes_twice_ends_the_tokens_of_the_first_time(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    code = await town.agreed(fang, bike)
    tokens = (await town.exchange(bike, code)).json()
    assert (await town.about(tokens["access_token"])).status_code == 200
    assert (await town.exchange(bike, code)).json()["error"] == "invalid_grant"
    assert (await town.about(tokens["access_token"])).status_code == 401
    assert "code_replayed" in await town.refusals(bike)
    assert {"application": str(bike.id), "why": "code-replayed"} in await town.entries("authorization.ended")


async def test_another_application_s_code_and_tokens_open_nothing(town: Town) -> None:
    bike, thief, fang = await town.bike(), await town.bike(), await town.signed_in()
    code = await town.agreed(fang, bike)
    assert (await town.exchange(thief, code)).status_code == 400
    assert (await town.exchange(bike, code)).status_code == 400
    tokens = await town.tokens(fang, bike)
    stolen = await town.call("token", thief, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert stolen.status_code == 400
    assert {"code_of_another", "token_of_another"} <= await town.refusals(thief)


async def test_a_code_for_another_address_opens_nothing(town: Town) -> None:
    bike, fang = await town.bike(redirects=(BACK, "https://bike.example/two")), await town.signed_in()
    answer = await town.exchange(bike, await town.agreed(fang, bike), redirect_uri="https://bike.example/two")
    assert answer.json()["error"] == "invalid_grant"


async def test_a_code_is_too_old_after_a_minute(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    code = await town.agreed(fang, bike)
    await town.world.rows("UPDATE authorization_codes SET expires_at = statement_timestamp()")
    assert (await town.exchange(bike, code)).status_code == 400
    assert "code_expired" in await town.refusals(bike)


async def test_a_refresh_can_not_ask_for_more_and_is_not_spent_by_trying(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    tokens = await town.tokens(fang, bike, scope="openid")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await town.call("token", bike, **form, scope="openid profile")).json()["error"] == "invalid_scope"
    assert (await town.call("token", bike, **form)).status_code == 200


async def test_programs_that_do_not_prove_who_they_are_get_nothing(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    code = await town.agreed(fang, bike)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": "v" * 50}
    async with httpx.AsyncClient(transport=town.transport, base_url=BASE) as client:
        tries: tuple[dict[str, Any], ...] = (
            {"data": form},
            {"data": {**form, "client_id": str(bike.id)}},
            {"data": form, "auth": (str(bike.id), "wrong")},
            {"data": form, "auth": ("nobody", "wrong")},
            {"data": form, "headers": {"authorization": "Basic %%%"}},
            {"data": form, "headers": {"authorization": "Basic " + base64.b64encode(b"\xff\xfe:x").decode()}},
            {"data": {**form, "client_id": str(bike.id), "client_assertion": "e30.e30.", "client_assertion_type":
                      "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}},
            {"content": b"\xff\xfe", "headers": {"content-type": "application/x-www-form-urlencoded"}},
            {"json": form},
        )  # fmt: skip
        for one in tries:
            answer = await client.post("/identity/token", **one)
            assert answer.status_code in (400, 401), answer.text
            assert "access_token" not in answer.text
        unknown = await client.post("/identity/token", data={"grant_type": "password"}, auth=(str(bike.id), "x"))
        assert unknown.json()["error"] == "unsupported_grant_type"
        assert (await client.get("/identity/token")).status_code == 405
    assert (await town.exchange(bike, code)).status_code == 200  # nobody else spent it


def _forged(claims: dict[str, Any], header: dict[str, Any], key: Any) -> str:
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


async def test_id_token_hints_that_are_not_ours_sign_nobody_out_and_lead_nowhere(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    tokens = await town.tokens(fang, bike)
    head, body, _ = tokens["id_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    published = (await fang.client.get("/identity/jwks")).json()["keys"][0]
    forged = (
        f"{none}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}.AAAA",
        _forged(claims, {"alg": "ES256", "kid": published["kid"]}, ECKey.generate_key("P-256")),
        _forged(claims, {"alg": "HS256", "kid": published["kid"]}, OctKey.import_key(json.dumps(published))),
        "rubbish",
    )
    for hint in forged:
        wish = {"id_token_hint": hint, "post_logout_redirect_uri": "https://bike.example/out"}
        answer = await fang.client.get("/identity/sign-out", params=wish)
        assert answer.status_code == 200 and "要退出登录吗" in answer.text
    assert (await fang.client.get("/account/applications")).status_code == 200


async def test_signing_out_leads_only_to_what_was_registered(town: Town) -> None:
    bike = await town.bike()
    for address in (
        "https://evil.example/",
        "https://bike.example/out/",
        "//evil.example",
        "https://bike.example/out?x",
    ):
        fang = await town.signed_in()
        tokens = await town.tokens(fang, bike)
        wish = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": address}
        answer = await fang.client.get("/identity/sign-out", params=wish)
        assert answer.status_code == 200 and "location" not in answer.headers
        assert urlsplit(address).netloc not in answer.text or "bike.example" in address
    assert "sign_out_address_unknown" in await town.refusals(bike)


async def test_another_site_can_neither_agree_nor_take_back_nor_frame_the_page(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    address = town.ask(bike)
    query = address.partition("?")[2]
    page = await fang.client.get(address)
    assert (
        page.headers["x-frame-options"] == "DENY"
        and "frame-ancestors 'none'" in page.headers["content-security-policy"]
    )
    assert page.headers["cache-control"] == "no-store"
    for path in (f"/identity/consent?{query}", f"/account/applications/{bike.id}/withdrawal", "/identity/signed-out"):
        assert (await fang.client.post(path, data={"answer": "agree"})).status_code == 403
    assert await town.world.rows("SELECT 1 FROM application_consents WHERE application = %(a)s", a=bike.id) == []


async def test_who_became_somebody_else_meanwhile_agrees_to_nothing(town: Town) -> None:
    bike, browser = await town.bike(), await town.signed_in()
    address = town.ask(bike)
    page = await browser.client.get(address)
    await browser.enter("liwei")
    answer = await browser.send(page, f"/identity/consent?{address.partition('?')[2]}", answer="agree")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/identity/authorize?")


async def test_a_form_of_ours_never_redirects_to_another_site(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    await town.agreed(fang, bike)
    answer = await fang.client.get(town.ask(bike), headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 200 and "location" not in answer.headers
    assert 'http-equiv="refresh"' in answer.text and "https://bike.example/back?code=" in answer.text


async def test_an_application_with_a_key_proves_itself_once_with_each_assertion(town: Town) -> None:
    key = ECKey.generate_key("P-256", {"kid": "one"})
    office = await town.register(
        kind="institution", scopes=("directory.provision",), keys=(dict(key.as_dict(private=False)),)
    )
    now = int(time.time())

    def proof(signer: Any = key, **changes: Any) -> str:
        claims = {"iss": str(office.id), "sub": str(office.id), "aud": BASE, "exp": now + 60, "jti": "j1"}
        return _forged({**claims, **changes}, {"alg": "ES256", "kid": "one"}, signer)

    async def tried(assertion: str) -> int:
        form = {
            "grant_type": "client_credentials", "client_assertion": assertion,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }  # fmt: skip
        return (await town.call("token", **form)).status_code

    assert await tried(proof()) == 200
    assert await tried(proof()) == 400  # the same once more
    assert await tried(proof(jti="j2", aud="https://evil.example")) == 400
    assert await tried(proof(jti="j3", exp=now - 600)) == 400
    assert await tried(proof(ECKey.generate_key("P-256", {"kid": "one"}), jti="j4")) == 400
    assert await tried(proof(jti="j5")) == 200
