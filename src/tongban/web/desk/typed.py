"""What a handler typed into a decision form, read as it came, and checked before anybody is asked to confirm it."""

from collections.abc import Mapping
from typing import get_args
from uuid import UUID

from msgspec import Struct

from tongban.cases.actions.decisions import LEAST_REASONS, Decision, DecisionKind
from tongban.cases.errors import MaterialsToName, ReasonsNeeded, StalePage, TaskFinished, WrongState
from tongban.cases.views.shapes import TaskPage
from tongban.web.desk.errors import ChoiceNeeded
from tongban.web.site import WebRequest

LONGEST = 4000
FAVOURABLE: tuple[DecisionKind, ...] = ("accept", "approve")


class Typed(Struct, frozen=True):
    """The fields of a decision form; ``step`` is which button sent it. ``answers``: texts by question."""

    kind: DecisionKind | None = None
    reasons: str = ""
    materials: list[str] = []
    revision: int = -1
    step: str = ""
    answers: Mapping[str, str] = {}

    @property
    def adverse(self) -> bool:
        """Whether the decision is shown once more before it is made."""
        return self.kind not in FAVOURABLE

    def decision(self) -> Decision:
        """What the verb is handed. Raises ``ChoiceNeeded``. Ticks count for a supplement notice only."""
        if self.kind is None:
            raise ChoiceNeeded(field="kind")
        ticked = self.materials if self.kind == "supplement" else []
        return Decision(self.kind, self.revision, self.reasons, ticked)


EMPTY = Typed()


async def read_typed(request: WebRequest) -> Typed:
    """The decision form as sent. A revision that was tampered with is one that no page has."""
    form = await request.form()
    texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    kind, revision = texts.get("kind"), texts.get("revision", "")
    return Typed(
        kind=next((known for known in get_args(DecisionKind) if known == kind), None),
        reasons=_text(texts.get("reasons", "")),
        materials=[value for value in form.getall("materials", []) if isinstance(value, str)],
        revision=int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else -1,
        step=texts.get("step", ""),
    )


async def read_answer(request: WebRequest, question: UUID) -> Typed:
    """The answer to one question as sent."""
    form = await request.form()
    given = form.get("text", "")
    return Typed(answers={str(question): _text(given) if isinstance(given, str) else ""})


def _text(given: str) -> str:
    # Browsers send CR LF; PostgreSQL takes no NUL.
    return given.replace("\r\n", "\n").replace("\x00", "")[:LONGEST]


def check(typed: Typed, seen: TaskPage) -> None:
    """Refuse what the verb would refuse, so that nobody confirms in vain. The verb asks all of it again.

    Raises ``ChoiceNeeded``, ``TaskFinished``, ``WrongState``, ``StalePage``, ``ReasonsNeeded``, ``MaterialsToName``.
    """
    decision = typed.decision()
    if seen.task.state == "done":
        raise TaskFinished()
    if decision.kind not in seen.decisions:
        raise WrongState()
    if decision.revision != seen.task.revision:
        raise StalePage()
    if len(decision.reasons.strip()) < LEAST_REASONS:
        raise ReasonsNeeded(field="reasons")
    known = {m.id for m in seen.page.materials}
    if decision.kind == "supplement" and not (decision.materials and set(decision.materials) <= known):
        raise MaterialsToName(field="materials")
