"""Node and npm: the system's when new enough, else those of a Python wheel in the environment.

Called by ``assets``; the wheel is installed by ``environment`` only where the system has no Node.
"""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from progress import BootstrapError, tool_environment

OLDEST = 20


@cache
def system_has_node() -> bool:
    """Whether the system brings Node ≥ 20 and npm."""
    program = shutil.which("node")
    if not program or not shutil.which("npm"):
        return False
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        return int(told.stdout.strip().removeprefix("v").partition(".")[0] or 0) >= OLDEST
    except (OSError, ValueError):
        return False


def program(root: Path) -> str | None:
    """The path of ``node``, or None."""
    return _found(root, "node")


def npm(root: Path, *arguments: str) -> None:
    """Run npm in the checkout. Raises ``BootstrapError`` with npm's last words."""
    found = _found(root, "npm")
    if not found:
        raise BootstrapError("npm is missing: install Node 20 or newer with npm, or run make run once.")
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    environment = dict(tool_environment())
    environment["PATH"] = f"{Path(found).parent}:{environment.get('PATH', '/usr/bin:/bin')}"
    done = subprocess.run(
        [found, *arguments, *quiet], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        reason = " ".join(reasons[:3]) or done.stderr.strip()[-300:]
        raise BootstrapError(f"npm {arguments[0]} failed: {reason}")


def _found(root: Path, name: str) -> str | None:
    if system_has_node():
        return shutil.which(name)
    own = root / ".venv" / "bin" / name
    return str(own) if own.exists() else None
