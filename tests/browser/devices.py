"""What a phone adds to a story: photos as its camera makes them, and the eye that reads a code off a screen."""

import io

import zxingcpp
from PIL import Image, ImageDraw
from playwright.async_api import FilePayload, Locator
from tests.heic import HEIC

TURNED = 6
"""Exif orientation of a phone held upright: the sensor's picture is to be turned by a quarter."""


def _bill(size: tuple[int, int]) -> Image.Image:
    """A sheet of paper with something on it; its left upper corner is red, so that turning shows."""
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 0, size[0] // 3, size[1] // 3), fill="red")
    draw.text((size[0] // 2, size[1] // 2), "No. 20261020", fill="black")
    return sheet


def turned_photo() -> FilePayload:
    """A JPEG 640 wide and 480 high that is to be shown 480 wide and 640 high; it tells where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = TURNED
    exif.get_ifd(0x8825)[1] = "N"
    held = io.BytesIO()
    _bill((640, 480)).save(held, "JPEG", exif=exif)
    return {"name": "IMG_2046.JPG", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def heic_photo() -> FilePayload:
    """A HEIC, as telephones with an apple make them. Browsers do not know its type."""
    return {"name": "IMG_2047.HEIC", "mimeType": "", "buffer": HEIC}


def is_upright(photo: bytes) -> bool:
    """Whether ``turned_photo``, as it was kept, is upright by its pixels and tells nothing besides."""
    with Image.open(io.BytesIO(photo)) as kept:
        red = kept.convert("RGB").getpixel((kept.width - 5, 5))
        return kept.size == (480, 640) and isinstance(red, tuple) and red[0] > 200 > red[1] and not kept.getexif()


async def scan(code: Locator) -> str:
    """What a camera reads from the code on the screen."""
    with Image.open(io.BytesIO(await code.screenshot())) as seen:
        found = zxingcpp.read_barcodes(seen.convert("L"))
    assert len(found) == 1, f"{len(found)} codes are to be seen"
    return found[0].text
