"""Photos made safe and small: upright, without metadata, within a size. Called by ``uploads``.

A picture is decoded and encoded anew, so that nothing of the sent file survives but its pixels.
"""

from io import BytesIO

import pi_heif
from msgspec import Struct
from PIL import Image, ImageOps

from tongban.basics.upload_errors import UploadDamaged, UploadTooManyPixels

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# Tried in order until the result is small enough: JPEG quality, and the share of the long edge.
_ATTEMPTS = ((88, 1.0), (80, 1.0), (70, 1.0), (60, 1.0), (60, 0.75), (50, 0.5))


class Picture(Struct, frozen=True):
    """An encoded picture; ``width`` and ``height`` in pixels, as seen upright."""

    media_type: str
    content: bytes
    width: int
    height: int


def normalise_picture(
    name: str, content: bytes, media_type: str, *, pixels: int, long_edge: int, most_bytes: int
) -> Picture:
    """Decode ``content`` (of the proven ``media_type``) and encode it anew, upright and without metadata.

    A PNG stays a PNG while it fits (screen shots, seals); everything else becomes a JPEG. Raises
    ``UploadTooManyPixels`` before unpacking, ``UploadDamaged`` for what can not be decoded.
    """
    try:
        image = _open(content, media_type)
        found = image.width * image.height
        if found > pixels:
            raise _too_many(name, found, pixels)
        if media_type == "image/jpeg":
            image.draft("RGB", _within(image.size, long_edge))  # decodes at 1/2, 1/4 … where that suffices
        upright = _flatten(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError as bomb:
        raise _too_many(name, 2 * (Image.MAX_IMAGE_PIXELS or pixels), pixels) from bomb
    except UploadTooManyPixels:
        raise
    except Exception as fault:  # decoders of hostile bytes raise nearly anything: struct.error, KeyError …
        raise UploadDamaged(name=name) from fault
    upright.thumbnail(_within(upright.size, long_edge), Image.Resampling.LANCZOS)
    return _encode(upright, keep_png=media_type == "image/png", most_bytes=most_bytes)


def _open(content: bytes, media_type: str) -> Image.Image:
    if media_type != "image/heic":
        return Image.open(BytesIO(content), formats=[_FORMATS[media_type]])
    return Image.open(BytesIO(content), formats=["HEIF"])


# Only the opener of still HEIF pictures; its own rotation is applied by the library itself.
pi_heif.register_heif_opener(thumbnails=False, aux_images=False, depth_images=False)


def _too_many(name: str, found: int, most: int) -> UploadTooManyPixels:
    return UploadTooManyPixels(name=name, found=found // 1_000_000, most=most // 1_000_000)


def _within(size: tuple[int, int], long_edge: int) -> tuple[int, int]:
    share = min(1.0, long_edge / max(size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def _flatten(image: Image.Image) -> Image.Image:
    """Plain colour pixels on white: what is transparent must not turn black on paper."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return image.convert("RGB")


def _encode(image: Image.Image, *, keep_png: bool, most_bytes: int) -> Picture:
    bare = Image.frombytes("RGB", image.size, image.tobytes())  # no info, no profile, no exif goes along
    if keep_png:
        content = _saved(bare, "PNG", optimize=True)
        if len(content) <= most_bytes:
            return Picture("image/png", content, *bare.size)
    for quality, share in _ATTEMPTS:
        smaller = bare if share == 1.0 else bare.resize(_within(bare.size, int(max(bare.size) * share)))
        content = _saved(smaller, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(content) <= most_bytes:
            break
    return Picture("image/jpeg", content, *smaller.size)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
