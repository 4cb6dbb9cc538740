"""A form being filled in: which fields are asked now, with which values, from where, and what is wrong.

Shared by drafts and by changes of a case that is not accepted yet. Nothing here is stored.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.cases.actions import drafts
from tongban.cases.facts import best, form_facts, known_facts
from tongban.cases.kernel import Kernel
from tongban.cases.models import Applicant, Draft
from tongban.cases.readiness import Readiness, assess
from tongban.parties.actions import Signed
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Field, Step
from tongban.services.forms import coerce_form
from tongban.web.language import Words
from tongban.web.portal.parts import department_name
from tongban.web.problems import faults as told

_STEP = re.compile(r"/drafts/([0-9]{6})/([0-9a-f-]{36})/steps/([a-z0-9_-]{1,64})")


class FieldView(Struct, frozen=True):
    """One field as the page shows it. ``elsewhere``: what was saved on another device in the meantime."""

    field: Field
    value: Any
    error: str | None = None
    source: str | None = None
    at: dt.datetime | None = None
    elsewhere: str | None = None


class Filling(Struct, frozen=True):
    """A draft (or a case as if it were one) with everything that follows from what is filled in."""

    kernel: Kernel
    version: JourneyVersion
    draft: Draft
    readiness: Readiness
    facts: Mapping[str, object]

    def asked(self, step: Step) -> list[Field]:
        """The fields of ``step`` that are asked as things stand."""
        return [field for field in step.fields if self.version.holds(field.when, self.facts) is True]

    def steps(self) -> list[Step]:
        """The steps that ask anything."""
        return [step for step in self.version.form.steps if self.asked(step)]

    def step_of(self, field: str) -> Step | None:
        """The step that holds ``field``."""
        return next((step for step in self.version.form.steps if any(f.id == field for f in step.fields)), None)

    def state(self, step: Step, draft: Draft | None = None) -> str:
        """A short digest of what ``step`` holds, by which a page notices that it was changed elsewhere."""
        form = (draft or self.draft).form
        held = {field.id: form.get(field.id) for field in step.fields}
        text = msgspec.json.encode(held, order="sorted").decode()
        return self.kernel.vault.keyed_hash("portal-step", text).hex()[:24]

    def faults(self, step: Step, words: Words) -> list[dict[str, Any]]:
        """What is wrong in ``step``, as lines of an error summary."""
        own = {field.id for field in step.fields}
        return [line for line in listed(self.readiness.form_faults, words) if line["field"] in own]

    def views(
        self,
        step: Step,
        words: Words,
        *,
        faults: Sequence[Mapping[str, Any]] = (),
        typed: Mapping[str, str] | None = None,
    ) -> list[FieldView]:
        """The fields of ``step``. ``typed`` (after a conflict) is shown instead of what is saved."""
        errors = {line["field"]: line["message"] for line in reversed(faults)}
        return [self._view(field, errors.get(field.id), words, typed or {}) for field in self.asked(step)]

    def _view(self, field: Field, error: str | None, words: Words, typed: Mapping[str, str]) -> FieldView:
        saved = self.draft.form.get(field.id)
        mine = typed.get(field.id)
        differs = mine is not None and coerce_form(self.version.form, {field.id: mine})[field.id] != saved
        if differs:
            return FieldView(field, mine, error, elsewhere="" if saved is None else shown(field, saved, words))
        source, at = self.source(field.id, words)
        return FieldView(field, saved, error, source, at)

    def source(self, field: str, words: Words) -> tuple[str | None, dt.datetime | None]:
        """Where the value of ``field`` was filled in from, and when it was looked up."""
        name = self.readiness.prefilled.get(field)
        if name is None:
            return None, None
        if not name.startswith("evidence."):
            own = self.draft.enterprise is None or name.startswith("applicant.agent_")
            return words.say("您的实名账户") if own else words.say("企业账户"), None
        one = best(self.draft.evidence).get(name.split(".")[1])
        if one is None:
            return None, None
        return words.pack(department_name(self.kernel, self.draft.region, one.provider)), one.at

    def warnings(self, words: Words) -> list[dict[str, Any]]:
        """Conditions that are known not to be met by what is filled in already."""
        failed = {c.id for c in self.version.journey.eligible if self._known_false(c.rule)}
        return [line for line in listed(self.readiness.eligibility_faults, words) if line["field"] in failed]

    def _known_false(self, rule: str) -> bool:
        entered = {name for name in self.version.rules[rule].names if name.startswith("form.")}
        known = all(self.facts.get(name) is not None for name in entered)
        return known and self.version.holds(rule, self.facts) is False


class _Faults(TongbanError):
    """A list of faults on its way into words."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__()
        self.faults = faults


def listed(faults: Sequence[Mapping[str, Any]], words: Words) -> list[dict[str, Any]]:
    """Faults in both languages as lines (``field``, ``message``) in the reader's."""
    return told(_Faults([dict(fault) for fault in faults]), words)


def fill(kernel: Kernel, draft: Draft, applicant: Applicant, now: dt.datetime) -> Filling:
    """Everything that follows from ``draft`` at ``now``."""
    version = drafts.version_of(kernel, draft)
    today = local_day(now)
    readiness = assess(version, draft, applicant, kernel.resources, today)
    known = known_facts(version, applicant, draft.evidence, kernel.resources, today)
    return Filling(kernel, version, draft, readiness, {**known, **form_facts(version, readiness.form)})


def shown(field: Field, value: Any, words: Words) -> str:
    """A stored value as people read it, in their language."""
    if isinstance(value, bool):
        return words.say("是") if value else words.say("否")
    if field.kind == "choice":
        return next((words.pack(c.label) for c in field.choices if c.value == value), str(value))
    return str(value)


def values_of(version: JourneyVersion, step: Step | None, typed: Mapping[str, str]) -> dict[str, Any]:
    """Values from a sent form, of the fields of ``step`` only (None: of the whole form)."""
    own = {field.id for field in (step.fields if step else version.form.fields)}
    return coerce_form(version.form, {name: value for name, value in typed.items() if name in own})


async def restore(kernel: Kernel, signed: Signed, page: str, fields: Mapping[str, str]) -> str:
    """Save a form that was sent after the session ended; returns the address to go on to.

    Whoever signs in as somebody else does not get at the draft: nothing is saved, and the page says so itself.
    """
    match = _STEP.fullmatch(page)
    if match is None:
        return page
    region, draft_id, step_id = match[1], UUID(match[2]), match[3]
    try:
        draft = await drafts.read_draft(kernel, signed.actor, region, draft_id)
        version = drafts.version_of(kernel, draft)
        step = next((s for s in version.form.steps if s.id == step_id), None)
        values = values_of(version, step, fields)
        await drafts.save_form(kernel, signed.actor, signed.now, region, draft_id, draft.revision, values)
    except TongbanError:
        return page
    return f"{page}?restored=1"
