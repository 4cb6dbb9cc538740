"""Every journey's diagram, as the node hands it out, drawn by bpmn-js in a real browser: each task is to be seen."""

from typing import Any

import httpx
import pytest
from playwright.async_api import Browser
from tests.browser.served import REGION, Served
from tests.browser.visitor import AXE, DESKTOP, PHONE, Visitors

VIEWER = AXE.parents[1] / "bpmn-js" / "dist" / "bpmn-viewer.production.min.js"
CANVAS = '<!doctype html><style>body { margin: 0 }</style><div id="canvas" style="width: 100vw; height: 100vh"></div>'
DRAW = """async (xml) => {
    const viewer = new BpmnJS({container: "#canvas"});
    const {warnings} = await viewer.importXML(xml);
    viewer.get("canvas").zoom("fit-viewport");
    const drawn = viewer.get("elementRegistry").filter((one) => one.type === "bpmn:UserTask").map((one) => {
        const shape = viewer.get("elementRegistry").getGraphics(one).querySelector(".djs-visual rect");
        const box = shape.getBoundingClientRect();
        return {id: one.id, name: one.businessObject.name, lane: one.businessObject.lanes?.[0]?.name,
                left: box.left, top: box.top, right: box.right, bottom: box.bottom};
    });
    const mark = document.querySelector(".bjs-powered-by").getBoundingClientRect();
    return {warnings: warnings.map((one) => one.message), drawn, mark: mark.width * mark.height};
}"""


def journeys(served: Served) -> dict[str, list[str]]:
    """Journey → ids of its tasks, as the node offers them."""
    with httpx.Client(base_url=f"{served.url}/api/v1/regions/{REGION}", trust_env=False) as client:
        found = [one["id"] for one in client.get("/journeys").json()]
        return {one: [t["id"] for t in client.get(f"/journeys/{one}").json()["journey"]["tasks"]] for one in found}


def diagram(served: Served, journey: str) -> str:
    """The file that the guide hands out."""
    place = f"{served.url}/guides/{journey}/journey.bpmn"
    return httpx.get(place, params={"region": REGION}, trust_env=False).raise_for_status().text


async def draw(chromium: Browser, size: tuple[int, int], content: str) -> dict[str, Any]:
    """What bpmn-js draws of ``content`` on a screen of ``size``."""
    context = await chromium.new_context(viewport={"width": size[0], "height": size[1]})
    try:
        page = await context.new_page()
        await page.set_content(CANVAS)
        await page.add_script_tag(path=VIEWER)
        drawn: dict[str, Any] = await page.evaluate(DRAW, content)
        return drawn
    finally:
        await context.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["375 px", "1280 px"])
async def test_every_task_of_every_journey_is_drawn_within_the_canvas(
    chromium: Browser, served: Served, size: tuple[int, int]
) -> None:
    for journey, tasks in journeys(served).items():
        seen = await draw(chromium, size, diagram(served, journey))
        assert seen["warnings"] == [], journey
        assert {one["id"] for one in seen["drawn"]} == {f"task-{t}" for t in [*tasks, "intake", "supply"]}
        for one in seen["drawn"]:
            assert 0 <= one["left"] < one["right"] <= size[0], one
            assert 0 <= one["top"] < one["bottom"] <= size[1], one
            assert one["name"] and one["lane"], one
        assert seen["mark"] > 0  # the licence of bpmn-js asks for its mark


async def test_a_spoilt_diagram_is_told(chromium: Browser, served: Served) -> None:
    content = diagram(served, "move-in").replace('bpmnElement="task-lease_filing"', 'bpmnElement="lost"')
    seen = await draw(chromium, DESKTOP, content)
    assert seen["warnings"] and "task-lease_filing" not in {one["id"] for one in seen["drawn"]}


async def test_the_guide_hands_the_diagram_out(visitors: Visitors) -> None:
    visitor = await visitors(DESKTOP)
    await visitor.open("/guides/birth")
    async with visitor.page.expect_download() as downloading:
        await visitor.link("下载流程图").click()
    file = await downloading.value
    assert file.suggested_filename == "birth.bpmn"
    assert (await file.path()).read_text("utf-8").startswith("<?xml")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["375 px", "1280 px"])
async def test_heads_read_the_measures_on_any_screen_with_or_without_scripts(
    visitors: Visitors, size: tuple[int, int]
) -> None:
    for scripts in (True, False):
        head = await visitors(size, java_script_enabled=scripts)
        await head.sign_in("shenjie", "/sign-in?next=/desk/journeys")
        await head.go("新生儿出生一件事")
        assert "改革成效" in await head.text()
        assert await head.page.locator("#from").input_value()
        await head.press("查看")
        assert head.path == "/desk/journeys/birth"
