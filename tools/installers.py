"""uv and pip as pinned wheels, fetched by the standard library and checked by their hash.

Called by ``environment`` and ``locks``. The package index is the one that pip or uv is configured
for, else the public one.
"""

import configparser
import hashlib
import html
import os
import platform
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

import system
from progress import ROOT, BootstrapError, step
from public_index import public_index

LOCK = ROOT / "requirements" / "bootstrap.lock"


def uv(venv: Path) -> list[str]:
    """The command ``uv pip install`` for ``venv``, fetching uv when it is not there yet."""
    version, hashes = _pinned("uv")
    program = venv / ".tools" / f"uv-{version}"
    if not program.exists():
        wheel = _fetched("uv", version, hashes, _suits_this_machine)
        with zipfile.ZipFile(wheel) as archive:
            unfinished = program.with_name("uv.unfinished")
            unfinished.write_bytes(archive.read(f"uv-{version}.data/scripts/uv"))
        unfinished.chmod(0o755)
        unfinished.replace(program)
        wheel.unlink()
    return [str(program), "pip", "install", "--python", str(venv / "bin" / "python")]


def pip(venv: Path) -> list[str]:
    """The command ``pip install`` for ``venv``, run from pip's wheel, which is fetched once."""
    version, hashes = _pinned("pip")
    wheel = venv / ".tools" / f"pip-{version}-py3-none-any.whl"
    if not wheel.exists():
        wheel = _fetched("pip", version, hashes, lambda name: name.endswith("-py3-none-any.whl"))
    return [str(venv / "bin" / "python"), str(wheel / "pip"), "install", "--disable-pip-version-check"]


def settings() -> Mapping[str, str]:
    """Variables that hand pip's configured index, and the system's certificates, on to uv."""
    given = {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    index = _configured("index-url")
    extra = _configured("extra-index-url")
    if index and not os.environ.get("UV_DEFAULT_INDEX") and not os.environ.get("UV_INDEX_URL"):
        given["UV_DEFAULT_INDEX"] = index
    if index and extra and not os.environ.get("UV_INDEX"):
        given["UV_INDEX"] = extra
    return given


def index() -> str:
    """The address of the simple index to use, without a closing slash."""
    chosen = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL") or _configured("index-url")
    return (chosen or public_index()).rstrip("/")


def _configured(option: str) -> str:
    """A pip option from ``PIP_<OPTION>`` or pip's configuration files, empty if unset."""
    from_environment = os.environ.get("PIP_" + option.upper().replace("-", "_"))
    if from_environment:
        return from_environment
    home = Path.home()
    named = os.environ.get("PIP_CONFIG_FILE")
    files = ["/etc/pip.conf", str(home / ".pip/pip.conf"), str(home / ".config/pip/pip.conf"), named or ""]
    parser = configparser.RawConfigParser()
    parser.read([name for name in files if name], encoding="utf-8")
    return " ".join(parser.get("global", option, fallback="").split())


def _pinned(package: str) -> tuple[str, frozenset[str]]:
    """Version and allowed SHA-256 digests of ``package`` from ``requirements/bootstrap.lock``."""
    block = re.search(rf"^{package}==(\S+)((?:\s*\\\s+--hash=sha256:[0-9a-f]+)+)", LOCK.read_text(), re.M)
    if block is None:
        raise BootstrapError(f"{LOCK} does not pin {package}: restore the file.")
    return block[1], frozenset(re.findall(r"sha256:([0-9a-f]{64})", block[2]))


def _suits_this_machine(name: str) -> bool:
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    kind = libc if platform.system() == "Linux" else "macosx"
    return name.endswith(".whl") and kind in name and platform.machine() in name


def _fetched(package: str, version: str, hashes: frozenset[str], suits: object) -> Path:
    """The wheel of ``package`` that ``suits``, downloaded whole and checked before it gets its name."""
    assert callable(suits)
    tools = ROOT / ".venv" / ".tools"
    tools.mkdir(parents=True, exist_ok=True)
    with step(f"Fetching {package} {version}"):
        page = f"{index()}/{package}/"
        for link in re.findall(r'href="([^"]+)"', _download(page).decode()):
            address = urllib.parse.urljoin(page, html.unescape(link)).partition("#")[0]
            name = urllib.parse.unquote(address.rpartition("/")[2])
            if name.startswith(f"{package}-{version}-") and suits(name):
                return _checked(address, hashes, tools / name)
    raise BootstrapError(f"the package index offers no {package} {version} for {platform.machine()}")


def _checked(address: str, hashes: frozenset[str], target: Path) -> Path:
    content = _download(address)
    if hashlib.sha256(content).hexdigest() not in hashes:
        raise BootstrapError(f"{target.name} does not have its pinned hash: the package index is at fault")
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.write_bytes(content)
    return unfinished.replace(target)


def _download(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())
    except urllib.error.URLError as fault:
        if isinstance(fault.reason, ssl.SSLCertVerificationError) and system.install("ca-certificates"):
            return _download(address)
        host = urllib.parse.urlsplit(address).hostname
        raise BootstrapError(f"could not fetch from {host}: {fault.reason}") from fault
