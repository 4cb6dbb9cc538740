"""What a pack declares about what is offered: items, forms, journeys (frozen; filled by assembly).

Texts are Simplified Chinese; translations stand in the pack's ``strings/`` and are keyed by the text.
Rules (``when``) are expressions of the platform's one rule language over these names:
``today``; ``applicant.*`` (kind, name, sex, birth_date, nationality, region); ``form.<field>``;
``evidence.<material>.found`` and ``evidence.<material>.<shown field>``; ``<task>.decision``.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from tongban.services.paths import Commitment, FastLane, HandOver, Tolerance, Visit

Identifier = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Trust = Literal["A", "B", "C", "D"]


class Basis(Struct, frozen=True, forbid_unknown_fields=True):
    """The law behind a value, and since when: ``law`` with its article, for instance 行政许可法 第四十二条."""

    law: str
    since: dt.date | None = None


class Limit(Struct, frozen=True, forbid_unknown_fields=True):
    """A period of ``days`` working days; ``excludes`` names what does not count (card making, post …)."""

    days: int
    basis: str | None = None
    excludes: list[str] = []


class Silence(Struct, frozen=True, forbid_unknown_fields=True):
    """What follows when a department lets its limit pass without a decision: the application is approved as made,
    or the department's head is told to act. ``basis`` names the law or promise that says so.
    """

    then: Literal["approve", "escalate"]
    basis: str


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """A service item (政务服务事项): the required elements of an implementation list.

    ``type`` is the two-digit item type code (01 licensing, 05 payment, 07 confirmation, 20 public service …);
    ``code`` the 12-digit catalogue code (基本编码); ``level`` the exercising level 1–7 (行使层级);
    ``finish`` 1 instant, 2 promised (办件类型); ``hours`` limits an instant item, counted from the task's start;
    ``trips`` the visits an applicant must make; ``silence`` what follows when nothing is decided in time;
    ``delivery`` how the result reaches the applicant: with its electronic licence, or handed over afterwards;
    ``also_at`` the other levels that may exercise it, so that a step may go from one level to another;
    ``assurance`` how sure it must be who applies (认证等级): proved, or also signed in with a passkey or certificate.
    """

    id: Identifier
    name: str
    code: str
    type: str
    department: str
    basis: list[str]
    statutory: Limit
    promise: Limit
    level: int = 4
    finish: Literal[1, 2] = 2
    hours: int | None = None
    trips: int = 0
    trip_reason: str | None = None
    online: bool = True
    fee: str | None = None
    result: str | None = None
    silence: Silence | None = None
    delivery: Literal["electronic", "hand"] = "electronic"
    conditions: list[str] = []
    consult_phone: str | None = None
    complaint_phone: str | None = None
    appeal: list[str] = []
    faq: list["Question"] = []
    baseline: "Baseline | None" = None
    also_at: list["OtherLevel"] = []
    assurance: Literal["real-name", "strong"] = "real-name"

    def exercised_at(self, level: int) -> bool:
        """Whether departments of ``level`` may decide on it."""
        return level == self.level or any(one.level == level for one in self.also_at)


class OtherLevel(Struct, frozen=True, forbid_unknown_fields=True):
    """Another exercising level (1–7) of an item, and what entrusts the item to it."""

    level: int
    basis: str


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """A frequent question and its answer."""

    question: str
    answer: str


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a closed list and its label."""

    value: str
    label: str


class Field(Struct, frozen=True, forbid_unknown_fields=True):
    """One field of a form. Becomes a JSON Schema 2020-12 property.

    ``when``: the field is asked only while the rule is true. ``prefill``: a dotted name (``applicant.name``
    or ``evidence.<material>.<field>``) whose value is filled in and marked with its source.
    ``tasks``: only their departments see the answer; every department of the case when none is named.
    ``format``: resident-id, uscc, mobile, name, past-date, date, region (checked by the code library).
    ``of_another``: it is about somebody else than who applies, and is left out of the copy of the applicant's data.
    """

    id: Identifier
    label: str
    kind: Literal["text", "long-text", "integer", "decimal", "boolean", "date", "choice"]
    required: bool = True
    when: str | None = None
    help: str | None = None
    prefill: str | None = None
    choices: list[Choice] = []
    format: str | None = None
    min: int | None = None
    max: int | None = None
    sensitive: bool = False
    autocomplete: str | None = None
    tasks: list[str] = []
    of_another: bool = False


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One page of a form."""

    id: Identifier
    title: str
    fields: list[Field]
    help: str | None = None


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """A form in steps; field ids are unique over all steps. ``checks`` are rules over the whole form."""

    id: Identifier
    title: str
    steps: list[Step]
    checks: list["Check"] = []

    @property
    def fields(self) -> list[Field]:
        """All fields, in order."""
        return [field for step in self.steps for field in step.fields]


class Check(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that must hold (NULL counts as holding); ``otherwise`` is told at ``field``."""

    rule: str
    otherwise: str
    field: str | None = None


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """One place where a material may come from; exactly one of ``licence``, ``resource``, ``upload``.

    ``match`` maps the resource's key fields to names (``applicant.id_number``, ``form.mother_id_number``).
    ``shows`` lists the fields that flow (a grant must name them); ``legal`` says by which right:
    a statutory ``duty`` or the person's ``consent`` (Personal Information Protection Law 13, 34, 35).
    """

    licence: str | None = None
    resource: str | None = None
    upload: bool = False
    match: dict[str, str] = {}
    shows: list[str] = []
    legal: Literal["duty", "consent"] = "duty"
    basis: str | None = None


