"""Where everything of an exported process lies: BPMN diagram interchange as plain boxes and points. Pure.

Lanes lie under each other, each task has a line of its own, columns follow the order of the process. Lines between
tasks turn only in the gaps between columns, so no line runs through a shape.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tongban.services.bpmn.flow import Flow, Node, Process

SIZES = {
    "start": (36, 36),
    "end": (36, 36),
    "mark": (36, 36),
    "task": (100, 80),
    "parallel": (50, 50),
    "exclusive": (50, 50),
}
GAP, HEADER, MARGIN = 64, 30, 40
ABOVE, LEVEL, BELOW = 84, 70, 56
"""From the top of a line of nodes to its middle, from one level to the next, from the last level to the end."""
LABEL_WIDTH, LABEL_LINE = 100, 14
SLOT = 9

Points = tuple[tuple[int, int], ...]


class Box(Struct, frozen=True):
    """Left, top, width and height, in the units of BPMN DI (pixels at 96 dpi)."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The x of the right side."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The y of the lower side."""
        return self.y + self.height

    @property
    def middle(self) -> tuple[int, int]:
        """The centre."""
        return self.x + self.width // 2, self.y + self.height // 2


class Drawing(Struct, frozen=True):
    """Boxes by node and lane, points by flow, boxes of the texts that stand beside a shape or a line."""

    pool: Box
    lanes: Mapping[str, Box]
    nodes: Mapping[str, Box]
    flows: Mapping[str, Points]
    node_labels: Mapping[str, Box]
    flow_labels: Mapping[str, Box]


def draw(process: Process) -> Drawing:
    """Lay ``process`` out."""
    ranks = _ranks(process)
    lefts, widths = _columns(process, ranks)
    lanes, middles, bottom = _rows(process)
    nodes = {
        node.id: _box(node, lefts[ranks[node.id]], widths[ranks[node.id]], middles[node.lane, node.row])
        for node in process.nodes
    }
    width = max(box.right for box in nodes.values()) + MARGIN - HEADER
    ways = _Ways(process, nodes, ranks, lefts)
    flows = {flow.id: ways.points(flow) for flow in process.flows}
    return Drawing(
        pool=Box(0, 0, width + HEADER, bottom),
        lanes={role: Box(HEADER, top, width, height) for role, (top, height) in lanes.items()},
        nodes=nodes,
        flows=flows,
        node_labels={node.id: _label(process, node, nodes[node.id]) for node in process.nodes if _beside(node)},
        flow_labels={flow.id: _flow_label(flows[flow.id]) for flow in process.flows if flow.name},
    )


def _ranks(process: Process) -> dict[str, int]:
    """The column of every node: one to the right of the last that leads to it."""
    ranks: dict[str, int] = {}
    for node in process.nodes:
        before = [ranks[f.source] for f in process.flows if f.target == node.id and not f.back]
        ranks[node.id] = max(before, default=-1) + 1
    # What the applicant supplies lies above the review that asked for it.
    ranks["task-supply"] = ranks["task-intake"]
    return ranks


def _columns(process: Process, ranks: Mapping[str, int]) -> tuple[list[int], list[int]]:
    widths = [0] * (max(ranks.values()) + 1)
    for node in process.nodes:
        widths[ranks[node.id]] = max(widths[ranks[node.id]], SIZES[node.kind][0])
    lefts = [2 * HEADER + MARGIN]
    for width in widths[:-1]:
        lefts.append(lefts[-1] + width + GAP)
    return lefts, widths


def _rows(process: Process) -> tuple[dict[str, tuple[int, int]], dict[tuple[str, str], int], int]:
    """Top and height of every lane, the middle of every row's level 0, and where all ends."""
    levels: dict[tuple[str, str], int] = {}
    for node in process.nodes:
        levels[node.lane, node.row] = max(levels.get((node.lane, node.row), 0), node.level)
    lanes: dict[str, tuple[int, int]] = {}
    middles: dict[tuple[str, str], int] = {}
    y = 0
    for lane in process.lanes:
        top = y
        for key in [key for key in levels if key[0] == lane.role]:
            middles[key] = y + ABOVE
            y += ABOVE + levels[key] * LEVEL + BELOW
        lanes[lane.role] = (top, y - top)
    return lanes, middles, y


def _box(node: Node, left: int, column: int, middle: int) -> Box:
    width, height = SIZES[node.kind]
    return Box(left + (column - width) // 2, middle + node.level * LEVEL - height // 2, width, height)


def _beside(node: Node) -> bool:
    return bool(node.name) and node.kind != "task"


def _label(process: Process, node: Node, box: Box) -> Box:
    """A circle's name stands below it, a diamond's above; to the left where a line leaves upwards."""
    x, width, height = box.middle[0] - LABEL_WIDTH // 2, LABEL_WIDTH, 2 * LABEL_LINE
    if any(flow.back and flow.source == node.id for flow in process.flows):
        x, width = box.middle[0] - GAP - 6, GAP
    return Box(x, box.y - height - 4 if node.kind == "exclusive" else box.bottom + 2, width, height)


def _flow_label(points: Points) -> Box:
    """Close to where the line begins."""
    (x, y), (next_x, next_y) = points[0], points[1]
    if next_y == y:
        return Box(min(x, next_x) + 6, y - LABEL_LINE - 4, GAP - 12, LABEL_LINE)
    return Box(x + 6, y + 4 if next_y > y else y - LABEL_LINE - 4, GAP - 12, LABEL_LINE)


class _Ways:
    """The ways of flows. Each target of a column has a place of its own in the gap before it."""

    def __init__(
        self, process: Process, nodes: Mapping[str, Box], ranks: Mapping[str, int], lefts: Sequence[int]
    ) -> None:
        self._nodes, self._lefts, self._ranks = nodes, lefts, ranks
        self._known = {node.id: node for node in process.nodes}
        self._slots: dict[str, int] = {}
        used: dict[int, int] = {}
        for node in process.nodes:
            if any(flow.target == node.id and self._turns(flow) for flow in process.flows):
                rank = ranks[node.id]
                self._slots[node.id] = used.get(rank, 0)
                used[rank] = used.get(rank, 0) + 1

    def _turns(self, flow: Flow) -> bool:
        source, target = self._known[flow.source], self._known[flow.target]
        return not flow.back and (source.row, source.lane) != (target.row, target.lane)

    def points(self, flow: Flow) -> Points:
        """From the border of the source to the border of the target."""
        source, target = self._known[flow.source], self._known[flow.target]
        a, b = self._nodes[flow.source], self._nodes[flow.target]
        (ax, ay), (bx, by) = a.middle, b.middle
        if flow.back:
            return self._back(a, b)
        if ay == by:
            return (a.right, ay), (b.x, by)
        if not self._turns(flow) and target.level > source.level:
            return (ax, a.bottom), (ax, by), (b.x, by)
        if source.kind == "mark":
            return (a.right, ay), (bx, ay), (bx, b.bottom)
        turn = self._turn(flow.target)
        return (a.right, ay), (turn, ay), (turn, by), (b.x, by)

    def _turn(self, target: str) -> int:
        """Where a line turns in the gap before the column of ``target``."""
        room = (GAP - 28) // SLOT
        return self._lefts[self._ranks[target]] - 14 - SLOT * (self._slots.get(target, 0) % room)

    @staticmethod
    def _back(a: Box, b: Box) -> Points:
        (ax, ay), (bx, by) = a.middle, b.middle
        if by < ay:
            return (ax, a.y), (ax, by), (b.right, by)
        return (a.x, ay), (bx, ay), (bx, b.y)
