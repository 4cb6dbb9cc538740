"""What every check of a pack sees: the draft, where its values stood, and the packs it may refer to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tongban.assembly.definitions import Pack
from tongban.assembly.faults import Fault, near
from tongban.assembly.places import Places, Step
from tongban.assembly.vocabulary import Vocabulary
from tongban.licences.definitions import LicenceType
from tongban.parties.definitions import Region
from tongban.resources.definitions import Resource
from tongban.services.definitions import Form, Item, Journey

# what a reference points at → its name for people (Simplified Chinese, English)
THINGS: Mapping[str, tuple[str, str]] = {
    "item": ("事项", "item"),
    "form": ("表单", "form"),
    "journey": ("一件事", "journey"),
    "licence": ("证照类型", "licence type"),
    "resource": ("数据资源", "resource"),
    "grant": ("授权", "grant"),
    "task": ("环节", "task"),
    "material": ("材料", "material"),
    "field": ("字段", "field"),
    "step": ("步骤", "step"),
    "condition": ("申请条件", "condition"),
    "commitment": ("告知承诺", "commitment"),
    "visit": ("联合勘验", "shared visit"),
    "region": ("区划", "region"),
    "division": ("区划", "division"),
    "department": ("部门", "department"),
    "person": ("人员", "person"),
    "account": ("账号", "account"),
    "enterprise": ("企业", "enterprise"),
    "layout": ("版式文件", "layout"),
    "watch": ("监督规则", "watch"),
    "theme": ("数据主题", "theme"),
}


@dataclass(frozen=True)
class Scope:
    """One pack under check. ``others`` are the packs given with it or installed; it may use what it requires.

    ``installing`` says that the roles it names must be bound in a region now. ``unread`` are the places (file,
    key) whose value could not be read, so that a stand-in is in the draft; an empty key means the whole file.
    """

    pack: Pack
    places: Places
    others: tuple[Pack, ...] = ()
    folder: str = ""
    installing: bool = False
    unread: frozenset[tuple[str, str]] = frozenset()

    def was_read(self, value: object, *keys: str) -> bool:
        """Whether the values of ``keys`` of ``value`` are the author's and not stand-ins."""
        places = (self.places.at(value, key) for key in keys)
        return not any((place.file, place.key) in self.unread for place in places)

    @cached_property
    def required(self) -> tuple[Pack, ...]:
        """The packs that this one may refer to, itself first."""
        return (self.pack, *(p for p in self.others if p.manifest.id in self.pack.manifest.requires))

    @cached_property
    def regions(self) -> list[Region]:
        """Every region declared here or in any other pack."""
        return [region for pack in (self.pack, *self.others) for region in pack.regions]

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Items within reach, by id."""
        return {item.id: item for pack in reversed(self.required) for item in pack.items}

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        """Forms of this pack, by id: a form belongs to the pack of its journey."""
        return {form.id: form for form in self.pack.forms}

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """Resources within reach, by id."""
        return {r.id: r for pack in reversed(self.required) for r in pack.resources}

    @cached_property
    def licences(self) -> Mapping[str, LicenceType]:
        """Licence types within reach, by id."""
        return {t.id: t for pack in reversed(self.required) for t in pack.licences}

    @cached_property
    def english(self) -> Mapping[str, str]:
        """The English strings within reach."""
        return {k: v for pack in reversed(self.required) for k, v in pack.strings.get("en", {}).items()}

    @cached_property
    def vocabularies(self) -> Mapping[str, Vocabulary]:
        """The names of each journey, by journey id. A journey whose form is missing has an empty form."""
        return {journey.id: self._vocabulary(journey) for journey in self.pack.journeys}

    def _vocabulary(self, journey: Journey) -> Vocabulary:
        form = self.forms.get(journey.form, Form(id="missing", title="", steps=[]))
        return Vocabulary(journey, form, self.resources, self.licences, self.english)

    def fault(self, value: object, *steps: Step, code: str, found: object = "", **data: object) -> Fault:
        """A fault at the value at ``steps`` below the container ``value``."""
        return self.places.fault(value, *steps, code=code, found=found, **data)

    def unknown(self, value: object, *steps: Step, found: str, what: str, known: Iterable[str]) -> Iterator[Fault]:
        """A fault when ``found`` is not one of ``known`` things."""
        names = set(known)
        if found not in names:
            repair_zh, repair_en = near(found, names)
            zh, en = THINGS[what]
            yield self.fault(
                value, *steps, code="pack.reference", found=found,
                what_zh=zh, what_en=en, repair_zh=repair_zh, repair_en=repair_en,
            )  # fmt: skip

    def twice(self, things: Iterable[Any], what: str, key: str = "id") -> Iterator[Fault]:
        """A fault for each thing whose ``key`` another one before it has."""
        first: dict[str, Any] = {}
        zh, en = THINGS[what]
        for thing in things:
            name = getattr(thing, key)
            if name in first:
                place = self.places.at(first[name])
                other = f"{place.file}:{place.line}"
                yield self.fault(thing, key, code="pack.duplicate_id", found=name, what_zh=zh, what_en=en, other=other)
            elif name:
                first[name] = thing
