"""A person who uses the keyboard alone: reaches everything by Tab, and always sees where they are."""

from playwright.async_api import Locator
from tests.browser.acts import Fields
from tests.browser.visitor import Visitor

MOST_STOPS = 120
FOCUS = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect();
    const marks = (one, part) => one && getComputedStyle(one, part).outlineStyle !== "none"
        && parseFloat(getComputedStyle(one, part).outlineWidth) >= 2;
    // Within a field for a date the browser itself marks the part that has the focus.
    const marked = at.type === "date" || marks(at) || marks(at, "::after") || marks(at.closest(".option"));
    return {
        what: at.outerHTML.slice(0, 160), marked, seen: box.bottom > 0 && box.top < innerHeight,
        name: at.name || "", value: at.value || "",
    };
}"""


class Keyboard:
    """The hands of a visitor who has no mouse."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self._keys = visitor, visitor.page.keyboard

    async def _key(self, key: str) -> dict[str, str]:
        """Press a key; whatever has the focus then must be in sight and marked."""
        await self._keys.press(key)
        focus: dict[str, str] = await self.visitor.page.evaluate(FOCUS)
        assert focus["marked"], f"nobody sees that this has the focus: {focus['what']}"
        assert focus["seen"], f"the focus is out of sight: {focus['what']}"
        return focus

    async def skip_to_main(self) -> None:
        """The first Tab of every page offers to pass over the header."""
        focus = await self._key("Tab")
        assert "skip" in focus["what"], f"the first stop is {focus['what']}"
        await self._keys.press("Enter")

    async def reach(self, place: Locator) -> None:
        """Go on by Tab until ``place`` has the focus."""
        await place.wait_for()
        for _ in range(MOST_STOPS):
            if await place.evaluate("one => one === document.activeElement"):
                return
            await self._key("Tab")
        raise AssertionError(f"Tab never leads to {place}")

    async def press(self, place: Locator, key: str = "Enter") -> None:
        """Reach what leads to another page, press it, and judge that page."""
        await self.reach(place)
        async with self.visitor.page.expect_navigation():
            await self._keys.press(key)
        await self.visitor.look()

    async def write(self, place: Locator, text: str) -> None:
        """Reach a field and write over what it holds."""
        await self.reach(place)
        await self._keys.press("Control+A")
        await self._keys.type(text)

    async def choose(self, name: str, value: str) -> None:
        """Reach a group of choices by Tab; choose by the arrow keys and the space bar."""
        group = self.visitor.page.locator(f'input[name="{name}"]')
        await group.first.wait_for()
        for _ in range(MOST_STOPS):
            focus = await self.visitor.page.evaluate(FOCUS)
            if focus["name"] == name:
                break
            await self._key("Tab")
        for _ in range(await group.count()):
            if focus["value"] == value:
                break
            focus = await self._key("ArrowDown")
        assert focus["value"] == value, f"the arrow keys never lead to {name} = {value}"
        await self._keys.press("Space")
        assert await self.visitor.page.locator(f'input[name="{name}"][value="{value}"]').is_checked()

    async def pick(self, place: Locator, value: str) -> None:
        """Reach a list and go down it to ``value``."""
        await self.reach(place)
        for _ in range(await place.locator("option").count()):
            if await place.input_value() == value:
                return
            await self._keys.press("ArrowDown")
        raise AssertionError(f"the list never shows {value}")

    async def fill(self, fields: Fields) -> None:
        """Fill in fields in their order on the page."""
        for name, given in fields.items():
            value = {True: "true", False: "false"}.get(given, str(given)) if isinstance(given, bool) else given
            place = self.visitor.page.locator(f'[name="{name}"]').first
            await place.wait_for()
            if await place.get_attribute("type") == "radio":
                await self.choose(name, value)
            elif await place.evaluate("one => one.localName") == "select":
                await self.pick(place, value)
            else:
                await self.write(place, value)
