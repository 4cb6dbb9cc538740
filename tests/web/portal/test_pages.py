"""What a visitor sees: home, search, guide, sign-in."""

import pytest

from tongban.cli.seeding import PASSWORD

from .browser import Browser

NOBODYS = "00000000-0000-7000-8000-000000000000"
TOLD = ("一次性告知", "不用您交", "（您同意才查）", "行政许可法 第四十二条", "制卡", "青海省", "行政复议")


@pytest.mark.parametrize("address", ["/", "/search", "/search?q=上户口", "/guides/birth", "/sign-in"])
@pytest.mark.parametrize("language", ["zh-CN", "zh-Hant", "en"])
async def test_a_visitor_reads_every_public_page_in_every_language(
    visitor: Browser, address: str, language: str
) -> None:
    page = await visitor.get(address, **{"accept-language": language})
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text


@pytest.mark.parametrize(
    "address",
    ["/matters", "/licences", "/my-data", "/messages", "/apply/birth", f"/drafts/330103/{NOBODYS}/review"],
)
async def test_personal_pages_lead_a_visitor_to_sign_in_and_back(visitor: Browser, address: str) -> None:
    page = await visitor.get(address)
    assert page.url.path == "/sign-in"
    assert page.url.params["next"] == address


async def test_search_finds_by_what_people_say_and_marks_it(visitor: Browser) -> None:
    page = await visitor.get("/search?q=孩子上户口怎么办")
    assert "/guides/birth" in page.text
    assert "<mark>上户口</mark>" in page.text


async def test_a_search_while_typing_is_answered_with_a_fragment(visitor: Browser) -> None:
    page = await visitor.get("/search?q=社保卡", **{"hx-request": "true", "hx-target": "div#search-results"})
    assert "<html" not in page.text
    assert "/guides/birth" in page.text


async def test_an_empty_result_says_what_to_do_and_escapes_what_was_typed(visitor: Browser) -> None:
    page = await visitor.get("/search?q=<script>alert(1)</script>")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "12345" in page.text


async def test_the_guide_tells_everything_once(visitor: Browser) -> None:
    text = (await visitor.get("/guides/birth")).text
    for told in TOLD:
        assert told in text, told


@pytest.mark.parametrize("address", ["/guides/none", "/guides/birth?region=999999", "/matters/330103/7"])
async def test_what_does_not_exist_is_told_as_such(visitor: Browser, address: str) -> None:
    assert (await visitor.get(address)).status_code == 404


async def test_a_wrong_password_is_told_on_the_form_and_an_unknown_account_alike(visitor: Browser) -> None:
    told = []
    for login in ("wangfang", "nobody-at-all"):
        await visitor.get("/sign-in?next=/licences")
        page = await visitor.post("/sign-in", login=login, password="wrong")
        assert page.status_code == 401
        assert f'value="{login}"' in page.text and 'value="/licences"' in page.text
        told.append("账号或密码不对" in page.text)
    assert told == [True, True]


async def test_too_many_attempts_are_throttled_in_words(visitor: Browser) -> None:
    for _ in range(9):
        await visitor.get("/sign-in")
        page = await visitor.post("/sign-in", login="sunwei", password="wrong")
    assert page.status_code == 429
    assert "尝试次数太多" in page.text


async def test_signing_in_never_leads_to_another_site(visitor: Browser) -> None:
    await visitor.get("/sign-in?next=https://elsewhere.test/")
    answer = await visitor.post(
        "/sign-in", follow=False, login="linxiao", password=PASSWORD, next="https://elsewhere.test/"
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_form_without_its_token_is_refused(visitor: Browser) -> None:
    await visitor.get("/sign-in")
    page = await visitor.post("/sign-in", _csrf_token="", login="linxiao", password=PASSWORD)
    assert page.status_code == 403


async def test_signing_out_ends_the_session_on_the_server(xiao: Browser) -> None:
    secret = xiao.client.cookies["tongban_session"]
    await xiao.get("/matters")
    await xiao.post("/sign-out")
    xiao.client.cookies.set("tongban_session", secret, domain="portal.test")
    assert (await xiao.get("/matters")).url.path == "/sign-in"


async def test_demonstration_accounts_are_listed_only_in_a_demonstration(visitor: Browser) -> None:
    assert PASSWORD in (await visitor.get("/sign-in")).text
