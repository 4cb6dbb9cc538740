"""pytest plug-in of ``make test``: skips tests marked ``browser`` where no Chromium is, and lists them.

Loaded by ``check`` with ``-p browser_tests``. ``TONGBAN_CHROMIUM`` names the browser, empty for none.
"""

import os
from pathlib import Path

import pytest

SKIPPED = Path("build/browser-tests-skipped.txt")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the browser that is not there."""
    if not os.environ.get("TONGBAN_CHROMIUM"):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="no Chromium here"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write down which browser tests were skipped, for whatever reason (also when a fixture skipped)."""
    skipped = terminalreporter.stats.get("skipped", [])
    names = sorted({report.nodeid for report in skipped if "browser" in report.keywords})
    SKIPPED.parent.mkdir(exist_ok=True)
    SKIPPED.write_text("".join(f"{name.replace(' ', '_')}\n" for name in names))
