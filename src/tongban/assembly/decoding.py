"""Turns YAML nodes into the frozen types that a pack fills, noting every fault instead of stopping at one.

A value that does not fit is replaced by the key's default, or by the empty value of its type, so that the
checks can go on; ``reading`` drops what they then say about the same key. Each type has one reader in the
table ``READERS``, found through ``msgspec.inspect``.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

import msgspec
import yaml
from msgspec import inspect

from tongban.assembly.documents import plain_value, scalar_kind
from tongban.assembly.faults import Fault, fault, near
from tongban.assembly.places import Place, Places

Reader = Callable[["Decoder", yaml.Node, Any, Place], Any]

# kind of value → what a message calls it (Simplified Chinese, English)
WORDS: dict[str, tuple[str, str]] = {
    "text": ("文字", "text"),
    "integer": ("整数", "a whole number"),
    "float": ("小数", "a decimal number"),
    "boolean": ("true 或 false", "true or false"),
    "null": ("空值", "nothing"),
    "date": ("日期（如 2026-01-31）", "a date (such as 2026-01-31)"),
    "list": ("列表（每行以“- ”开头）", "a list (lines that begin with “- ”)"),
    "mapping": ("键和值（每行“键: 值”）", "keys with values (lines “key: value”)"),
}


@cache
def type_info(kind: Any) -> inspect.Type:
    """What msgspec knows about a type, looked up once."""
    return inspect.type_info(kind)


class Decoder:
    """Reads nodes of one pack; ``faults`` grows, ``places`` remembers where each value stood."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.faults: list[Fault] = []

    def read(self, node: yaml.Node, kind: Any, place: Place) -> Any:
        """The value of ``node`` as ``kind`` (a type, or msgspec's description of one)."""
        info = kind if isinstance(kind, inspect.Type) else type_info(kind)
        here = Place(place.file, node, place.path)
        value = READERS[type(info)](self, node, info, here)
        self.places.note(value, here)
        return value

    def refuse(self, place: Place, code: str, found: object = "", **data: object) -> None:
        """Note a fault at ``place``."""
        self.faults.append(fault(place.file, place.line, place.key, code, found, **data))

    def refuse_kind(self, place: Place, wanted: str) -> None:
        """Note that a value of another kind stands here."""
        found = node_kind(place.node)
        text = place.node.value if isinstance(place.node, yaml.ScalarNode) else ""
        self.refuse(
            place,
            "yaml.missing_value" if found == "null" else "yaml.kind",
            text or WORDS[found][1],
            found_zh=WORDS[found][0],
            found_en=WORDS[found][1],
            wanted_zh=WORDS[wanted][0],
            wanted_en=WORDS[wanted][1],
        )

    def entries(self, node: yaml.MappingNode, place: Place) -> dict[str, yaml.Node]:
        """The keys of a mapping with their nodes; a key that stands twice is a fault, the first counts."""
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            here = Place(place.file, key, (*place.path, str(key.value)))
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(Place(place.file, key, place.path), "yaml.key_kind")
            elif key.value in found:
                self.refuse(here, "yaml.duplicate_key", key.value, first=found[key.value].start_mark.line + 1)
            else:
                found[key.value] = value
        return found


def node_kind(node: yaml.Node | None) -> str:
    """A key of ``WORDS`` for what a node holds."""
    if isinstance(node, yaml.SequenceNode):
        return "list"
    if isinstance(node, yaml.MappingNode):
        return "mapping"
    return scalar_kind(node) if isinstance(node, yaml.ScalarNode) else "null"


def empty(info: inspect.Type) -> Any:
    """The empty value of a type: what stands in for a required value that could not be read."""
    if isinstance(info, inspect.StructType):
        return info.cls(**{f.name: default(f) for f in info.fields})
    if isinstance(info, inspect.LiteralType):
        return info.values[0]
    if isinstance(info, inspect.UnionType):
        return None
    known: Mapping[type, Any] = {
        inspect.StrType: "",
        inspect.IntType: 0,
        inspect.BoolType: False,
        inspect.DateType: dt.date.min,
    }
    if isinstance(info, inspect.ListType):
        return []
    return {} if isinstance(info, inspect.DictType) else known.get(type(info))


def default(field: inspect.Field) -> Any:
    """What a key holds when it is left out or could not be read."""
    if field.default is not msgspec.NODEFAULT:
        return field.default
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return empty(field.type)


def _read_struct(decoder: Decoder, node: yaml.Node, info: inspect.StructType, place: Place) -> Any:
    if not isinstance(node, yaml.MappingNode):
        decoder.refuse_kind(place, "mapping")
        return empty(info)
    entries = decoder.entries(node, place)
    fields = {field.encode_name: field for field in info.fields}
    for name in entries.keys() - fields.keys():
        _refuse_unknown(decoder, node, place, name, fields)
    return info.cls(**{f.name: _read_field(decoder, entries, f, place) for f in info.fields})


