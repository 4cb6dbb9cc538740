"""Exported journeys are sound BPMN 2.0: by the OMG's own schema, by bpmn-moddle, by their drawing, by their words."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import XSD_PATH
from tests.services.exported_journeys import departments, packs_journeys, schema_of, unseen_journey

from tongban.basics import rules
from tongban.services.bpmn import Process, draw, export, process_of
from tongban.services.bpmn.places import Box
from tongban.services.catalogue import JourneyVersion

ROOT = Path(__file__).parents[2]
READER = ROOT / "tools" / "bpmn_check.mjs"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SEEDS = st.integers(0, 10**6)


def read_by_moddle(documents: Mapping[str, bytes], folder: Path) -> Mapping[str, Any]:
    """What bpmn-moddle reads in each document: ``root``, number of elements by ``types``, ``warnings``."""
    for name, content in documents.items():
        (folder / name).write_bytes(content)
    node = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    files = [str(folder / name) for name in documents]
    done = subprocess.run([node, str(READER), *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return {Path(name).name: read for name, read in json.loads(done.stdout).items()}


def test_bpmn_moddle_reads_every_journey_without_a_warning(tmp_path: Path) -> None:
    versions = {**packs_journeys(), **{f"random-{seed}": unseen_journey(seed) for seed in range(40)}}
    documents = {f"{name}.bpmn": export(version, departments()) for name, version in versions.items()}
    documents |= {f"{name}-en.bpmn": export(one, departments(), "en") for name, one in packs_journeys().items()}
    read = read_by_moddle(documents, tmp_path)
    assert {name: one["warnings"] for name, one in read.items()} == {name: [] for name in documents}
    for name, version in versions.items():
        types = read[f"{name}.bpmn"]["types"]
        # Besides the journey's tasks: the intake, and what the applicant supplies when asked.
        assert types["bpmn:UserTask"] == len(version.journey.tasks) + 2
        assert types["bpmndi:BPMNEdge"] == types["bpmn:SequenceFlow"]


def test_the_reader_tells_what_is_wrong(tmp_path: Path) -> None:
    sound = export(packs_journeys()["move-in"], {})
    spoilt = sound.replace(b'targetRef="task-intake"', b'targetRef="task-nowhere"')
    assert spoilt != sound
    (read,) = read_by_moddle({"spoilt.bpmn": spoilt}, tmp_path).values()
    assert "task-nowhere" in read["warnings"][0]


@pytest.mark.parametrize("journey", sorted(packs_journeys()))
def test_every_journey_keeps_the_schema_of_the_standard(journey: str) -> None:
    for language in ("zh-CN", "en"):
        _schema().assertValid(etree.fromstring(export(packs_journeys()[journey], departments(), language)))


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_unseen_journeys_keep_the_schema_of_the_standard(seed: int) -> None:
    _schema().assertValid(etree.fromstring(export(unseen_journey(seed), {})))


def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(XSD_PATH))


def _versions(seeds: Iterable[int]) -> list[JourneyVersion]:
    return [*packs_journeys().values(), *(unseen_journey(seed) for seed in seeds)]


@pytest.mark.parametrize("version", _versions(range(12)), ids=lambda version: version.journey.id)
def test_shapes_keep_apart_inside_their_lanes_and_lines_run_beside_them(version: JourneyVersion) -> None:
    process = process_of(version, {})
    drawing = draw(process)
    for one, other in combinations(drawing.nodes, 2):
        assert not _meet(drawing.nodes[one], drawing.nodes[other]), (one, other)
    for node in process.nodes:
        assert _within(drawing.nodes[node.id], drawing.lanes[node.lane])
    assert sum(lane.height for lane in drawing.lanes.values()) == drawing.pool.height
    for flow in process.flows:
        points = drawing.flows[flow.id]
        assert _on_border(points[0], drawing.nodes[flow.source])
        assert _on_border(points[-1], drawing.nodes[flow.target])
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2
            stretch = Box(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))
            crossed = [name for name, box in drawing.nodes.items() if _meet(stretch, box)]
            assert crossed == [], (flow.id, crossed)


def _meet(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def _within(one: Box, other: Box) -> bool:
    return other.x <= one.x and one.right <= other.right and other.y <= one.y and one.bottom <= other.bottom


def _on_border(point: tuple[int, int], box: Box) -> bool:
    x, y = point
    return (x in (box.x, box.right) and box.y <= y <= box.bottom) or (
        y in (box.y, box.bottom) and box.x <= x <= box.right
    )


@pytest.mark.parametrize("version", _versions(range(6)), ids=lambda version: version.journey.id)
def test_conditions_are_rules_over_known_names(version: JourneyVersion) -> None:
    schema = schema_of(version)
    conditions = [flow.condition for flow in process_of(version, {}).flows if flow.condition is not None]
    guards = [task.when for task in version.journey.tasks if task.when is not None]
    assert set(guards) <= set(conditions)
    for condition in conditions:
        if "evidence." not in condition:
            rules.compile(condition, schema)


def test_a_gateway_that_chooses_has_one_default_and_no_other_way_without_condition() -> None:
    for version in _versions(range(6)):
        process = process_of(version, {})
        for node in process.nodes:
            leaving = [flow for flow in process.flows if flow.source == node.id]
            if node.kind == "exclusive" and len(leaving) > 1:
                assert [flow.default for flow in leaving].count(True) == 1, node.id
                assert all((flow.condition is None) == flow.default for flow in leaving), node.id


def test_every_task_lies_in_the_lane_of_its_department_and_says_its_limit() -> None:
    version = packs_journeys()["birth"]
    root = ElementTree.fromstring(export(version, departments()))
    lanes = {
        reference.text: lane.get("name")
        for lane in root.iter(f"{BPMN}lane")
        for reference in lane.iter(f"{BPMN}flowNodeRef")
    }
    tasks = {one.get("id"): one for one in root.iter(f"{BPMN}userTask")}
    for task in version.journey.tasks:
        assert lanes[f"task-{task.id}"] == departments()[task.department]
        assert tasks[f"task-{task.id}"].get("{urn:tongban:journey}days") == str(task.days)
    assert lanes["start"] == "申请人"
    said = tasks["task-household_registration"].findtext(f"{BPMN}documentation")
    assert said is not None and "2 个工作日" in said


def test_an_export_speaks_english_throughout() -> None:
    for version in packs_journeys().values():
        names = {role: role for role in departments()}
        root = ElementTree.fromstring(export(version, names, "en"))
        left = [one.get("name") for one in root.iter() if any(sign >= "\u4e00" for sign in one.get("name", ""))]
        assert left == []


def test_the_same_journey_is_always_written_the_same() -> None:
    version = packs_journeys()["birth"]
    assert export(version, departments()) == export(version, departments())


def test_what_xml_cannot_hold_is_left_out() -> None:
    version = packs_journeys()["move-in"]
    content = export(version, {"housing": "住建\x07局 <&>", "police": "\ud800"})
    assert "住建局 &lt;&amp;&gt;".encode() in content
    ElementTree.fromstring(content)


def _names(process: Process) -> set[str]:
    return {node.id for node in process.nodes}


def test_a_task_that_nothing_can_stop_or_spare_has_no_way_around_it() -> None:
    names = _names(process_of(packs_journeys()["birth"], {}))
    assert {"cancelled-household_registration", "skipped-birth_certificate_second"} <= names
    assert not names & {"cancelled-birth_certificate", "skipped-birth_certificate", "skipped-household_registration"}
