"""王芳 keeps her licences for where no network is: sealed, gone when she signs out, and nothing else is kept."""

from tests.browser.visitor import PHONE, Visitors

CODE = "晴天 2026"
CACHED = """async () => {
    const found = [];
    for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
    return found;
}"""
KEPT = """async () => {
    const opening = indexedDB.open("tongban-offline");
    const store = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
    if (!store.objectStoreNames.contains("kept")) return null;
    const asked = store.transaction("kept").objectStore("kept").get("mine");
    const kept = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
    store.close();
    return kept ? new TextDecoder().decode(kept.sealed) : null;
}"""

ICONS = """async () => {
    const manifest = await (await fetch(document.querySelector("link[rel=manifest]").href)).json();
    return Promise.all(manifest.icons.map(async (icon) => {
        const picture = await createImageBitmap(await (await fetch(icon.src)).blob()).catch(() => null);
        return [icon.sizes, icon.purpose, picture && `${picture.width}x${picture.height}`];
    }));
}"""


async def test_licences_open_without_a_network_by_the_code_alone(visitors: Visitors) -> None:
    fang = await visitors(PHONE, service_workers="allow")
    await fang.sign_in("wangfang", "/sign-in?next=/licences")
    keep = fang.page.locator("[data-offline-keep]")
    await keep.locator("input").fill(CODE)
    await keep.get_by_role("button", name="保存到这台设备").click()
    await keep.get_by_text("已保存").wait_for()
    await fang.page.reload()
    sizes = [shown for shown in await fang.page.evaluate(ICONS) if shown[0] != "any"]
    assert [purpose for _, purpose, _ in sizes] == ["any", "any", "maskable"]
    assert all(size == drawn for size, _, drawn in sizes), "a door is installed with icons of the sizes it states"
    cached = await fang.page.evaluate(CACHED)
    assert "/offline" in cached and all(path == "/offline" or path.startswith("/assets/") for path in cached)
    assert "居民身份证" not in await fang.page.evaluate(KEPT)
    await fang.context.set_offline(True)
    await fang.page.goto(fang.base + "/matters")
    view = fang.page.locator("[data-offline-view]")
    await view.locator("input").fill("wrong code")
    await view.get_by_role("button", name="打开看看").click()
    await view.get_by_text("口令不对").wait_for()
    await view.locator("input").fill(CODE)
    await view.get_by_role("button", name="打开看看").click()
    await view.get_by_role("heading", name="居民身份证").wait_for()
    assert "王芳" in await view.inner_text()
    await fang.context.set_offline(False)
    await fang.page.goto(fang.base + "/licences")
    await fang.follow(fang.page.locator("form[action='/sign-out'] button"))
    assert await fang.page.evaluate(KEPT) is None
