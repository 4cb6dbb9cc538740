"""Style sheets, scripts and pictures by their logical names, read once and served from memory.

Called by pages (``url``) and by the layer in front of the application (``find``). File names carry the
hash of their content, so an answer may be kept for ever.
"""

import json
import mimetypes
from pathlib import Path

from msgspec import Struct

from tongban.web.errors import AssetMissing

FOLDER = Path(__file__).parent / "assets"
PREFIX = "/assets/"
_ENCODINGS = {"br": ".br", "gzip": ".gz"}


class AssetFile(Struct, frozen=True):
    """One file with its compressed variants (``br``, ``gzip``), as far as they were built."""

    media_type: str
    content: bytes
    variants: dict[str, bytes]


class AssetFiles:
    """The built assets of one folder. ``manifest.json`` maps logical names to hashed ones."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read the manifest in ``folder``. Raises ``AssetMissing`` when nothing was built."""
        self._folder = folder
        try:
            self._manifest: dict[str, str] = json.loads((folder / "manifest.json").read_text())
        except OSError as error:
            raise AssetMissing(name="manifest.json") from error
        self._known = frozenset(self._manifest.values())
        self._held: dict[str, AssetFile] = {}

    def url(self, name: str) -> str:
        """The address of the asset with logical ``name``. Raises ``AssetMissing``."""
        try:
            return PREFIX + self._manifest[name]
        except KeyError:
            raise AssetMissing(name=name) from None

    def find(self, hashed: str) -> AssetFile | None:
        """The asset with hashed name ``hashed``, or None; only names of the manifest are ever read."""
        if hashed not in self._known:
            return None
        if hashed not in self._held:
            self._held[hashed] = self._read(hashed)
        return self._held[hashed]

    def _read(self, hashed: str) -> AssetFile:
        path = self._folder / hashed
        packed = {name: path.with_name(path.name + suffix) for name, suffix in _ENCODINGS.items()}
        media_type = mimetypes.guess_type(hashed)[0] or "application/octet-stream"
        if media_type.startswith("text/") or media_type.endswith("svg+xml"):
            media_type += "; charset=utf-8"
        return AssetFile(
            media_type, path.read_bytes(), {name: file.read_bytes() for name, file in packed.items() if file.exists()}
        )
