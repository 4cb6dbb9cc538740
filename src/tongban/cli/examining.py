"""The doctor's findings for pages: one look serves everybody for some seconds. Handed to the web floor as its port."""

import asyncio
import time
from collections.abc import Sequence
from importlib import import_module

from tongban.cli.findings import Finding
from tongban.cli.settings import Settings

KEPT_SECONDS = 15.0


class Examiner:
    """Looks this node over, one look at a time however many ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._found: Sequence[Finding] | None = None
        self._at = 0.0

    async def look(self) -> Sequence[Finding]:
        """What was found at most some seconds ago. What the doctor needs is loaded with the first look."""
        async with self._lock:
            if self._found is None or time.monotonic() - self._at > KEPT_SECONDS:
                doctor = await asyncio.to_thread(import_module, "tongban.cli.doctor")
                found: Sequence[Finding] = await doctor.examine(self._settings)
                self._found, self._at = found, time.monotonic()
            return self._found
