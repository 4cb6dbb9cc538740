"""The public package index, as pip itself knows it: no address of a registry stands in this repository.

Called by ``installers`` when neither pip nor uv is configured for another one. pip's own code is read wherever
the machine has it: installed, bundled with Python, or in Debian's package of it, which apt fetches for any user.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from progress import BootstrapError, step

_WHERE = "pip/_internal/models/index.py"
_PUBLIC = re.compile(r'PyPI\s*=\s*PackageIndex\(\s*"(https://[^"]+?)/?"')


def public_index() -> str:
    """The simple index that pip uses unless told otherwise. Raises ``BootstrapError`` with the repair."""
    for text in _texts():
        found = _PUBLIC.search(text)
        if found:
            return f"{found[1]}/simple"
    raise BootstrapError(
        "no pip on this machine, so no package index is known. Repair: apt-get install python3-venv, "
        "or set PIP_INDEX_URL to the index to use."
    )


def _texts() -> Iterator[str]:
    """That part of pip's code, from the nearest place on."""
    installed = importlib.util.find_spec("pip")
    if installed and installed.origin:
        yield (Path(installed.origin).parent / "_internal/models/index.py").read_text("utf-8")
    for wheel in (*_bundled(), *Path("/usr/share/python-wheels").glob("pip-*.whl")):
        yield _inside(wheel)
    yield from _from_debian()


def _bundled() -> Iterator[Path]:
    bundle = importlib.util.find_spec("ensurepip")
    if bundle and bundle.origin:
        yield from (Path(bundle.origin).parent / "_bundled").glob("pip-*.whl")


def _inside(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(_WHERE).decode()


def _from_debian() -> Iterator[str]:
    """pip's wheel from Debian's package, unpacked in a folder of its own: needs no root and installs nothing."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    with TemporaryDirectory() as folder, step("Asking Debian for pip"):
        lists = Path(folder, "lists")
        (lists / "partial").mkdir(parents=True)
        own = ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={folder}", "-o", f"APT::Sandbox::User={_me()}"]
        for command in (["update"], ["download", "python3-pip-whl"]):
            subprocess.run(["apt-get", "-qq", *own, *command], cwd=folder, capture_output=True, check=False)
        for package in Path(folder).glob("python3-pip-whl_*.deb"):
            subprocess.run(["dpkg-deb", "-x", package.name, "out"], cwd=folder, capture_output=True, check=False)
        for wheel in Path(folder).glob("out/usr/share/python-wheels/pip-*.whl"):
            yield _inside(wheel)


def _me() -> str:
    return os.environ.get("USER") or "root"
