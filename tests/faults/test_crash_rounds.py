"""Kill -9 under load: what was acknowledged stands, what was not is whole or absent, and the node heals itself."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .node import Node
from .rounds import Played, play

MakeNode = Callable[..., Node]


@pytest.fixture
def make_node(tmp_path: Path) -> Iterator[MakeNode]:
    """Starts nodes and stops them afterwards, whatever happened."""
    made: list[Node] = []

    def make(broken: str | None = None) -> Node:
        node = Node(tmp_path / f"node-{len(made)}", broken)
        made.append(node)
        node.start()
        return node

    yield make
    for node in made:
        node.stop()


def told_and_kept(played: Played, least: int) -> None:
    """The round was no empty one, and nothing is wrong."""
    assert all(played.killed.values()), played.killed
    assert len(played.told.submitted) >= least and len(played.told.decided) >= least / 2
    assert played.faults == []


async def test_a_short_round_of_crashes_loses_nothing(make_node: MakeNode) -> None:
    played = await play(make_node(), ["jobs", "web", "postgres"], seed=1, between=(0.5, 1.5))
    told_and_kept(played, least=20)
    assert played.longest_outage < 15


@pytest.mark.long
@pytest.mark.parametrize(
    ("seed", "kills"),
    [
        (11, ["web", "worker"] * 4),
        (12, ["jobs"] * 6),
        (13, ["postgres", "backend"] * 4),
        (14, ["all"] * 4),
        (15, ["worker", "postgres", "jobs", "all", "backend", "web", "jobs", "postgres", "all", "web"]),
    ],
    ids=["web", "jobs", "postgres", "all", "mixed"],
)
async def test_a_long_round_of_crashes_loses_nothing(make_node: MakeNode, seed: int, kills: list[str]) -> None:
    told_and_kept(await play(make_node(), kills, seed), least=60)


@pytest.mark.long
async def test_a_build_that_acknowledges_before_commit_is_caught(make_node: MakeNode) -> None:
    played = await play(make_node("acknowledges_early"), ["web"] * 3, seed=21, between=(1.0, 2.0))
    # Whose case was lost applies anew with the same draft, so that most losses show as another case than was told.
    untrue = [fault for fault in played.faults if fault.startswith(("lost: case", "changed: ", "doubled: "))]
    assert untrue, f"the checker believed a build that loses acknowledged submissions: {played.faults[:3]}"
