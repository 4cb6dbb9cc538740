"""Pages as people choose to see them: in three languages, in large type, on small and large screens, at rest."""

import re

import pytest
from tests.browser.visitor import DESKTOP, PHONE, SMALL_PHONE, Visitor, Visitors

PUBLIC = ("/", "/search?q=孩子上户口", "/guides/birth", "/guides/move-in", "/sign-in", "/verify", "/receipt-check")
PRIVATE = ("/", "/matters", "/licences", "/my-data", "/messages")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
SIMPLIFIED_ONLY = set("办证时们书请这还为电无间门进过开关单实发认让说")
SAID = """() => {
    const out = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const place = walk.currentNode.parentElement;
        if (!place.closest("[lang]:not(html), script, style, [translate=no], .accounts strong"))
            out.push(walk.currentNode.data.trim());
    }
    for (const one of document.querySelectorAll("[aria-label], [placeholder], [alt]"))
        if (!one.closest("[lang]:not(html)"))
            out.push(one.getAttribute("aria-label") || "", one.getAttribute("placeholder") || "", one.alt || "");
    return [document.title, ...out].filter((text) => text);
}"""
"""Every text of the page that is not marked as another language's: a language's own name in the menu."""


async def choose_language(visitor: Visitor, name: str) -> None:
    """Choose a language in the header, as people do."""
    await visitor.page.locator("details.menu summary").click()
    await visitor.follow(visitor.page.get_by_role("button", name=name, exact=True))


async def chinese(visitor: Visitor) -> list[str]:
    """The texts on the open page that hold Chinese."""
    return [text for text in await visitor.page.evaluate(SAID) if CHINESE.search(text)]


async def test_every_text_is_there_in_three_languages(visitors: Visitors) -> None:
    visitor = await visitors()
    for path in ("/", "/guides/birth", "/verify"):
        await visitor.open(path)
        await choose_language(visitor, "English")
        assert visitor.path == path
        assert await visitor.page.get_attribute("html", "lang") == "en"
        assert await chinese(visitor) == []
        await choose_language(visitor, "繁體中文")
        assert await visitor.page.get_attribute("html", "lang") == "zh-Hant"
        left = {sign for text in await chinese(visitor) for sign in text} & SIMPLIFIED_ONLY
        assert not left, f"{path} keeps {left}"
        await choose_language(visitor, "简体中文")
        assert "办" in " ".join(await chinese(visitor))


async def test_an_applicant_and_a_handler_can_work_in_english(visitors: Visitors) -> None:
    """Data stays as it is: names of people, what somebody typed."""
    for account, paths in {"wangfang": PRIVATE, "zhoumin": ("/desk", "/desk?tab=decided")}.items():
        visitor = await visitors(locale="en-GB")
        await visitor.sign_in(account)
        assert await visitor.page.get_attribute("html", "lang") == "en"
        for path in paths:
            await visitor.open(path)
            names = {"王芳", "周敏", "林晓", "张强", "徐静", "孙伟", "张小宝"}
            left = [text for text in await chinese(visitor) if not any(name in text for name in names)]
            assert left == [], f"{path}: {left}"


async def test_large_type_is_chosen_once_and_fits_a_phone(visitors: Visitors) -> None:
    elder = await visitors()
    await elder.open("/")
    size = "parseFloat(getComputedStyle(document.body).fontSize)"
    usual = await elder.page.evaluate(size)
    await elder.follow(elder.page.get_by_role("button", name="长辈版"))
    assert await elder.page.evaluate(size) >= usual * 1.2
    for path in PUBLIC:
        await elder.open(path)
        assert await elder.page.locator("html.large").count() == 1


@pytest.mark.parametrize("size", [SMALL_PHONE, DESKTOP], ids=["320 px", "1280 px"])
async def test_pages_fit_the_screen(visitors: Visitors, size: tuple[int, int]) -> None:
    visitor = await visitors(size)
    for path in PUBLIC:
        await visitor.open(path)
    await visitor.sign_in("wangfang", "/sign-in?next=/matters")
    for path in PRIVATE:
        await visitor.open(path)
    handler = await visitors(size)
    await handler.sign_in("zhoumin", "/sign-in?next=/desk")


async def test_nothing_moves_for_who_asked_for_rest(visitors: Visitors) -> None:
    moving = "getComputedStyle(document.querySelector('svg .jl-ready .jl-end')).animationName"
    for wish, expected in {"reduce": "none", "no-preference": "jl-breathe"}.items():
        visitor = await visitors(DESKTOP, reduced_motion=wish)
        await visitor.open("/style")
        assert await visitor.page.evaluate(moving) == expected


@pytest.mark.long
@pytest.mark.parametrize("language", ["zh-CN", "zh-Hant", "en"])
@pytest.mark.parametrize("size", [SMALL_PHONE, PHONE, (768, 1024), DESKTOP], ids=lambda size: f"{size[0]} px")
async def test_pages_fit_every_screen_in_every_language(
    visitors: Visitors, size: tuple[int, int], language: str
) -> None:
    visitor = await visitors(size, locale=language)
    await visitor.open("/")
    await visitor.follow(visitor.page.locator("form[action='/large-type'] button"))
    for path in PUBLIC:
        await visitor.open(path)
    await visitor.sign_in("zhoumin", "/sign-in?next=/desk")
    for path in (*PRIVATE, "/desk", "/desk?tab=decided"):
        await visitor.open(path)


@pytest.mark.long
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=lambda size: f"{size[0]} px")
async def test_every_page_is_readable_in_the_dark(visitors: Visitors, size: tuple[int, int]) -> None:
    """Chosen in the footer; axe judges contrast on each page."""
    visitor = await visitors(size)
    await visitor.open("/")
    await visitor.follow(visitor.page.get_by_role("button", name="深色"))
    assert await visitor.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 22, 29)"
    for path in PUBLIC:
        await visitor.open(path)
    await visitor.sign_in("zhoumin", "/sign-in?next=/desk")
    for path in (*PRIVATE, "/desk", "/desk/licences", "/desk/directory", "/desk/catalogue"):
        await visitor.open(path)