class Material(Struct, frozen=True, forbid_unknown_fields=True):
    """A document a case needs (申请材料). ``sources`` are tried in order; what is found is not asked for.

    ``when``: needed only while the rule is true. ``tolerable``: may follow later (容缺). ``consent_of``: the form field
    (``form.<field>``) that holds the number of another person, whose own consent its look-ups by consent need.
    """

    id: Identifier
    name: str
    tasks: list[str]
    sources: list[Source]
    when: str | None = None
    required: bool = True
    basis: str | None = None
    standard: str | None = None
    tolerable: bool = False
    consent_of: str | None = None


class Produces(Struct, frozen=True, forbid_unknown_fields=True):
    """The licence a task issues when approved: ``data`` maps licence fields to dotted names."""

    licence: str
    holder_name: str
    holder_id: str | None = None
    data: dict[str, str] = {}


class Task(Struct, frozen=True, forbid_unknown_fields=True):
    """One department's part of a journey (环节任务), started when every task in ``after`` is done.

    ``days``: its limit in working days. ``when``: it applies only if true (else ``not_applicable``).
    ``optional``: a decline of this task does not make the journey fail.
    """

    id: Identifier
    name: str
    department: str
    item: str
    days: int
    after: list[str] = []
    when: str | None = None
    produces: Produces | None = None
    optional: bool = False
    help: str | None = None


class Eligibility(Struct, frozen=True, forbid_unknown_fields=True):
    """A condition to apply: when ``rule`` is false the person is told ``otherwise`` and its ``basis``.

    ``text``: the condition as the guide says it; without one the rule is put into words.
    """

    id: Identifier
    rule: str
    otherwise: str
    basis: str | None = None
    text: str | None = None


class Baseline(Struct, frozen=True, forbid_unknown_fields=True):
    """How it was before the redesign; the platform measures the after. What no source tells is left out."""

    materials: int
    days: int
    steps: int | None = None
    trips: int | None = None
    source: str | None = None


class Journey(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole thing done once (一件事): one form, one set of materials, several tasks, one result.

    ``commitments``, ``tolerance``, ``fast_lane``, ``visits`` and ``hand_over`` open the paths beside the plain one
    (see ``services.paths``).
    """

    id: Identifier
    name: str
    summary: str
    audience: Literal["person", "enterprise"]
    lead: str
    form: str
    tasks: list[Task]
    promise: Limit
    statutory: Limit
    theme: str | None = None
    keywords: list[str] = []
    eligible: list[Eligibility] = []
    materials: list[Material] = []
    notice: list[str] = []
    places: list[str] = []
    fee: str | None = None
    baseline: Baseline | None = None
    acceptance: Limit = field(default_factory=lambda: Limit(days=5, basis="行政许可法 第三十二条"))
    commitments: list[Commitment] = []
    tolerance: Tolerance | None = None
    fast_lane: FastLane | None = None
    visits: list[Visit] = []
    hand_over: HandOver | None = None

    def task(self, task_id: str) -> Task | None:
        """The task with ``task_id``, or None."""
        return next((t for t in self.tasks if t.id == task_id), None)

    def material(self, material_id: str) -> Material | None:
        """The material with ``material_id``, or None."""
        return next((m for m in self.materials if m.id == material_id), None)

    def commitment(self, commitment_id: str) -> Commitment | None:
        """The commitment with ``commitment_id``, or None."""
        return next((c for c in self.commitments if c.id == commitment_id), None)

    def visit(self, visit_id: str) -> Visit | None:
        """The shared visit with ``visit_id``, or None."""
        return next((v for v in self.visits if v.id == visit_id), None)


Schema = dict[str, Any]
