"""Web assets: fetched from npm as locked, and copied under names that carry their content's hash.

Called by the bootstrap before every start (a second run only compares hashes), and by the build hook
of the wheel. What it makes is not kept in git: ``src/tongban/web/assets`` and
``src/tongban/assembly/data``.
"""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import divisions
import node
from progress import ROOT, BootstrapError, digest, set_stamp, stamped, step

MODULES = "node_modules"
STATIC = "src/tongban/web/static"
ASSETS = "src/tongban/web/assets"
DIVISIONS = "src/tongban/assembly/data"
ICON_LIST = "icons.txt"

# Logical name in pages → file in node_modules.
FROM_NPM = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "echarts.js": "echarts/dist/echarts.min.js",
}
# Only Typst reads these, one folder a weight; pages use the reader's own Chinese face.
FONTS = {
    "fonts/regular/NotoSansSC-Regular.ttf": "400Regular/NotoSansSC_400Regular.ttf",
    "fonts/bold/NotoSansSC-Bold.ttf": "700Bold/NotoSansSC_700Bold.ttf",
}
FONT_PACKAGE = "@expo-google-fonts/noto-sans-sc"
COMPRESSIBLE = {".css", ".js", ".svg", ".json", ".html", ".map", ".txt"}
FILLED = 'fill="currentColor"'
OUTLINED = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
MAP_COMMENT = (b"\n//# sourceMappingURL=", b"\n/*# sourceMappingURL=")


def ensure(root: Path = ROOT) -> None:
    """Make packages, assets and division tree current; only what changed is done again."""
    fetch(root)
    ensure_divisions(root)
    ensure_assets(root)


def build_for_package(root: Path) -> None:
    """For the wheel: reuse what is built, else build it. Raises ``BootstrapError`` where npm is missing."""
    current = stamped(root / ASSETS / ".stamp", _assets_key(root))
    if not (current and stamped(root / DIVISIONS / ".stamp", _divisions_key(root))):
        ensure(root)


def fetch(root: Path) -> None:
    """``npm ci`` from the lock into ``node_modules``, unless the same lock was installed."""
    key = digest([root / "package-lock.json", root / ".npmrc"])
    stamp = root / MODULES / ".stamp"
    if stamped(stamp, key):
        return
    with step("Fetching web assets from npm"):
        node.npm(root, "ci")
        set_stamp(stamp, key)


def ensure_divisions(root: Path) -> None:
    """The national division tree, from its npm package into two compact files."""
    key = _divisions_key(root)
    target = root / DIVISIONS
    if stamped(target / ".stamp", key):
        return
    with step("Packing the division tree"):
        fresh = _fresh_folder(target)
        divisions.pack(root / MODULES / "china-division" / "dist", fresh)
        set_stamp(fresh / ".stamp", key)
        _swap(fresh, target)


