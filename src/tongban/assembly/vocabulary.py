"""The names that a pack's rules, prefills, look-ups and stories may use, with their types and labels.

Built from a journey, its form, and the resources and licence types that its materials come from. Called by
the checks and by ``compiling``; ``docs/packs.md`` shows the same table to authors.
"""

from collections.abc import Callable, Iterator, Mapping

from tongban.basics import rules
from tongban.basics.rules import Schema, Type
from tongban.licences.definitions import LicenceType
from tongban.resources.definitions import Resource
from tongban.services.definitions import Field, Form, Journey, Material, Source, Task

RESERVED = frozenset(
    {
        *("today", "applicant", "form", "evidence", "case", "intake", "licences", "erred", "commitments", "visits"),
        "elsewhere",
    }
)
DECISIONS: Mapping[str, tuple[str, str]] = {
    "approved": ("同意", "approved"),
    "declined": ("不同意", "declined"),
}

KIND = rules.code(
    {"person": ("个人", "a person"), "enterprise": ("企业", "an enterprise")}, "申请人类型", "applicant kind"
)
PERSON: Mapping[str, Type] = {
    "applicant.kind": KIND,
    "applicant.name": rules.text("申请人姓名", "applicant's name"),
    "applicant.sex": rules.code({"male": ("男", "male"), "female": ("女", "female")}, "申请人性别", "applicant's sex"),
    "applicant.birth_date": rules.date("申请人出生日期", "applicant's date of birth"),
    "applicant.nationality": rules.text("申请人国籍", "applicant's nationality"),
    "applicant.region": rules.text("申请人户籍区划", "applicant's household region"),
}
ENTERPRISE: Mapping[str, Type] = {
    "applicant.kind": KIND,
    "applicant.name": rules.text("企业名称", "the enterprise's name"),
    "applicant.uscc": rules.text("统一社会信用代码", "unified social credit code"),
    "applicant.legal_representative": rules.text("法定代表人", "legal representative"),
    "applicant.address": rules.text("住所", "domicile"),
    "applicant.scope": rules.text("经营范围", "business scope"),
}
# Names for look-ups, prefills and licence data only: a rule has no business with a person's number.
PRIVATE: Mapping[str, Mapping[str, Type]] = {
    "person": {
        "applicant.id_number": rules.text("申请人证件号码", "applicant's identity number"),
        "applicant.mobile": rules.text("申请人手机号码", "applicant's mobile number"),
    },
    "enterprise": {
        "applicant.agent_name": rules.text("经办人姓名", "the handler's name"),
        "applicant.agent_mobile": rules.text("经办人手机号码", "the handler's mobile number"),
    },
}
APPLICANT: Mapping[str, Mapping[str, Type]] = {"person": PERSON, "enterprise": ENTERPRISE}
"""What is known of the applicant, by the journey's ``audience``."""
TODAY: Mapping[str, Type] = {"today": rules.date("今天", "today")}

Say = Callable[[str], str]
Kinds: Mapping[str, Callable[[str, str], Type]] = {
    "text": rules.text,
    "long-text": rules.text,
    "integer": rules.integer,
    "decimal": rules.decimal,
    "boolean": rules.boolean,
    "date": rules.date,
}


