"""``make test``: every check in order, cheapest first, and the browser tests that were skipped last.

Called by make with the environment's Python. ``--long`` runs the long tests instead; further
arguments go to pytest. ``TEST_WORKERS`` sets how many processes test at once (default: the cores,
at most 4).
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

import system
from progress import ROOT, say

BIN = ROOT / ".venv" / "bin"
CHECKED = ["src", "tests", "tools", "hatch_build.py"]
CHECKS: Mapping[str, Sequence[str]] = {
    "Style (ruff check)": ["ruff", "check", *CHECKED],
    "Layout (ruff format)": ["ruff", "format", "--check", *CHECKED],
    "Types (mypy --strict)": ["mypy", "--strict", "src"],
    "Floors (import-linter)": ["lint-imports", "--no-logo"],
}


def main(arguments: list[str]) -> int:
    """Run everything, also after a failure, and return 0 only if all passed."""
    long = "--long" in arguments
    given = [word for word in arguments if word != "--long"]
    browser, mariadb = system.browser(), system.mariadb()
    checks = {} if long else CHECKS
    verdicts = {name: _run(name, command) for name, command in checks.items()}
    verdicts["Tests (pytest)"] = _run("Tests (pytest)", _pytest(long, given), _test_settings(browser))
    for name, passed in verdicts.items():
        say(f"{'passed' if passed else 'FAILED'}: {name}")
    _tell_skipped()
    if not mariadb:
        say("The tests of MySQL tables were SKIPPED: no MariaDB here, and apt may not install it")
    return 0 if all(verdicts.values()) else 1


def _run(name: str, command: Sequence[str], settings: Mapping[str, str] | None = None) -> bool:
    say(f"{name} …")
    began = time.monotonic()
    program = [str(BIN / command[0]), *command[1:]]
    surroundings = {**os.environ, **(settings or {})}
    passed = subprocess.run(program, cwd=ROOT, env=surroundings, check=False).returncode == 0
    say(f"{name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - began:.1f} s")
    return passed


def _pytest(long: bool, given: Sequence[str]) -> list[str]:
    workers = os.environ.get("TEST_WORKERS") or str(min(os.cpu_count() or 1, 4))
    spread = ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    spread += ["--max-worker-restart=0"]  # a test that takes its process down ends the run, which else waits for ever
    shared = spread if workers != "1" else []
    return [
        "pytest",
        "-q",
        "--durations=25",
        "--durations-min=2",
        "-p",
        "browser_tests",
        "-m",
        "long" if long else "not long",
        *shared,
        *given,
    ]


def _test_settings(browser: str | None) -> dict[str, str]:
    tools = str(ROOT / "tools")
    path = os.pathsep.join(part for part in (tools, os.environ.get("PYTHONPATH")) if part)
    return {"PYTHONPATH": path, "TONGBAN_CHROMIUM": browser or ""}


def _tell_skipped() -> None:
    """Last lines: the browser tests that nobody saw pass, so that silence means all were run."""
    listed = ROOT / "build" / "browser-tests-skipped.txt"
    names = listed.read_text().split() if listed.exists() else []
    if names:
        say(f"{len(names)} browser tests were SKIPPED: no Chromium here, and apt may not install it")
        for name in names:
            say(f"  skipped: {name}")
    else:
        say("No browser test was skipped")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
