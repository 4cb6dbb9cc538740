"""Stories use verbs that exist, on tasks, fields, materials and people that exist."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from tongban.assembly.checks.scope import Scope
from tongban.assembly.definitions import Story
from tongban.assembly.faults import Fault, near
from tongban.assembly.places import Step
from tongban.assembly.stories import ACT_KEYS, COMMON, DECIDE, DECISION_KEYS, VERBS, Verb
from tongban.cases.actions.procedures.shapes import Act
from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.cases.models import INTAKE
from tongban.services.definitions import Journey

Reader = Callable[["Teller", Any, tuple[Step, ...]], Iterator[Fault]]


def check(scope: Scope) -> Iterator[Fault]:
    """Steps that nobody could play."""
    for stories in scope.pack.stories.values():
        for story in stories:
            yield from _story(scope, story)


def _story(scope: Scope, story: Story) -> Iterator[Fault]:
    journeys = {journey.id: journey for journey in scope.pack.journeys}
    if story.journey is not None:
        yield from scope.unknown(story, "journey", found=story.journey, what="journey", known=journeys)
    elif len(journeys) != 1:
        yield scope.fault(story, "journey", code="story.journey")
    name = story.journey or next(iter(journeys), "")
    if name not in journeys:
        return
    teller = Teller(scope, story, journeys[name])
    yield from teller.person(story.applicant, ("applicant",))
    if story.enterprise is not None:
        yield from teller.enterprise(story.enterprise, ("enterprise",))
    for index, removed in enumerate(story.remove):
        yield from teller.removed(removed, ("remove", index))
    for index, fault in enumerate(story.faults):
        yield from teller.resource(fault.resource, ("faults", index, "resource"))
    for index, step in enumerate(story.steps):
        yield from teller.step(step, ("steps", index))


class Teller:
    """Checks the steps of one story about one journey."""

    def __init__(self, scope: Scope, story: Story, journey: Journey) -> None:
        self.scope = scope
        self.story = story
        self.journey = journey
        form = scope.forms.get(journey.form)
        self.fields = [field.id for field in form.fields] if form else None

    def step(self, step: Mapping[str, Any], path: tuple[Step, ...]) -> Iterator[Fault]:
        """One step: exactly one known verb with what it takes."""
        if len(step) != 1:
            yield self.fault(path, "story.one_verb", ", ".join(map(str, step)) or "-")
            return
        ((name, body),) = step.items()
        if name not in VERBS:
            zh, en = near(name, VERBS)
            yield self.fault((*path, name), "story.verb", name, repair_zh=zh, repair_en=en)
        elif not isinstance(body, dict):
            if body is not None or VERBS[name].needs:
                yield self.fault((*path, name), "story.argument_kind", str(body), verb=name)
        elif name == "act":
            yield from self.acts({k: v for k, v in body.items() if k not in COMMON}, (*path, name))
        elif name == "decide":
            yield from self.decisions({k: v for k, v in body.items() if k not in COMMON}, (*path, name))
        else:
            yield from self.arguments(name, VERBS[name], body, (*path, name))

    def arguments(self, name: str, verb: Verb, body: Mapping[str, Any], path: tuple[Step, ...]) -> Iterator[Fault]:
        """What a verb takes and needs."""
        takes = {**verb.takes, **COMMON}
        for key, value in body.items():
            if key not in takes:
                zh, en = near(key, takes)
                yield self.fault((*path, key), "story.argument", key, verb=name, repair_zh=zh, repair_en=en)
            else:
                yield from READERS[takes[key]](self, value, (*path, key))
        for key in verb.needs:
            if key not in body:
                yield self.fault(path, "story.argument_missing", name, argument=key)

    def decisions(self, body: Mapping[str, Any], path: tuple[Step, ...]) -> Iterator[Fault]:
        """Task → decision, in the order in which they are made."""
        for name, made in body.items():
            yield from self.task(name, (*path, name))
            parts = made if isinstance(made, dict) else {"decision": made}
            for key in parts:
                if key not in DECISION_KEYS:
                    zh, en = near(key, DECISION_KEYS)
                    yield self.fault(
                        (*path, name, key), "story.argument", key, verb="decide", repair_zh=zh, repair_en=en
                    )
            if parts.get("decision") not in DECIDE:
                yield self.fault((*path, name), "story.argument_kind", str(parts.get("decision")), verb="decide")
            if "by" in parts:
                yield from self.person(parts["by"], (*path, name, "by"))

    def acts(self, body: Mapping[str, Any], path: tuple[Step, ...]) -> Iterator[Fault]:
        """Kind of act → what it says, in the order in which they are done."""
        for kind, made in body.items():
            said = made or {}
            if kind not in PROCEDURES:
                zh, en = near(kind, PROCEDURES)
                yield self.fault((*path, kind), "story.act", kind, repair_zh=zh, repair_en=en)
            elif not isinstance(said, dict):
                yield self.fault((*path, kind), "story.argument_kind", str(made), verb="act")
            else:
                yield from self._said(said, (*path, kind))

    def _said(self, said: Mapping[str, Any], path: tuple[Step, ...]) -> Iterator[Fault]:
        for key, value in said.items():
            if key not in ACT_KEYS:
                zh, en = near(key, ACT_KEYS)
                yield self.fault((*path, key), "story.argument", key, verb="act", repair_zh=zh, repair_en=en)
            elif key == "task" and value != INTAKE:
                yield from self.task(value, (*path, key))
            elif key in ("by", "materials"):
                yield from (self.person if key == "by" else self.materials)(value, (*path, key))
        try:
            told = {key: value for key, value in said.items() if key in ACT_KEYS and key != "by"}
            msgspec.convert({"kind": "x", "revision": 0, **told}, Act)
        except msgspec.ValidationError as error:
            yield self.fault(path, "story.argument_kind", str(error), verb="act")

    def removed(self, body: Mapping[str, Any], path: tuple[Step, ...]) -> Iterator[Fault]:
        """What is taken away before the story begins: a record or a licence."""
        for key in body:
            if key not in ("resource", "where", "licence", "holder"):
                zh, en = near(key, ("resource", "where", "licence", "holder"))
                yield self.fault((*path, key), "story.argument", key, verb="remove", repair_zh=zh, repair_en=en)
        for key, known in (("resource", self.scope.resources), ("licence", self.scope.licences)):
            if key in body:
                yield from self._unknown(body[key], (*path, key), key, list(known))
        if "holder" in body:
            yield from self.person(body["holder"], (*path, "holder"))
        if ("resource" in body) == ("licence" in body):
            yield self.fault(path, "story.argument_kind", ", ".join(body) or "-", verb="remove")

    def resource(self, value: str, path: tuple[Step, ...]) -> Iterator[Fault]:
        """A resource of this pack or another given with it."""
        return self._unknown(value, path, "resource", list(self.scope.resources))

    def fault(self, path: tuple[Step, ...], code: str, found: str, **data: object) -> Fault:
        """A fault at ``path`` below the story."""
        return self.scope.fault(self.story, *path, code=code, found=found, **data)

    def _unknown(self, value: Any, path: tuple[Step, ...], what: str, known: list[str]) -> Iterator[Fault]:
        yield from self.scope.unknown(self.story, *path, found=str(value), what=what, known=known)

    def task(self, value: Any, path: tuple[Step, ...]) -> Iterator[Fault]:
        """A task of the journey."""
        return self._unknown(value, path, "task", [task.id for task in self.journey.tasks])

    def person(self, value: Any, path: tuple[Step, ...]) -> Iterator[Fault]:
        """An invented person of this pack or another given with it."""
        packs = (self.scope.pack, *self.scope.others)
        people = [person for pack in packs for person in pack.seed.people]
        if all(self.scope.was_read(person, "name") for person in people):
            yield from self._unknown(value, path, "person", [person.name for person in people])

    def enterprise(self, value: Any, path: tuple[Step, ...]) -> Iterator[Fault]:
        """An invented enterprise of this pack or another given with it."""
        packs = (self.scope.pack, *self.scope.others)
        return self._unknown(value, path, "enterprise", [one.name for pack in packs for one in pack.seed.enterprises])

    def ids(self, value: Any, path: tuple[Step, ...], what: str, known: list[str]) -> Iterator[Fault]:
        """A list of ids."""
        if not isinstance(value, list):
            yield self.fault(path, "story.argument_kind", str(value), verb=str(path[-2]))
            return
        for index, name in enumerate(value):
            yield from self._unknown(name, (*path, index), what, known)

    def materials(self, value: Any, path: tuple[Step, ...]) -> Iterator[Fault]:
        """Materials of the journey."""
        return self.ids(value, path, "material", [material.id for material in self.journey.materials])

    def commitments(self, value: Any, path: tuple[Step, ...]) -> Iterator[Fault]:
        """Commitments that the journey declares."""
        return self.ids(value, path, "commitment", [commitment.id for commitment in self.journey.commitments])

    def resources(self, value: Any, path: tuple[Step, ...]) -> Iterator[Fault]:
        """Resources whose use the applicant agrees to."""
        return self.ids(value, path, "resource", list(self.scope.resources))

    def values(self, value: Any, path: tuple[Step, ...]) -> Iterator[Fault]:
        """Field → value of the form."""
        if not isinstance(value, dict):
            yield self.fault(path, "story.argument_kind", str(value), verb=str(path[-2]))
            return
        for name in value if self.fields is not None else ():
            yield from self._unknown(name, (*path, name), "field", self.fields or [])

    def text(self, value: Any, path: tuple[Step, ...]) -> Iterator[Fault]:
        """One text."""
        if not isinstance(value, str):
            yield self.fault(path, "story.argument_kind", str(value), verb=str(path[-2]))

    def days(self, value: Any, path: tuple[Step, ...]) -> Iterator[Fault]:
        """A whole number of working days."""
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            yield self.fault(path, "story.argument_kind", str(value), verb=str(path[-2]))


READERS: Mapping[str, Reader] = {
    "text": Teller.text,
    "days": Teller.days,
    "values": Teller.values,
    "materials": Teller.materials,
    "resources": Teller.resources,
    "commitments": Teller.commitments,
    "task": Teller.task,
    "person": Teller.person,
}
