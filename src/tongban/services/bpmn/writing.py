"""A process and its drawing as BPMN 2.0 XML, in the element order of the OMG's schema (BPMN20.xsd)."""

import re
from collections.abc import Iterable
from xml.etree import ElementTree

from tongban.services.bpmn.flow import Flow, Node, Process
from tongban.services.bpmn.places import Box, Drawing

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DIAGRAM = "http://www.omg.org/spec/BPMN/20100524/DI"
CANVAS = "http://www.omg.org/spec/DD/20100524/DC"
LINES = "http://www.omg.org/spec/DD/20100524/DI"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
OWN = "urn:tongban:journey"
RULES = "urn:tongban:rule-language"
"""Names the platform's rule language as the language of conditions."""

TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "mark": "intermediateThrowEvent",
    "task": "userTask",
    "parallel": "parallelGateway",
    "exclusive": "exclusiveGateway",
}
_PREFIXES = {"bpmn": MODEL, "bpmndi": DIAGRAM, "dc": CANVAS, "di": LINES, "xsi": INSTANCE, "tongban": OWN}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(process: Process, drawing: Drawing) -> bytes:
    """The document, in UTF-8 with an XML declaration."""
    for prefix, address in _PREFIXES.items():
        ElementTree.register_namespace(prefix, address)
    root = _element(MODEL, "definitions", id=f"definitions-{process.id}", targetNamespace=OWN, expressionLanguage=RULES)
    collaboration = _inside(root, MODEL, "collaboration", id=f"collaboration-{process.id}")
    _inside(collaboration, MODEL, "participant", id=f"pool-{process.id}", name=process.name, processRef=process.id)
    _process(root, process)
    _diagram(root, process, drawing)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _element(namespace: str, tag: str, **attributes: str) -> ElementTree.Element:
    kept = {name: _NOT_XML.sub("", value) for name, value in attributes.items()}
    return ElementTree.Element(f"{{{namespace}}}{tag}", kept)


def _inside(parent: ElementTree.Element, namespace: str, tag: str, **attributes: str) -> ElementTree.Element:
    made = _element(namespace, tag, **attributes)
    parent.append(made)
    return made


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    if text:
        _inside(parent, MODEL, tag).text = _NOT_XML.sub("", text)


def _process(root: ElementTree.Element, process: Process) -> None:
    made = _inside(root, MODEL, "process", id=process.id, name=process.name, isExecutable="true")
    _text(made, "documentation", process.note)
    lanes = _inside(made, MODEL, "laneSet", id=f"lanes-{process.id}")
    for lane in process.lanes:
        one = _inside(lanes, MODEL, "lane", id=f"lane-{lane.role}", name=lane.name)
        for node in process.nodes:
            if node.lane == lane.role:
                _text(one, "flowNodeRef", node.id)
    for node in process.nodes:
        _node(made, node, process.flows)
    for flow in process.flows:
        _flow(made, flow)


def _node(parent: ElementTree.Element, node: Node, flows: Iterable[Flow]) -> None:
    own = {f"{{{OWN}}}{name}": value for name, value in node.facts.items()}
    named = {"name": node.name} if node.name else {}
    leaving = [flow for flow in flows if flow.source == node.id]
    default = next(({"default": flow.id} for flow in leaving if flow.default), {})
    made = _inside(parent, MODEL, TAGS[node.kind], id=node.id, **named, **default, **own)
    _text(made, "documentation", node.note)
    for flow in flows:
        if flow.target == node.id:
            _text(made, "incoming", flow.id)
    for flow in leaving:
        _text(made, "outgoing", flow.id)


def _flow(parent: ElementTree.Element, flow: Flow) -> None:
    named = {"name": flow.name} if flow.name else {}
    made = _inside(parent, MODEL, "sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target, **named)
    if flow.condition is not None:
        condition = _inside(made, MODEL, "conditionExpression", language=RULES)
        condition.set(f"{{{INSTANCE}}}type", "bpmn:tFormalExpression")
        condition.text = _NOT_XML.sub("", flow.condition)


def _diagram(root: ElementTree.Element, process: Process, drawing: Drawing) -> None:
    diagram = _inside(root, DIAGRAM, "BPMNDiagram", id=f"diagram-{process.id}", name=process.name)
    plane = _inside(diagram, DIAGRAM, "BPMNPlane", id=f"plane-{process.id}", bpmnElement=f"collaboration-{process.id}")
    _shape(plane, f"pool-{process.id}", drawing.pool, isHorizontal="true")
    for role, box in drawing.lanes.items():
        _shape(plane, f"lane-{role}", box, isHorizontal="true")
    for node in process.nodes:
        marked = {"isMarkerVisible": "true"} if node.kind == "exclusive" else {}
        _shape(plane, node.id, drawing.nodes[node.id], drawing.node_labels.get(node.id), **marked)
    for flow in process.flows:
        edge = _inside(plane, DIAGRAM, "BPMNEdge", id=f"di-{flow.id}", bpmnElement=flow.id)
        for x, y in drawing.flows[flow.id]:
            _inside(edge, LINES, "waypoint", x=str(x), y=str(y))
        _label(edge, drawing.flow_labels.get(flow.id))


def _shape(plane: ElementTree.Element, element: str, box: Box, label: Box | None = None, **attributes: str) -> None:
    shape = _inside(plane, DIAGRAM, "BPMNShape", id=f"di-{element}", bpmnElement=element, **attributes)
    _bounds(shape, box)
    _label(shape, label)


def _label(parent: ElementTree.Element, box: Box | None) -> None:
    if box is not None:
        _bounds(_inside(parent, DIAGRAM, "BPMNLabel"), box)


def _bounds(parent: ElementTree.Element, box: Box) -> None:
    size = {name: str(getattr(box, name)) for name in ("x", "y", "width", "height")}
    _inside(parent, CANVAS, "Bounds", **size)