def _refuse_unknown(
    decoder: Decoder, node: yaml.MappingNode, place: Place, name: str, fields: Mapping[str, Any]
) -> None:
    key = next(key for key, _ in node.value if key.value == name)
    repair_zh, repair_en = near(name, fields)
    here = Place(place.file, key, (*place.path, name))
    decoder.refuse(here, "yaml.unknown_key", name, repair_zh=repair_zh, repair_en=repair_en)


def _read_field(decoder: Decoder, entries: Mapping[str, yaml.Node], field: inspect.Field, place: Place) -> Any:
    here = Place(place.file, place.node, (*place.path, field.encode_name))
    if field.encode_name in entries:
        before = len(decoder.faults)
        value = decoder.read(entries[field.encode_name], field.type, here)
        unread = len(decoder.faults) > before and value == empty(field.type)
        return default(field) if unread and not field.required else value
    if field.required:
        decoder.refuse(here, "yaml.missing_key", field.encode_name)
    return default(field)


def _read_list(decoder: Decoder, node: yaml.Node, info: inspect.ListType, place: Place) -> list[Any]:
    if not isinstance(node, yaml.SequenceNode):
        decoder.refuse_kind(place, "list")
        return []
    return [
        decoder.read(item, info.item_type, Place(place.file, item, (*place.path, index)))
        for index, item in enumerate(node.value)
    ]


def _read_dict(decoder: Decoder, node: yaml.Node, info: inspect.DictType, place: Place) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        decoder.refuse_kind(place, "mapping")
        return {}
    return {
        key: decoder.read(value, info.value_type, Place(place.file, value, (*place.path, key)))
        for key, value in decoder.entries(node, place).items()
    }


def _read_text(decoder: Decoder, node: yaml.Node, info: inspect.StrType, place: Place) -> str:
    if not isinstance(node, yaml.ScalarNode) or scalar_kind(node) != "text":
        looks_like_number = isinstance(node, yaml.ScalarNode) and scalar_kind(node) in ("integer", "float")
        if looks_like_number:
            decoder.refuse(place, "yaml.quote", node.value)
            return str(node.value)
        decoder.refuse_kind(place, "text")
        return ""
    if info.pattern is not None and not re.search(info.pattern, node.value):
        decoder.refuse(place, "yaml.pattern", node.value, pattern=info.pattern)
    if not node.value.strip():
        decoder.refuse(place, "yaml.missing_value")
    return str(node.value)


def _read_integer(decoder: Decoder, node: yaml.Node, info: inspect.IntType, place: Place) -> int:
    if not isinstance(node, yaml.ScalarNode) or scalar_kind(node) != "integer" or len(node.value) > 18:
        decoder.refuse_kind(place, "integer")
        return 0
    return int(node.value)


def _read_boolean(decoder: Decoder, node: yaml.Node, info: inspect.BoolType, place: Place) -> bool:
    if not isinstance(node, yaml.ScalarNode) or scalar_kind(node) != "boolean":
        decoder.refuse_kind(place, "boolean")
        return False
    return bool(plain_value(node))


def _read_date(decoder: Decoder, node: yaml.Node, info: inspect.DateType, place: Place) -> dt.date:
    text = node.value if isinstance(node, yaml.ScalarNode) else ""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError:
        decoder.refuse_kind(place, "date")
        return dt.date.min


def _read_literal(decoder: Decoder, node: yaml.Node, info: inspect.LiteralType, place: Place) -> Any:
    value = plain_value(node) if isinstance(node, yaml.ScalarNode) else None
    for known in info.values:
        if value == known and type(value) is type(known):
            return known
    if not isinstance(node, yaml.ScalarNode):
        decoder.refuse_kind(place, "text")
        return empty(info)
    repair_zh, repair_en = near(node.value, [str(known) for known in info.values])
    decoder.refuse(place, "yaml.not_listed", node.value, repair_zh=repair_zh, repair_en=repair_en)
    # The likeliest stands in, so that one slip of the hand is not told as faults of everything that follows from it.
    meant = get_close_matches(node.value, [known for known in info.values if isinstance(known, str)], 1)
    return meant[0] if meant else empty(info)


def _read_optional(decoder: Decoder, node: yaml.Node, info: inspect.UnionType, place: Place) -> Any:
    if node_kind(node) == "null":
        return None
    (kind,) = (kind for kind in info.types if not isinstance(kind, inspect.NoneType))
    before = len(decoder.faults)
    value = decoder.read(node, kind, place)
    return None if len(decoder.faults) > before and value == empty(kind) else value


def _read_anything(decoder: Decoder, node: yaml.Node, info: inspect.AnyType, place: Place) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return plain_value(node)
    kind: Any = list[Any] if isinstance(node, yaml.SequenceNode) else dict[str, Any]
    return decoder.read(node, kind, place)


READERS: Mapping[type, Reader] = {
    inspect.StructType: _read_struct,
    inspect.ListType: _read_list,
    inspect.DictType: _read_dict,
    inspect.StrType: _read_text,
    inspect.IntType: _read_integer,
    inspect.BoolType: _read_boolean,
    inspect.DateType: _read_date,
    inspect.LiteralType: _read_literal,
    inspect.UnionType: _read_optional,
    inspect.AnyType: _read_anything,
}
