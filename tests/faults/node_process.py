"""The node under test as a process of its own: the supervisor of ``tongban run`` with the drill's pack.

Started by ``node.Node``. Working folder and port come from the environment, as for every node. With the
argument ``acknowledges_early`` the web process is the broken build of that module; nothing in the product
knows of it.
"""

import os
import sys
from pathlib import Path

from tongban.cli import run
from tongban.cli.node_group import NodeGroup, make_console
from tongban.cli.process import ProcessSpec
from tongban.cli.settings import read_settings

HERE = Path(__file__).parent
BESIDE = HERE.parents[1] / "packs"
PACKS = [BESIDE / "statutes", BESIDE / "xiacheng", HERE / "packs" / "fault-rounds"]


class Drilled(NodeGroup):
    """The demonstration's processes, perhaps with another web application among them."""

    broken: str | None = None

    def _web(self, conninfo: str) -> ProcessSpec:
        spec = super()._web(conninfo)
        if self.broken is None:
            return spec
        path = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))
        whole = "tongban.cli.web_process:application"
        assert whole in spec.argv
        argv = tuple(f"{self.broken}:application" if part == whole else part for part in spec.argv)
        return ProcessSpec(name="web", argv=argv, env={**spec.env, "PYTHONPATH": path}, ready=spec.ready)


def main(broken: str | None) -> None:
    """Serve until a signal, without telling a story."""
    run.pack_folders = lambda: PACKS
    run._second = lambda *_: None  # these packs need no other node
    node = Drilled(read_settings(), make_console())
    node.broken = broken
    with node.held():
        run.demonstrate(node, once=False, story=False)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
