"""Build hook of the wheel: puts the web assets, the division tree and the packs inside.

Called by hatchling for ``pip install .`` and ``hatch build``. Assets that are already built are
reused; otherwise they are built here, which needs npm. An editable install takes nothing in, since
it reads the checkout.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackagedFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Adds what git does not keep but a working installation needs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build missing assets and say where the packs go in the wheel."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "tools"))
        import assets

        assets.build_for_package(root)
        if self.target_name == "wheel":
            build_data["force_include"][str(root / "packs")] = "tongban/_packs"
