"""Play a pack's stories: the same interpreter over two stages, the kernel itself or a running server.

A stage knows how to do each verb as a person would; the interpreter knows the sentences. Afterwards every
line of ``then`` is evaluated in the platform's rule language over what the stage observed.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from tongban.assembly.definitions import Story
from tongban.assembly.stories import whose_turn
from tongban.assembly.vocabulary import story_types
from tongban.basics import rules
from tongban.basics.errors import TongbanError
from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.services.catalogue import JourneyVersion

DEFAULT_REASON = "材料不符合要求，请按告知内容办理"


class Promises(Struct, frozen=True):
    """What an applicant signs: commitments, and materials that will follow."""

    commitments: Sequence[str] = ()
    tolerated: Sequence[str] = ()


NO_PROMISES = Promises()


class Stage(Protocol):
    """How the verbs happen. Every method acts as the named person, or as whoever's turn it is."""

    async def submit(
        self,
        person: str,
        form: Mapping[str, Any],
        uploads: Sequence[str],
        consents: Sequence[str],
        promises: Promises = NO_PROMISES,
        enterprise: str | None = None,
        asked: str | None = None,
    ) -> None:
        """Open a draft, for ``enterprise`` if one is named, read the notice, fill in, upload, sign, submit.

        ``asked``: who gives their own consent, being asked for it, once the form is filled in.
        """
        ...

    async def change(self, person: str, form: Mapping[str, Any], uploads: Sequence[str]) -> None:
        """Change the case before acceptance, or supply what was asked."""
        ...

    async def withdraw(self, person: str, reason: str) -> None:
        """Withdraw the case."""
        ...

    async def decide(
        self, person: str | None, task: str, kind: str, reason: str, materials: Sequence[str] = ()
    ) -> None:
        """Decide a task; ``person`` None: a handler of its department."""
        ...

    async def ask(self, person: str, text: str) -> None:
        """Ask a question."""
        ...

    async def answer(self, person: str | None, text: str, task: str | None) -> None:
        """Answer the open question; ``person`` None: the handler of ``task`` or of the lead."""
        ...

    async def act(self, person: str | None, kind: str, said: Mapping[str, Any]) -> None:
        """Do a special act; ``person`` None: whoever's turn it is by the table of acts."""
        ...

    async def wait(self, days: int) -> None:
        """Let working days pass, and the platform do what then is due."""
        ...

    async def observe(self) -> dict[str, object]:
        """What is so now: ``case.*``, ``<task>.*``, ``licences.*``."""
        ...


class Failure(Struct, frozen=True):
    """A sentence that does not hold: which line of ``then``, or which step, and what was found."""

    line: str
    found: str


class Played(Struct, frozen=True):
    """One story and how it came out."""

    story: str
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        """Every sentence held."""
        return not self.failures


async def play(story: Story, stage: Stage, version: JourneyVersion) -> Played:
    """Play ``story`` on ``stage`` and check every line of ``then``; stops at the first step that goes wrong."""
    erred: str | None = None
    for number, step in enumerate(story.steps, 1):
        ((verb, body),) = step.items()
        body = dict(body or {})
        expected = body.pop("fails", None)
        try:
            await _VERBS[verb](stage, story, body)
            code = None
        except TongbanError as error:
            code = error.code
            erred = code
            if code != expected:
                return _stopped(story, number, verb, f"{code}: {error.message('zh-CN')}{_listed(error)}")
        if expected is not None and code is None:
            return _stopped(story, number, verb, f"expected {expected}, but it was accepted")
    nothing: dict[str, object] = {name: 0 for name in story_types(version.journey) if name.startswith("licences.")}
    observed = {**nothing, **await stage.observe(), "erred": erred}
    return Played(story.it, tuple(_check(story.then, observed, version)))


def _listed(error: TongbanError) -> str:
    faults: list[Mapping[str, Any]] = getattr(error, "faults", [])
    return "".join(f" [{fault.get('field')}: {fault.get('zh') or fault.get('message')}]" for fault in faults)


def _stopped(story: Story, number: int, verb: str, found: str) -> Played:
    return Played(story.it, (Failure(f"step {number} ({verb})", found),))


def _check(lines: Sequence[str], observed: Mapping[str, object], version: JourneyVersion) -> list[Failure]:
    schema = rules.Schema(story_types(version.journey))
    failures = []
    for line in lines:
        rule = rules.compile(line, schema)
        if rule.evaluate(observed) is not True:
            found = ", ".join(f"{name} = {observed.get(name)!r}" for name in sorted(rule.names))
            failures.append(Failure(line, found))
    return failures


async def _submit(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
    person = body.get("by", story.applicant)
    uploads, consents = body.get("upload", ()), body.get("consent", ())
    promises = Promises(body.get("commit", ()), body.get("tolerate", ()))
    await stage.submit(
        person, _values(body.get("form")), uploads, consents, promises, story.enterprise, body.get("asked")
    )


async def _edit(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
    person = body.get("by", story.applicant)
    await stage.change(person, _values(body.get("form")), body.get("upload", ()))


async def _upload(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
    person = body.get("by", story.applicant)
    await stage.change(person, _values(body.get("form")), body["materials"])


def _values(form: Mapping[str, Any] | None) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in (form or {}).items()}


async def _withdraw(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
    await stage.withdraw(body.get("by", story.applicant), body.get("reason", ""))


def _intake(kind: str) -> Callable[[Stage, Story, Mapping[str, Any]], Awaitable[None]]:
    async def act(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
        reason = "" if kind == "accept" else body.get("reason", DEFAULT_REASON)
        await stage.decide(body.get("by"), "intake", kind, reason, body.get("materials", ()))

    return act


async def _decide(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
    for task, made in body.items():
        parts = made if isinstance(made, dict) else {"decision": made}
        await stage.decide(parts.get("by"), task, parts["decision"], parts.get("reason", ""))


async def _act(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
    for kind, made in body.items():
        said = dict(made or {})
        person = said.pop("by", story.applicant if whose_turn(kind) == "applicant" else None)
        if "reasons" in PROCEDURES[kind].needs:
            said.setdefault("reasons", DEFAULT_REASON)
        await stage.act(person, kind, said)


async def _ask(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
    await stage.ask(body.get("by", story.applicant), body["text"])


async def _answer(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
    await stage.answer(body.get("by"), body["text"], body.get("task"))


async def _wait(stage: Stage, story: Story, body: Mapping[str, Any]) -> None:
    await stage.wait(body["days"])


_VERBS: Mapping[str, Callable[[Stage, Story, Mapping[str, Any]], Awaitable[None]]] = {
    "submit": _submit,
    "edit": _edit,
    "upload": _upload,
    "withdraw": _withdraw,
    "accept": _intake("accept"),
    "refuse": _intake("refuse"),
    "supplement": _intake("supplement"),
    "return": _intake("return"),
    "decide": _decide,
    "act": _act,
    "ask": _ask,
    "answer": _answer,
    "wait": _wait,
}
