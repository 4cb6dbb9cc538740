"""Reads one YAML file into nodes with positions: no tags, no anchors, no surprises.

Only plain data is accepted, under limits that no honest pack meets. Scalars follow YAML 1.2's core schema,
so ``on`` and ``no`` are words. Called by ``assembly.reading`` for every file of a pack.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from tongban.assembly.faults import Fault, fault

MAX_BYTES = 2_000_000
MAX_NODES = 200_000
MAX_DEPTH = 24

NULL = re.compile(r"~|null|Null|NULL|")
BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
INTEGER = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")


class _TooMuch(yaml.MarkedYAMLError):
    """The document is deeper or longer than the limits allow."""


class _Composer(yaml.SafeLoader):
    """PyYAML's composer that notes tags, anchors and aliases as faults and keeps to the limits."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text)
        self.file = file
        self.faults: list[Fault] = []
        self.depth = 0
        self.count = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        self.count += 1
        if self.depth >= MAX_DEPTH or self.count > MAX_NODES:
            raise _TooMuch(None, None, "too deep or too many values", event.start_mark)
        self._refuse_special(event)
        if isinstance(event, yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]
            mark: Any = event.start_mark
            return yaml.ScalarNode("tag:yaml.org,2002:null", "", mark, mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def _refuse_special(self, event: Any) -> None:
        line = event.start_mark.line + 1
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            self.faults.append(fault(self.file, line, "", "yaml.anchor", sign + anchor))
            event.anchor = event.anchor if isinstance(event, yaml.AliasEvent) else None
        if getattr(event, "tag", None) not in (None, "!"):
            self.faults.append(fault(self.file, line, "", "yaml.tag", event.tag))
            event.tag = None
            event.implicit = (True, True) if isinstance(event, yaml.ScalarEvent) else True


def read_text(path: Path, file: str) -> tuple[str, list[Fault]]:
    """The text of ``path``, and what hinders reading it (size, encoding, a link that leads elsewhere)."""
    if path.is_symlink():
        return "", [fault(file, 0, "", "pack.link", path.name)]
    if path.stat().st_size > MAX_BYTES:
        return "", [fault(file, 0, "", "yaml.too_large", path.stat().st_size, limit=MAX_BYTES)]
    data = path.read_bytes()
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return "", [fault(file, line, "", "yaml.encoding", data[error.start : error.start + 4].hex())]


def compose(text: str, file: str) -> tuple[yaml.Node | None, list[Fault]]:
    """The root node of ``text``, or None with the fault that stopped it. Empty text gives None."""
    try:
        composer = _Composer(text, file)
    except yaml.YAMLError as error:
        return None, [_syntax(error, file, text)]
    try:
        return composer.get_single_node(), composer.faults
    except yaml.YAMLError as error:
        return None, [*composer.faults, _syntax(error, file, text)]
    finally:
        composer.dispose()


def _syntax(error: yaml.YAMLError, file: str, text: str) -> Fault:
    if isinstance(error, yaml.reader.ReaderError):
        line = text[: error.position].count("\n") + 1
        return fault(file, line, "", "yaml.character", f"U+{ord(text[error.position]):04X}")
    assert isinstance(error, yaml.MarkedYAMLError)
    # A quote that is never closed ends with the file; its repair is where it was opened.
    unclosed = "end of stream" in (error.problem or "") and error.context_mark is not None
    mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    if isinstance(error, _TooMuch):
        return fault(file, line, "", "yaml.too_deep", depth=MAX_DEPTH, count=MAX_NODES)
    lines = text.splitlines()
    found = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return fault(file, line, "", "yaml.syntax", found, problem=error.problem or "")


def scalar_kind(node: yaml.ScalarNode) -> str:
    """What a scalar is: ``text``, ``integer``, ``float``, ``boolean`` or ``null``; a quoted one is text."""
    if node.style is not None:
        return "text"
    for kind, pattern in (("null", NULL), ("boolean", BOOLEAN), ("integer", INTEGER), ("float", FLOAT)):
        if pattern.fullmatch(node.value):
            return kind
    return "text"


def plain_value(node: yaml.ScalarNode) -> str | int | float | bool | None:
    """The Python value of a scalar."""
    kind = scalar_kind(node)
    if kind == "null":
        return None
    if kind == "boolean":
        return str(node.value).lower() == "true"
    if kind == "integer":
        return int(node.value) if len(node.value) < 20 else str(node.value)
    return float(node.value) if kind == "float" else str(node.value)
