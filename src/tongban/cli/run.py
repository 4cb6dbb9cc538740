"""``tongban run``: everything on one machine, the demonstration's story told once, then serving.

``--once`` tells the story and ends. A second start finds its data and serves without telling it again.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from tongban.cli.errors import ProductionHome
from tongban.cli.node_group import NodeGroup, exchange_spec, make_console, near_address
from tongban.cli.settings import NODE_FILE, read_settings
from tongban.cli.supervisor import free_ports

if TYPE_CHECKING:
    from tongban.assembly.definitions import Story
    from tongban.assembly.platform import Platform
    from tongban.cli.second_node import SecondNode

run_app = App(name="run", help="Start everything, play the demonstration's story, keep serving.")
STORY = ("birth", "both-parents")
AWAY = 40
"""How far above the first node's port the second one looks for a free one."""
SHARING = (("birth", "systems"), ("restaurant", "systems"))
"""Pack and stories in which systems of departments are silent, mistaken or know nothing."""


@run_app.default
def run(*, once: Annotated[bool, Parameter(negative="")] = False, story: bool | None = None) -> None:
    """Start everything with the demonstration, tell its story at the first start, keep serving.

    Parameters
    ----------
    once
        End when all is ready and the story is told: exit 0, or 1 with the reason.
    story
        Tell the story at this start, or not at all. By default it is told at the first start and with --once.
    """
    settings = read_settings()
    if (settings.home / NODE_FILE).exists():
        raise ProductionHome(home=str(settings.home))
    node = NodeGroup(settings, make_console())
    with node.held():
        demonstrate(node, once, story)


def demonstrate(node: NodeGroup, once: bool, story: bool | None) -> None:
    """Start, tell, serve until a signal comes; ``once`` ends before that."""
    conninfo = node.database()
    # Imported here so that the database starts, and says so, while the larger libraries load.
    from tongban.cli.accounts import print_accounts
    from tongban.cli.home import Home
    from tongban.cli.preparing import prepare_demonstration

    vault = Home(node.settings.home).vault()
    first, platform = asyncio.run(prepare_demonstration(conninfo, vault, pack_folders(), node.say))
    second = _second(node, conninfo, platform)
    gateway = _serve(node, conninfo, platform, second)
    if (first or once) if story is None else story:
        _tell(node, conninfo, platform, gateway)
        _check_second(node, second, conninfo, platform)
    print_accounts(node.console, platform, node.settings.public_url)
    if not once:
        node.say("就绪，按 Ctrl-C 停止")
        node.watch()


def _second(node: NodeGroup, conninfo: str, platform: "Platform") -> "SecondNode | None":
    """The second node, ready to be started; none where the database server is not the demonstration's own."""
    from tongban.cli.second_node import SecondNode

    if node.postgres is None:
        return None
    (port,) = free_ports("127.0.0.1", node.settings.port + AWAY, 1)
    second = SecondNode(node.settings, conninfo, port)
    second.prepare(platform, pack_folders(), node.say)
    return second


def _serve(node: NodeGroup, conninfo: str, platform: "Platform", second: "SecondNode | None") -> str:
    """Beside web and jobs: a witness, the exchange's gateway, departmental systems, the second node.

    Returns the gateway's address.
    """
    from tongban.cli.demonstration import department_specs, departments, witness_spec
    from tongban.cli.home import Home
    from tongban.cli.second_node import is_held

    home, resources = Home(node.settings.home), platform.resources
    there = [one for one in platform.seeds.records if second is not None and is_held(one, resources)]
    here = [one for one in platform.seeds.records if one not in there]
    few = len(departments(here, resources))
    ports = free_ports("127.0.0.1", node.settings.port + 1, few + len(departments(there, resources)) + 2)
    witness, gateway, *systems = ports
    log = home.signer(node.settings.log_origin).verifier
    beside = [witness_spec(home, log, witness)]
    if second is not None:
        beside += [*department_specs(second.home, there, resources, systems[few:]), *second.specs()]
    elsewhere = {} if second is None else second.entries(there)
    beside += department_specs(home, here, resources, systems[:few], elsewhere)
    if node.settings.exchange_port is None:
        beside.append(exchange_spec(node.settings, node.environment(conninfo), gateway))
    node.serve(conninfo, beside, f"http://127.0.0.1:{witness}")
    return f"http://127.0.0.1:{node.settings.exchange_port or gateway}"


def _tell(node: NodeGroup, conninfo: str, platform: "Platform", gateway: str) -> None:
    from tongban.cli.basket_story import tell_basket
    from tongban.cli.narration import tell, tell_sharing

    address = f"http://{near_address(node.settings.host)}:{node.settings.port}"
    for name, telling in ((STORY, tell), *((name, tell_sharing) for name in SHARING)):
        journey, story = _installed(conninfo, name)
        node.say(f"演示：{story.it}")
        asyncio.run(telling(address, platform, journey, story, node, conninfo))
    asyncio.run(tell_basket(address, gateway, platform, node, conninfo))


def _check_second(node: NodeGroup, second: "SecondNode | None", conninfo: str, platform: "Platform") -> None:
    from tongban.cli.second_node import TITLE
    from tongban.cli.second_node_checks import check_second_node

    if second is not None:
        node.console.print(f"\n[bold]{TITLE}[/]（另一个区的平台，民政的婚姻登记存放在它那里）")
        for found in asyncio.run(check_second_node(second, platform, conninfo)):
            node.console.print(f"[green]✓[/] {found}")


def _installed(conninfo: str, name: tuple[str, str]) -> "tuple[str, Story]":
    from tongban.cli.errors import StoryFailed
    from tongban.cli.preparing import installed_story

    found = asyncio.run(installed_story(conninfo, *name))
    if found is None:
        raise StoryFailed(what=f"packs/{name[0]}/tests/{name[1]}.yaml")
    return found


def pack_folders() -> list[Path]:
    """The packs that come with the platform: beside the sources, or inside the installed package."""
    inside = Path(__file__).parents[1] / "_packs"
    beside = Path(__file__).parents[3] / "packs"
    root = inside if inside.is_dir() else beside
    return sorted(folder for folder in root.iterdir() if (folder / "pack.yaml").is_file())