def ensure_assets(root: Path) -> None:
    """Copy wanted files, own and fetched, with hashed names, compressed variants and ``manifest.json``."""
    own = own_files(root)
    key = _assets_key(root)
    target = root / ASSETS
    if stamped(target / ".stamp", key):
        return
    with step("Copying web assets"):
        fresh = _fresh_folder(target)
        manifest = {name: _place(fresh, name, content, target) for name, content in _sources(root, own)}
        for name, source in FONTS.items():
            (fresh / name).parent.mkdir(parents=True)
            shutil.copyfile(root / MODULES / FONT_PACKAGE / source, fresh / name)
        (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
        _brotli(fresh, root)
        set_stamp(fresh / ".stamp", key)
        _swap(fresh, target)


def _divisions_key(root: Path) -> str:
    return digest([root / "package-lock.json", Path(divisions.__file__)])


def _assets_key(root: Path) -> str:
    own = own_files(root)
    names = [str(path.relative_to(root)) for path in own]
    return digest([root / "package-lock.json", Path(__file__), *names, *own])


def own_files(root: Path) -> list[Path]:
    """The checkout's own style sheets, scripts and pictures, in a fixed order."""
    return sorted(path for path in (root / STATIC).rglob("*") if path.is_file())


def _sources(root: Path, own: list[Path]) -> list[tuple[str, bytes]]:
    fetched = [(name, _without_map(root / MODULES / source)) for name, source in FROM_NPM.items()]
    mine = [(str(path.relative_to(root / STATIC)), path.read_bytes()) for path in own]
    icons = [(name, content) for name, content in mine if name == ICON_LIST]
    sprite = [("icons.svg", _sprite(root, content.decode())) for _, content in icons]
    return fetched + sprite + [pair for pair in mine if pair not in icons]


def _without_map(source: Path) -> bytes:
    """The file without its last line that points to a source map, which is not shipped."""
    content = source.read_bytes()
    ends = [content.rfind(comment) for comment in MAP_COMMENT]
    return content[: max(ends)] + b"\n" if max(ends) >= 0 else content


def _sprite(root: Path, listed: str) -> bytes:
    """One SVG with a symbol for each icon named in ``icons.txt`` (a name a line, ``#`` starts a remark)."""
    names = [line.split("#")[0].strip() for line in listed.splitlines()]
    symbols = [_symbol(root, name) for name in dict.fromkeys(names) if name]
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'.encode()


def _symbol(root: Path, name: str) -> str:
    style, _, plain = name.rpartition("/")
    source = root / MODULES / "@tabler/icons/icons" / (style or "outline") / f"{plain}.svg"
    if not source.exists():
        raise BootstrapError(f"{STATIC}/{ICON_LIST} names “{name}”, which Tabler does not have: correct it.")
    inner = source.read_text().partition("<svg")[2].partition(">")[2].rpartition("</svg>")[0].strip()
    paint = FILLED if style == "filled" else OUTLINED
    return f'<symbol id="{plain}" viewBox="0 0 24 24" {paint}>{inner}</symbol>'


def _place(fresh: Path, name: str, content: bytes, previous: Path) -> str:
    """Write ``content`` under its hashed name, with a gzip variant; return the hashed name."""
    logical = Path(name)
    hashed = logical.with_name(f"{logical.stem}.{hashlib.sha256(content).hexdigest()[:12]}{logical.suffix}")
    target = fresh / hashed
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    for variant in (f"{hashed}.gz", f"{hashed}.br"):
        if (previous / variant).exists():  # same name, same content: compressed before
            shutil.copyfile(previous / variant, fresh / variant)
    packed = fresh / f"{hashed}.gz"
    if logical.suffix in COMPRESSIBLE and not packed.exists():
        packed.write_bytes(gzip.compress(content, 9, mtime=0))
    return hashed.as_posix()


def _brotli(fresh: Path, root: Path) -> None:
    """Brotli variants by Node's own encoder; left out where Node is not at hand (gzip serves then)."""
    wanted = [path.with_suffix("") for path in fresh.rglob("*.gz")]
    missing = [str(path) for path in wanted if not Path(f"{path}.br").exists()]
    program = node.program(root)
    if missing and program:
        script = (
            "const z=require('zlib'),f=require('fs');for(const p of process.argv.slice(1))"
            "f.writeFileSync(p+'.br',z.brotliCompressSync(f.readFileSync(p)))"
        )
        subprocess.run([program, "-e", script, *missing], check=True)


def _fresh_folder(target: Path) -> Path:
    fresh = target.with_name(target.name + ".unfinished")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    return fresh


def _swap(fresh: Path, target: Path) -> None:
    """Put the finished folder in place; an interruption leaves the old one or none, never half of one."""
    retired = target.with_name(target.name + ".retired")
    shutil.rmtree(retired, ignore_errors=True)
    if target.exists():
        target.rename(retired)
    fresh.rename(target)
    shutil.rmtree(retired, ignore_errors=True)


if __name__ == "__main__":
    try:
        ensure()
    except BootstrapError as fault:
        sys.exit(f"tongban: {fault}")