class Vocabulary:
    """All names of one journey. ``english`` translates labels and may fall back to the Chinese text."""

    def __init__(
        self,
        journey: Journey,
        form: Form,
        resources: Mapping[str, Resource],
        licences: Mapping[str, LicenceType],
        english: Mapping[str, str],
    ) -> None:
        self.journey = journey
        self.resources = resources
        self.licences = licences
        self.english = english
        self.form = {f"form.{f.id}": self._field(f) for f in form.fields}
        self.evidence = dict(self._evidence())
        self.decisions = {f"{t.id}.decision": self._decision(t) for t in journey.tasks}

    def say(self, text: str) -> str:
        """The English of ``text``, or the text."""
        return self.english.get(text, text)

    @property
    def types(self) -> dict[str, Type]:
        """Every name that a rule may use."""
        return {**TODAY, **APPLICANT[self.journey.audience], **self.form, **self.evidence, **self.decisions}

    @property
    def dotted(self) -> dict[str, Type]:
        """Every name that ``prefill``, ``match`` and licence ``data`` may use."""
        audience = self.journey.audience
        return {**TODAY, **APPLICANT[audience], **PRIVATE[audience], **self.form, **self.evidence}

    def schema(self) -> Schema:
        """The names of rules, ready for ``tongban.basics.rules.compile``."""
        return Schema({name: kind for name, kind in self.types.items() if rules_name(name)})

    def kinds_of(self, source: Source) -> dict[str, tuple[str, str]]:
        """What a source can show: field id → (kind, Chinese label)."""
        if source.resource is not None and source.resource in self.resources:
            return {f.id: (f.kind, f.label) for f in self.resources[source.resource].fields}
        if source.licence is not None and source.licence in self.licences:
            return {f.id: (f.kind, f.label) for f in self.licences[source.licence].fields}
        return {}

    def _field(self, field: Field) -> Type:
        label, english = field.label, self.say(field.label)
        if field.kind == "choice":
            values = {c.value: (c.label, self.say(c.label)) for c in field.choices}
            return rules.code(values, label, english)
        return Kinds[field.kind](label, english)

    def _evidence(self) -> Iterator[tuple[str, Type]]:
        for material in self.journey.materials:
            name, english = material.name, self.say(material.name)
            yield f"evidence.{material.id}.found", rules.boolean(f"已查到{name}", f"{english} was found")
            for field, (kind, label) in self._shown(material).items():
                yield (
                    f"evidence.{material.id}.{field}",
                    Kinds[kind](f"{name}的{label}", f"{english}: {self.say(label)}"),
                )

    def _shown(self, material: Material) -> dict[str, tuple[str, str]]:
        shown: dict[str, tuple[str, str]] = {}
        for source in material.sources:
            known = self.kinds_of(source)
            shown = {field: known[field] for field in source.shows if field in known} | shown
        return shown

    def _decision(self, task: Task) -> Type:
        return rules.code(DECISIONS, f"“{task.name}”的决定", f"the decision of “{self.say(task.name)}”")


def rules_name(name: str) -> bool:
    """Whether ``name`` can be written in a rule."""
    return all(part.isidentifier() for part in name.split(".")) and name.count(".") < 4


