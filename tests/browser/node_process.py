"""The node that browsers visit, as a process of its own: everything that ``tongban run`` starts, without its story.

Started by ``served.Served``. Its PostgreSQL gives up durability, which nothing here is about, for speed.
"""

from tongban.cli import run
from tongban.cli.node_group import NodeGroup, make_console
from tongban.cli.settings import Settings, read_settings
from tongban.connectors.embedded_postgres import EmbeddedPostgres


class Quick(NodeGroup):
    """The demonstration's processes over a database that does not wait for the disk."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, make_console())
        self.postgres = EmbeddedPostgres(settings.home / "postgres", fast=True, progress=self.say)


if __name__ == "__main__":
    node = Quick(read_settings())
    with node.held():
        run.demonstrate(node, once=False, story=False)
