"""Debian packages that help but are never demanded: certificates, a browser, a Chinese face, a MariaDB for tests.

Called by ``installers`` and ``check``. Nothing is installed unless the caller is root and apt is there.
"""

import functools
import os
import shutil
import subprocess
from pathlib import Path

from progress import step

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHINESE_FACE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


@functools.cache
def install(*packages: str) -> bool:
    """Install Debian ``packages`` once; False where it may not or did not work."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    fetch = ["apt-get", "-qqy", "install", "--no-install-recommends", *packages]
    with step(f"Installing {', '.join(packages)} by apt"):
        return all(
            subprocess.run(command, env=quiet, capture_output=True, check=False).returncode == 0
            for command in (["apt-get", "-qq", "update"], fetch)
        )


def browser() -> str | None:
    """The path of a Chromium; Debian's is installed where it may be, with a Chinese face for screenshots."""
    missing = [] if _browser() else ["chromium"]
    missing += [] if CHINESE_FACE.exists() else ["fonts-noto-cjk"]
    if missing:
        install(*missing)
    return _browser()


def _browser() -> str | None:
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def mariadb() -> bool:
    """Whether the programs of a MariaDB server are here, installed from Debian where they may be; none is started."""
    if not _mariadb():
        install("mariadb-server-core", "mariadb-client-core")
    return _mariadb()


def _mariadb() -> bool:
    # The last one belongs to the client's package, and the second does not work without it.
    return all(map(shutil.which, ("mariadbd", "mariadb-install-db", "my_print_defaults")))
