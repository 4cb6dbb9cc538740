"""Take the README's pictures from a running demonstration: ``.venv/bin/python tools/pictures.py``.

Starts a node of its own in a temporary folder, plays part of a birth through its API, photographs the pages
with Chromium (``TONGBAN_CHROMIUM`` names another than the system's) and writes ``docs/pictures/*.png``.
"""

import asyncio
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from tongban.assembly.platform import Platform, assemble
from tongban.assembly.reading import read_pack
from tongban.cli.http_stage import HttpStage
from tongban.cli.kernel_stage import people_by_name
from tongban.cli.seeding import PASSWORD

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 250_000
PATIENCE_SECONDS = 180
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
FORM = {
    "applicant_role": "mother", "mobile": "19900002001", "marital_status": "married",
    "other_parent_document": "resident-id", "child_name": "张小宝", "child_ethnicity": "汉族",
    "settle_with": "applicant", "relation_to_head": "子女", "pays_insurance": True, "claims_reimbursement": False,
    "wants_guidance": True, "card_delivery": "electronic",
}  # fmt: skip


@contextmanager
def demonstration() -> Iterator[str]:
    """A running node without a story told; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = Path(tempfile.mkdtemp(prefix="tongban-pictures-"))
    settings = {**os.environ, "TONGBAN_HOME": str(home), "TONGBAN_PORT": str(port), "TONGBAN_WORKERS": "1"}
    command = [str(Path(sys.executable).with_name("tongban")), "run", "--no-story"]
    node = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL)
    try:
        _wait(node, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        node.send_signal(signal.SIGINT)
        node.wait(60)
        shutil.rmtree(home, ignore_errors=True)


def _wait(node: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and node.poll() is None:
        try:
            if httpx.get(f"{address}/health/ready", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise SystemExit("the demonstration did not start: try tongban run")


def packs() -> Platform:
    """The demonstration's packs."""
    return assemble([read_pack(path.parent).draft for path in sorted((ROOT / "packs").glob("*/pack.yaml"))])


async def play(address: str, platform: Platform) -> tuple[str, str]:
    """王芳 applies, two days pass, the police have it now. Returns the paths of her matter and of 李伟's task."""
    region = next(iter(platform.directory.regions.values()))
    roles = {role: department.id for department in region.departments for role in department.roles}
    journey = platform.catalogue.journey("birth").journey
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        stage = HttpStage(client, journey, region.code, people_by_name(platform.seeds.people), roles)
        await stage.wait(1)
        await stage.submit("王芳", FORM, [], [])
        await stage.decide(None, "intake", "accept", "")
        await stage.wait(1)
        await stage.decide(None, "birth_certificate", "approve", "")
        await stage.decide(None, "maternity_registration", "approve", "")
        await stage.wait(1)
        await stage.decide(None, "vaccination_record", "approve", "")
    place = f"{region.code}/{stage.case}"
    return f"/matters/{place}", f"/desk/tasks/{place}/household_registration"


async def page_of(browser: Browser, address: str, width: int, account: str | None = None) -> Page:
    """A page in a browser of its own, 1280 wide or as sharp as a telephone's."""
    phone = width < 500
    context = await browser.new_context(
        viewport={"width": width, "height": 812 if phone else 860}, device_scale_factor=2 if phone else 1,
        locale="zh-CN", reduced_motion="reduce", base_url=address,
    )  # fmt: skip
    page = await context.new_page()
    if account:
        await page.goto("/sign-in")
        await page.fill("#login", account)
        await page.fill("#password", PASSWORD)
        await page.locator("main form button[type=submit]").click()
        await page.wait_for_load_state()
    return page


async def take(page: Page, name: str, scroll_to: str | None = None) -> None:
    """Photograph what is in sight, from the element ``scroll_to`` on, as ``name``."""
    if scroll_to:
        await page.locator(scroll_to).first.evaluate(
            "one => scrollTo(0, one.getBoundingClientRect().top + scrollY - 12)"
        )
    await page.wait_for_timeout(400)
    write(name, await page.screenshot())


def write(name: str, shot: bytes) -> None:
    """Keep a screenshot with as few colours as bring it under the limit."""
    with Image.open(io.BytesIO(shot)) as picture:
        plain = picture.convert("RGB")
    for colours in (256, 128, 64, 32):
        held = io.BytesIO()
        plain.quantize(colours, dither=Image.Dither.NONE).save(held, "PNG", optimize=True)
        if held.tell() <= MOST_BYTES:
            break
    (PICTURES / f"{name}.png").write_bytes(held.getvalue())
    print(f"{name}.png  {plain.width} x {plain.height}  {held.tell() // 1000} kB, {colours} colours")


async def photograph(address: str, matter: str, task: str) -> None:
    """Take every picture."""
    async with async_playwright() as playwright:
        chromium = os.environ.get("TONGBAN_CHROMIUM") or shutil.which("chromium")
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        wide = await page_of(browser, address, 1280, "wangfang")
        await wide.goto(matter)
        await take(wide, "matter-wide", ".line-card")
        await wide.goto("/guides/birth")
        await take(wide, "guide-wide")
        desk = await page_of(browser, address, 1280, "liwei")
        await desk.goto(task)
        await take(desk, "desk-wide")
        phone = await page_of(browser, address, 375, "wangfang")
        await phone.goto(matter)
        await take(phone, "matter-phone", ".line-card")
        await phone.goto("/my-data")
        await take(phone, "my-data-phone", "h1")
        await apply(phone)
        await take(phone, "apply-phone", "h1")
        await browser.close()


async def apply(phone: Page) -> None:
    """Another application, as far as the page about the child."""
    await phone.goto("/apply/birth")
    await phone.locator("main form button[type=submit]").click()
    await phone.locator("main form button[type=submit]").last.click()
    await phone.wait_for_url("**/steps/family")
    await phone.goto(phone.url.replace("/family", "/child"))


async def main(given: str | None) -> None:
    """Take the pictures of the demonstration at ``given``, or of one started for it."""
    PICTURES.mkdir(exist_ok=True)
    if given:
        await photograph(given, *await play(given, packs()))
        return
    with demonstration() as address:
        await photograph(address, *await play(address, packs()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
