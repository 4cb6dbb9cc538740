"""Somebody signs in at an application: what it learns, what it does not, and how that ends."""

import asyncio
import json

from joserfc import jwt
from joserfc.jwk import KeySet
from msgspec.structs import replace
from tests.conftest import BASE
from tests.identity.conftest import BACK, OUT, Town, parameters
from tests.world import FANG, WEI

from tongban.parties.applications.actions import change, close


async def test_after_agreeing_the_application_knows_the_name_and_a_masked_number(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    page = await fang.client.get(town.ask(bike))
    assert "共享单车" in page.text and "骑车时确认是您本人" in page.text and "王芳" in page.text
    tokens = await town.tokens(fang, bike)
    told = (await town.about(tokens["access_token"])).json()
    assert told["name"] == "王芳"
    assert told["phone_number"].count("*") == 4
    assert "330" not in json.dumps({k: v for k, v in told.items() if k != "sub" and isinstance(v, str)})
    assert (await town.entries("application_consent.given"))[-1]["scopes"] == ["openid", "profile", "phone"]


async def test_the_id_token_says_how_and_when_and_nothing_else(town: Town) -> None:
    for algorithm in ("ES256", "RS256"):
        bike, fang = await town.bike(algorithm=algorithm), await town.signed_in()
        tokens = await town.tokens(fang, bike)
        keys = KeySet.import_key_set((await fang.client.get("/identity/jwks")).json())
        found = jwt.decode(tokens["id_token"], keys, algorithms=[algorithm])
        assert found.claims["iss"] == BASE and found.claims["aud"] == str(bike.id)
        assert found.claims["nonce"] == "n-1" and found.claims["amr"] == ["pwd"]
        assert found.claims["acr"] == "urn:tongban:assurance:real-name"
        assert "name" not in found.claims and "phone_number" not in found.claims


async def test_every_application_knows_a_person_by_another_number_and_a_sector_by_one(town: Town) -> None:
    fang = await town.signed_in()
    other = "https://park.example/back"
    asks = [
        (await town.bike(), {}),
        (await town.bike(), {}),
        (await town.bike(redirects=(other,)), {"redirect_uri": other}),
    ]
    seen = []
    for application, changes in asks:
        code = await town.agreed(fang, application, **changes)
        tokens = (await town.exchange(application, code, **changes)).json()
        seen.append((await town.about(tokens["access_token"])).json()["sub"])
    assert seen[0] == seen[1] != seen[2]


async def test_what_was_agreed_is_not_asked_again_but_more_is(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    await town.agreed(fang, bike, scope="openid profile")
    assert (await fang.client.get(town.ask(bike, scope="openid"))).status_code == 303
    assert (await fang.client.get(town.ask(bike, scope="openid", prompt="consent"))).status_code == 200
    assert "手机号" in (await fang.client.get(town.ask(bike))).text


async def test_nobody_signed_in_is_led_to_sign_in_and_comes_back(town: Town) -> None:
    bike, browser = await town.bike(), town.browser()
    away = await browser.client.get(town.ask(bike))
    assert away.status_code == 303 and away.headers["location"].startswith("/sign-in?next=%2Fidentity%2Fauthorize")
    silent = await browser.client.get(town.ask(bike, prompt="none"))
    assert parameters(silent.headers["location"])["error"] == "login_required"


async def test_nothing_is_shown_where_nothing_may_be(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    told = parameters((await fang.client.get(town.ask(bike, prompt="none"))).headers["location"])
    assert (told["error"], told["state"], told["iss"]) == ("consent_required", "s-1", BASE)


async def test_prompt_login_asks_for_the_password_again_even_of_who_is_signed_in(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    await town.agreed(fang, bike)
    away = await fang.client.get(town.ask(bike, prompt="login"))
    assert away.status_code == 303
    form = await fang.client.get(away.headers["location"])
    assert form.status_code == 200 and 'name="password"' in form.text
    back = parameters(away.headers["location"])["next"]
    answer = await fang.send(form, "/sign-in", login="wangfang", password="tongban-2026", next=back)
    assert parameters((await fang.client.get(answer.headers["location"])).headers["location"])["code"]


async def test_who_declines_is_sent_back_without_anything(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    address = town.ask(bike)
    page = await fang.client.get(address)
    answer = await fang.send(page, f"/identity/consent?{address.partition('?')[2]}", answer="decline")
    assert parameters(answer.headers["location"])["error"] == "access_denied"
    assert "code" not in parameters(answer.headers["location"])


async def test_an_enterprise_is_told_only_as_the_hat_that_was_chosen(town: Town) -> None:
    shop = await town.bike(scopes=("openid", "enterprise"))
    boss = await town.signed_in("周文博")
    address = town.ask(shop)
    query = address.partition("?")[2]
    page = await boss.client.get(address)
    assert "我本人，不代表企业" in page.text
    unsaid = await boss.send(page, f"/identity/consent?{query}", answer="agree")
    assert unsaid.status_code == 422 and "请选择以谁的身份登录" in unsaid.text
    hat = page.text.split('name="hat" value="')[2].split('"')[0]
    strange = await boss.send(page, f"/identity/consent?{query}", answer="agree", hat=str(shop.id))
    assert strange.status_code == 403
    answer = await boss.send(page, f"/identity/consent?{query}", answer="agree", hat=hat)
    tokens = (await town.exchange(shop, parameters(answer.headers["location"])["code"])).json()
    told = (await town.about(tokens["access_token"])).json()
    assert set(told["enterprise"]) == {"name", "uscc", "capacity"}


async def test_an_official_is_told_with_the_department_s_name(town: Town) -> None:
    office = await town.bike(scopes=("openid", "posts"))
    for name, department in ((WEI, "police"), (FANG, None)):
        tokens = await town.tokens(await town.signed_in(name), office)
        told = (await town.about(tokens["access_token"])).json()
        assert [post["department"] for post in told.get("posts", [])] == ([department] if department else [])


async def test_a_refresh_token_is_good_for_once_and_a_used_one_ends_the_whole_sign_in(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    first = await town.tokens(fang, bike)
    renewed = await town.call("token", bike, grant_type="refresh_token", refresh_token=first["refresh_token"])
    second = renewed.json()
    assert (await town.about(second["access_token"])).status_code == 200
    again = await town.call("token", bike, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await town.about(second["access_token"])).status_code == 401
    spent = await town.call("token", bike, grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert spent.status_code == 400
    assert "token_replayed" in await town.refusals(bike)
    assert {"application": str(bike.id), "why": "token-replayed"} in await town.entries("authorization.ended")


async def test_two_who_bring_the_same_refresh_token_at_once_end_with_none(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    token = (await town.tokens(fang, bike))["refresh_token"]
    answers = await asyncio.gather(
        *(town.call("token", bike, grant_type="refresh_token", refresh_token=token) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    assert (await town.about(won["access_token"])).status_code == 401


async def test_taking_an_agreement_back_ends_every_token_at_once(town: Town) -> None:
    bike, fang = await town.bike(scopes=("openid", "profile", "offline_access")), await town.signed_in()
    tokens = await town.tokens(fang, bike)
    page = await fang.client.get("/account/applications")
    assert "共享单车" in page.text and "收回" in page.text
    done = await fang.send(page, f"/account/applications/{bike.id}/withdrawal")
    assert "已经收回：共享单车" in (await fang.client.get(done.headers["location"])).text
    assert (await town.about(tokens["access_token"])).status_code == 401
    refused = await town.call("token", bike, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused.status_code == 400
    assert (await town.entries("application_consent.withdrawn"))[-1]["ended"] == 1
    assert (await fang.client.get(town.ask(bike))).status_code == 200  # asked anew


async def test_signing_out_here_ends_what_rests_on_it_but_not_what_was_allowed_to_go_on(town: Town) -> None:
    bike, park = await town.bike(), await town.bike(scopes=("openid", "offline_access"))
    fang = await town.signed_in()
    ends, stays = await town.tokens(fang, bike), await town.tokens(fang, park)
    await fang.send(await fang.client.get("/account/applications"), "/sign-out")
    assert (await town.about(ends["access_token"])).status_code == 401
    assert (await town.about(stays["access_token"])).status_code == 200


async def test_an_application_signs_its_person_out_and_gets_them_back(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    tokens = await town.tokens(fang, bike)
    wish = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": OUT, "state": "bye"}
    answer = await fang.client.get("/identity/sign-out", params=wish)
    assert answer.headers["location"] == f"{OUT}?state=bye"
    assert (await fang.client.get("/account/applications")).status_code == 303  # to sign in
    assert (await town.about(tokens["access_token"])).status_code == 401


async def test_an_application_that_shows_nobody_has_the_person_asked(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    wish = {"client_id": str(bike.id), "post_logout_redirect_uri": OUT}
    page = await fang.client.get("/identity/sign-out", params=wish)
    assert page.status_code == 200 and "要退出登录吗" in page.text
    query = page.text.split("/identity/signed-out?")[1].split('"')[0].replace("&amp;", "&")
    stayed = await fang.send(page, f"/identity/signed-out?{query}", answer="stay")
    assert "仍然登录着" in stayed.text
    left = await fang.send(page, f"/identity/signed-out?{query}", answer="leave")
    assert left.headers["location"] == OUT
    assert (await fang.client.get("/account/applications")).status_code == 303


async def test_an_institution_calls_in_its_own_name_and_is_nobody_anywhere_else(town: Town) -> None:
    office = await town.register(kind="institution", scopes=("directory.provision",))
    given = (await town.call("token", office, grant_type="client_credentials")).json()
    assert given["scope"] == "directory.provision" and "refresh_token" not in given
    headers = {"authorization": f"Bearer {given['access_token']}"}
    browser = town.browser()
    assert (await browser.client.get("/api/v1/sessions/current", headers=headers)).status_code == 401
    assert (await town.about(given["access_token"])).status_code == 401
    users = await browser.client.get("/scim/v2/Users?count=1", headers=headers)
    assert users.status_code == 200 and users.json()["totalResults"] > 0
    strange = {"authorization": "Bearer nothing"}
    assert (await browser.client.get("/scim/v2/Users", headers=strange)).status_code == 401
    more = await town.call("token", office, grant_type="client_credentials", scope="directory.provision profile")
    assert more.json()["error"] == "invalid_scope"


async def test_a_registration_that_shrinks_or_closes_ends_what_is_out(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    tokens = await town.tokens(fang, bike)
    actor, now, kernel = await town.world.actor("吴浩"), await town.world.now(), town.world.kernel
    fewer = replace(bike.stated, scopes=("openid",))
    async with town.world.database.connection() as connection:
        await change(connection, kernel.vault, actor, kernel.directory, bike.id, bike.revision, fewer, now)
    assert (await town.about(tokens["access_token"])).status_code == 401
    tokens = await town.tokens(fang, bike, scope="openid")
    async with town.world.database.connection() as connection:
        await close(connection, kernel.vault, actor, bike.id, now)
    assert (await town.about(tokens["access_token"])).status_code == 401
    assert (await fang.client.get(town.ask(bike, scope="openid"))).status_code == 400


async def test_an_application_gives_a_token_back_and_asks_about_its_own_alone(town: Town) -> None:
    bike, park, fang = await town.bike(), await town.bike(), await town.signed_in()
    tokens = await town.tokens(fang, bike)
    assert (await town.call("introspect", bike, token=tokens["access_token"])).json()["active"] is True
    assert (await town.call("introspect", park, token=tokens["access_token"])).json() == {"active": False}
    assert (await town.call("revoke", park, token=tokens["refresh_token"])).status_code == 400
    assert (await town.call("revoke", bike, token=tokens["refresh_token"])).status_code == 200
    assert (await town.about(tokens["access_token"])).status_code == 401
    assert BACK in bike.stated.redirects


async def test_an_application_may_wish_for_a_surer_sign_in_and_reads_what_it_got(town: Town) -> None:
    bike, fang = await town.bike(), await town.signed_in()
    wish = town.ask(bike, acr_values="urn:tongban:assurance:strong")
    away = await fang.client.get(wish)
    assert away.headers["location"].startswith("/account/step-up?next=%2Fidentity%2Fauthorize")
    back = parameters(away.headers["location"])["next"]
    assert "共享单车" in (await fang.client.get(back)).text  # whoever has no passkey goes on, and acr says so


async def test_what_is_offered_is_told_and_nothing_weaker(town: Town) -> None:
    found = (await town.browser().client.get("/.well-known/openid-configuration")).json()
    assert found["issuer"] == BASE and found["code_challenge_methods_supported"] == ["S256"]
    assert (
        found["subject_types_supported"] == ["pairwise"]
        and "none" not in found["id_token_signing_alg_values_supported"]
    )
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"):
        assert found[name].startswith(f"{BASE}/identity/")
