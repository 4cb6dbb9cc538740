"""Writes a pack that nobody has seen: tasks in a random plan, guards, limits, materials, licences and a form.

``RandomPack(seed)`` holds the content as plain data and knows by its own reckoning, without the rule language,
what must come of it: ``answers`` is a form that is accepted, ``applies`` says which tasks run for these answers.
``write(folder)`` makes the pack's files.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from tongban.basics.codes.invented import invented_resident_id, invented_uscc

REGION = "330103"
ROLES = ["civil-affairs", "health", "police", "medical-insurance", "human-resources", "tax", "disease-control"]
Guard = tuple[str, bool]  # the rule, and whether it is true for the answers


class _Dumper(yaml.SafeDumper):
    """Quotes every text of digits: what YAML 1.1 takes for text may be a number in YAML 1.2."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if text.isdigit() else None)


_Dumper.add_representer(str, _quoted)


@dataclass
class RandomPack:
    """One random pack. Everything follows from ``seed``; ``files`` maps a file to its data (or Typst text)."""

    seed: int
    name: str = ""
    files: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    applies: dict[str, bool] = field(default_factory=dict)
    longest: int = 0
    person: str = "钱多多"
    strings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.name = self.name or f"random-{self.seed}"
        self.id_number = invented_resident_id(REGION, date(1985, 5, 5), 21)
        self._form()
        self._resources()
        self._journey()
        self._rest()

    @property
    def journey(self) -> dict[str, Any]:
        """The journey's data, to look at or to spoil."""
        found: dict[str, Any] = self.files[f"journeys/{self.name}.yaml"]
        return found

    def write(self, into: Path) -> Path:
        """Write the pack below ``into`` and return its folder."""
        folder = into / self.name
        for file, content in self.files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            is_text = isinstance(content, str)
            path.write_text(
                content if is_text else yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
            )
        return folder

    def _say(self, text: str) -> str:
        self.strings[text] = f"English {len(self.strings)}"
        return text

    # ---- the form ------------------------------------------------------------------------------------

    def _form(self) -> None:
        self.guards: dict[str, Callable[[], Guard]] = {}
        fields = [{"id": "full_name", "label": self._say("姓名"), "kind": "text", "format": "name"}]
        fields[0]["prefill"] = "applicant.name"
        self.answers["full_name"] = self.person
        makers = [self._boolean, self._choice, self._integer, self._date, self._text]
        for number in range(self.random.randint(3, 9)):
            guard = self._one_guard() if self.random.random() < 0.3 else None
            made = self.random.choice(makers[:3] if number < 2 else makers)(number, guard is None)
            fields.append(made | ({"when": guard[0]} if guard else {}))
        half = self.random.randint(1, len(fields) - 1)
        steps = [
            {"id": f"step_{n}", "title": self._say(f"第 {n} 步"), "fields": part}
            for n, part in enumerate((fields[:half], fields[half:]), start=1)
        ]
        self.files[f"forms/{self.name}.yaml"] = {"id": self.name, "title": self._say("申请表"), "steps": steps}

    def _field(self, kind: str, number: int, value: Any) -> dict[str, Any]:
        name = f"{kind.replace('-', '_')}_{number}"
        self.answers[name] = value
        return {"id": name, "label": self._say(f"{kind} 问题 {number}"), "kind": kind}

    def _boolean(self, number: int, always: bool) -> dict[str, Any]:
        value = self.random.random() < 0.5
        made = self._field("boolean", number, value)
        name = made["id"]
        if always:
            self.guards[name] = lambda: (
                (f"form.{name}", value) if self.random.random() < 0.5 else (f"NOT form.{name}", not value)
            )
        return made

    def _choice(self, number: int, always: bool) -> dict[str, Any]:
        values = [f"v{n}" for n in range(self.random.randint(2, 4))]
        value = self.random.choice(values)
        made = self._field("choice", number, value)
        made["choices"] = [{"value": one, "label": self._say(f"选项 {one}")} for one in values]
        name = made["id"]

        def guard() -> Guard:
            wanted = self.random.choice(values)
            return f"form.{name} = '{wanted}'", value == wanted

        if always:
            self.guards[name] = guard
        return made

    def _integer(self, number: int, always: bool) -> dict[str, Any]:
        low = self.random.randint(-5, 5)
        high = low + self.random.randint(4, 50)
        value = self.random.randint(low, high)
        made = self._field("integer", number, value) | {"min": low, "max": high}
        name = made["id"]

        def guard() -> Guard:
            limit = self.random.randint(low, high - 1)
            return f"form.{name} > {limit}", value > limit

        if always:
            self.guards[name] = guard
        return made

    def _date(self, number: int, always: bool) -> dict[str, Any]:
        day = date(2020, 1, 1) + timedelta(days=self.random.randint(0, 2000))
        return self._field("date", number, day.isoformat()) | {"format": "past-date", "required": always}

    def _text(self, number: int, always: bool) -> dict[str, Any]:
        return self._field("text", number, "说明" * self.random.randint(1, 4)) | {"max": 40, "required": always}

    def _one_guard(self) -> Guard | None:
        return self.guards[self.random.choice(list(self.guards))]() if self.guards else None

    def _guard(self, before: list[str]) -> Guard | None:
        """No guard, one over the form, two joined, or one over an earlier decision."""
        luck = self.random.random()
        if luck < 0.4 or not self.guards:
            return None
        if luck < 0.5 and before:
            other = self.random.choice(before)
            return f"{other}.decision = 'approved'", self.applies[other]
        names = self.random.sample(list(self.guards), min(len(self.guards), self.random.randint(1, 2)))
        made = [self.guards[name]() for name in names]
        if len(made) == 1:
            return made[0]
        both = self.random.random() < 0.5
        truth = all(one for _, one in made) if both else any(one for _, one in made)
        return f"({made[0][0]}) {'AND' if both else 'OR'} ({made[1][0]})", truth

    # ---- where materials come from -------------------------------------------------------------------

    def _resources(self) -> None:
        self.resources: dict[str, str] = {}
        for number in range(self.random.randint(0, 2)):
            name, role = f"{self.name}.resource-{number}", self.random.choice(ROLES)
            self.resources[name] = role
            fields = [{"id": "id_number", "label": self._say("证件号码"), "key": True}]
            fields += [{"id": f"fact_{n}", "label": self._say(f"信息项 {n}")} for n in range(3)]
            self.files[f"resources/{name}.yaml"] = {
                "id": name, "name": self._say(f"数据资源 {number}"), "provider": role, "cycle": self._say("每日"),
                "fields": fields,
            }  # fmt: skip
            row = {"id_number": self.id_number, "fact_0": "甲", "fact_1": "乙", "fact_2": "丙"}
            rows = [row] if self.random.random() < 0.6 else []
            self.files[f"seed/records/{name}.yaml"] = {"resource": name, "rows": rows}

    def _materials(self, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        made, grants = [], []
        for number in range(self.random.randint(1, 4)):
            users = self.random.sample(tasks, self.random.randint(1, min(3, len(tasks))))
            material: dict[str, Any] = {"id": f"paper_{number}", "name": self._say(f"材料 {number}")}
            material |= {"tasks": [task["id"] for task in users], "sources": [{"upload": True}]}
            guard = self._one_guard() if self.random.random() < 0.3 else None
            material |= {"when": guard[0]} if guard else {}
            if self.resources and self.random.random() < 0.7:
                resource = self.random.choice(list(self.resources))
                shows = [f"fact_{n}" for n in range(self.random.randint(1, 3))]
                source = {"resource": resource, "match": {"id_number": "applicant.id_number"}, "shows": shows}
                material["sources"].insert(0, source)
                grants.append(
                    {
                        "id": f"{self.name}.grant-{number}", "resource": resource, "journey": self.name,
                        "consumer": users[0]["department"], "fields": shows,
                        "purpose": self._say("核对申请"), "basis": self._say("某法 第一条"),
                    }
                )  # fmt: skip
            made.append(material)
        if grants:
            self.files["grants.yaml"] = grants
        return made

    # ---- the plan ------------------------------------------------------------------------------------

    def _journey(self) -> None:
        tasks: list[dict[str, Any]] = []
        ends: dict[str, int] = {}
        for number in range(self.random.randint(3, 9)):
            tasks.append(self._task(number, [task["id"] for task in tasks], ends))
        self.longest = max(ends.values())
        promise = self.longest + self.random.randint(0, 3)
        self.files[f"journeys/{self.name}.yaml"] = {
            "id": self.name, "name": self._say("随机的一件事"), "summary": self._say("没有人见过的一件事"),
            "audience": "person", "lead": self.random.choice(ROLES), "form": self.name,
            "promise": {"days": promise}, "statutory": {"days": promise + self.random.randint(0, 20)},
            "materials": self._materials(tasks), "tasks": tasks,
        }  # fmt: skip

    def _task(self, number: int, before: list[str], ends: dict[str, int]) -> dict[str, Any]:
        name, days = f"task_{number}", self.random.randint(1, 4)
        role = self.random.choice(ROLES)
        after = self.random.sample(before, self.random.randint(0, min(3, len(before))))
        ends[name] = days + max((ends[one] for one in after), default=0)
        guard = self._guard(after)
        self.applies[name] = guard is None or guard[1]
        made: dict[str, Any] = {"id": name, "name": self._say(f"环节 {number}"), "department": role}
        made |= {"item": f"{self.name}-item-{number}", "days": days}
        made |= {"after": after} if after else {}
        made |= {"when": guard[0]} if guard else {}
        self._item(number, role, days)
        if self.random.random() < 0.4:
            made["produces"] = self._licence(number, role)
        return made

    def _item(self, number: int, role: str, days: int) -> None:
        self.files[f"items/{self.name}-item-{number}.yaml"] = {
            "id": f"{self.name}-item-{number}", "name": self._say(f"事项 {number}"), "code": f"0007{number:08d}",
            "type": "07", "department": role, "basis": [self._say("某法 第二条")],
            "statutory": {"days": days + 5}, "promise": {"days": days},
        }  # fmt: skip

    def _licence(self, number: int, role: str) -> dict[str, Any]:
        name = f"{self.name}-licence-{number}"
        code = invented_uscc(REGION, 500 + number, "department") + f"{number:03d}"
        self.files[f"licences/{name}.yaml"] = {
            "id": name, "name": self._say(f"证照 {number}"), "code": code, "issuer": role, "layout": "plain.typ",
            "fields": [{"id": "holder", "label": self._say("持证人"), "public": True}],
        }  # fmt: skip
        self.files["licences/plain.typ"] = "#let data = json(bytes(sys.inputs.data))\n#data.type_name\n"
        source = "form.full_name"
        return {"licence": name, "holder_name": source, "holder_id": "applicant.id_number", "data": {"holder": source}}

    # ---- manifest, people, strings, story ------------------------------------------------------------

    def _rest(self) -> None:
        self.files["pack.yaml"] = {
            "id": self.name, "version": "1.0.0", "name": self._say("随机应用包"), "owner": self._say("某局"),
        }  # fmt: skip
        person = {"name": self.person, "id_number": self.id_number, "account": self.name, "household": REGION}
        self.files["seed/people.yaml"] = [person]
        papers = [paper["id"] for paper in self.journey["materials"]]
        decide = {task: "approve" for task, runs in self.applies.items() if runs}
        submit = {"form": self.answers, "upload": papers}
        states = [f"{task}.state = '{'done' if runs else 'not_applicable'}'" for task, runs in self.applies.items()]
        story = {"it": "随机的一件事走到底", "applicant": self.person}
        story |= {"steps": [{"submit": submit}, {"accept": None}, {"decide": decide}], "then": states}
        self.files["tests/end.yaml"] = [story]
        self.files["strings/en.yaml"] = self.strings