# kind of a field → the kinds of value that may fill it
FITTING: Mapping[str, frozenset[str]] = {
    "text": frozenset({"text", "code", "date", "integer"}),
    "long-text": frozenset({"text", "code"}),
    "choice": frozenset({"text", "code"}),
    "integer": frozenset({"integer"}),
    "decimal": frozenset({"integer", "decimal"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
}


# What ``then`` lines of a story may ask: how the case and its tasks came out.
CASE_OUTCOMES: Mapping[str, Type] = {
    "case.state": rules.text("办件状态", "the state of the case"),
    "case.outcome": rules.text("办理结果", "the outcome of the case"),
    "case.finish_code": rules.text("办结代码", "the finish code"),
    "case.light": rules.text("亮灯", "the light of the case"),
    "case.submitted_on": rules.date("提交日期", "the day of submission"),
    "case.accepted_on": rules.date("受理日期", "the day of acceptance"),
    "case.due_on": rules.date("承诺办结日期", "the day it is due"),
    "case.closed_on": rules.date("办结日期", "the day it was closed"),
    "case.licences": rules.integer("发出的证照数", "licences issued"),
    "case.days_used": rules.integer("已用工作日", "working days used"),
    "case.materials_asked": rules.integer("要求提交的材料数", "materials asked for"),
    "case.materials_not_asked": rules.integer("免交的材料数", "materials not asked for"),
    "case.fields_prefilled": rules.integer("自动填写的项数", "fields filled in"),
    "case.questions_open": rules.integer("未答复的提问数", "questions without answer"),
    "case.fast_lane": rules.boolean("走绿色通道", "is on the fast lane"),
    "case.tolerance": rules.text("容缺受理的进展（none、open、met、missed）", "how far tolerance has come"),
    "case.handled_in": rules.text("移交到的地区", "the region it was handed over to"),
    "case.progress_told": rules.text("移交后传回的最新进展", "the newest event told back from where it is handled"),
    "elsewhere.state": rules.text("移交后的办件状态", "the state of the case where it was handed over to"),
    "elsewhere.outcome": rules.text("移交后的办理结果", "its outcome there"),
    "elsewhere.finish_code": rules.text("移交后的办结代码", "its finish code there"),
    "elsewhere.accepted_on": rules.date("移交后的受理日期", "the day of its acceptance there"),
    "elsewhere.due_on": rules.date("移交后的承诺办结日期", "the day it is due there"),
    "case.suspended": rules.boolean("整件中止计时", "the whole case stands"),
    "case.suspended_days": rules.integer("中止计时的工作日", "working days on which the whole case stood"),
    "case.extension": rules.text("延长办理的进展（none、asked、granted、refused）", "how far an extension has come"),
    "case.hearing": rules.text("听证的进展（none、told、requested、held）", "how far a hearing has come"),
    "case.deemed_accepted": rules.boolean("视为受理", "is accepted by silence"),
    "case.delivered_on": rules.date("送达日期", "the day of delivery"),
    "case.statutory_due_on": rules.date("法定期限届满日期", "the last day by law"),
    "case.delivery_due_on": rules.date("送达期限届满日期", "the last day of delivery"),
    "case.appeal_told": rules.boolean("已告知救济途径", "ways of appeal were told"),
    "erred": rules.text("最后一次被拒的代码", "the code of the last refusal"),
}
TASK_OUTCOMES: Mapping[str, Type] = {
    "state": rules.text("环节状态", "the state of the task"),
    "decision": rules.text("环节决定", "the decision"),
    "light": rules.text("亮灯", "the light of the task"),
    "started": rules.date("开始日期", "the day it started"),
    "finished": rules.date("完成日期", "the day it was decided"),
    "due_on": rules.date("到期日期", "the day it is due"),
    "department": rules.text("办理部门", "the department that has it"),
    "suspended": rules.boolean("环节中止计时", "the task stands"),
}


def licence_name(licence_type: str) -> str:
    """The name under which ``then`` counts the licences of a type: ``licences.birth_certificate``."""
    return f"licences.{licence_type.replace('-', '_')}"


def story_types(journey: Journey) -> dict[str, Type]:
    """Every name that a ``then`` line of a story about ``journey`` may use; ``intake`` is the lead's own task."""
    names = ("intake", *(task.id for task in journey.tasks))
    tasks = {f"{task}.{name}": kind for task in names for name, kind in TASK_OUTCOMES.items()}
    produced = {task.produces.licence for task in journey.tasks if task.produces}
    licences = {licence_name(kind): rules.integer(f"发出的{kind}数", kind) for kind in produced}
    evidence = {
        f"evidence.{material.id}.{name}": rules.boolean(f"{material.name}{said}", f"{material.id} {name}")
        for material in journey.materials
        for name, said in (("found", "已查到"), ("asked", "要求提交"))
    }
    types = {**CASE_OUTCOMES, **tasks, **licences, **evidence, **_paths(journey)}
    return {name: kind for name, kind in types.items() if rules_name(name)}


def _paths(journey: Journey) -> dict[str, Type]:
    commitments = {
        f"commitments.{c.id}": rules.text(f"“{c.name}”的进展", f"how far {c.id} has come") for c in journey.commitments
    }
    visits = {f"visits.{v.id}": rules.text(f"“{v.name}”的结论", f"the result of {v.id}") for v in journey.visits}
    return {**commitments, **visits}
