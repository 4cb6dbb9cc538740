"""What a case owes beyond its clock: reasons, steps, results. Pure; read from its tasks and dated events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tongban.cases.course import Standing, standing
from tongban.cases.models import INTAKE, PastEvent
from tongban.cases.oversight.models import Watched
from tongban.cases.rules import SETTLED
from tongban.services.catalogue import JourneyVersion

WITHOUT_DECISION = ("case.deemed_accepted",)
ADVERSE = ("case.refused", "case.terminated", "case.decision_revoked")
ENDED_WELL = ("granted", "partly")


def weight(text: str) -> int:
    """How much a reason can say at most: its different letters and digits, whatever stands between them."""
    return len({sign for sign in text if sign.isalnum()})


def adverse_reasons(events: Sequence[PastEvent]) -> dict[str, str]:
    """Task → reasons of what was decided against the applicant and still stands, an approval taken back included."""
    found: dict[str, str] = {}
    for event in events:
        task = event.task or INTAKE
        reasons = str(event.detail.get("reasons") or "")
        if event.kind in ADVERSE:
            found[task] = reasons
        elif event.kind == "task.decided":
            found.pop(task, None)
            if event.detail.get("decision") == "declined":
                found[task] = reasons
    return found


def skipped_steps(watched: Watched, version: JourneyVersion) -> frozenset[str]:
    """Tasks that the way of the case passed by: acceptance that came by silence, steps that something decided
    after them needed, steps left open in a case that ended well."""
    silent = any(event.kind in WITHOUT_DECISION for event in watched.events)
    state = {task.task: task.state for task in watched.tasks}
    ended = watched.state == "closed" and watched.outcome in ENDED_WELL
    needed = {
        before
        for task in version.journey.tasks
        if state.get(task.id) == "done"
        for before in task.after
        if state.get(before) not in SETTLED
    }
    left = {task for task, found in state.items() if ended and found in ("waiting", "ready")}
    return frozenset(needed | left | ({INTAKE} if silent else set()))


def missing_results(watched: Watched, version: JourneyVersion) -> frozenset[str]:
    """Approved tasks that issue a licence whose document nobody has: the newest ones, where a type comes twice."""
    missing: set[str] = set()
    produced: dict[str, list[str]] = {}
    approved = [(task.decided_at, task) for task in watched.tasks if task.decision == "approved" and task.decided_at]
    for _, task in sorted(approved, key=lambda one: (one[0], one[1].task)):
        definition = version.journey.task(task.task)
        if definition is not None and definition.produces is not None:
            produced.setdefault(definition.produces.licence, []).append(task.task)
    for licence, tasks in produced.items():
        missing |= set(tasks[watched.documents.get(licence, 0) :])
    return frozenset(missing)


@dataclass(frozen=True)
class Sight:
    """A case with what its events say, worked out once: it is judged for several days and many tasks."""

    watched: Watched
    version: JourneyVersion

    @cached_property
    def stops(self) -> tuple[Standing, ...]:
        """The suspensions that have not ended."""
        return standing(self.watched.events)

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """Task → reasons of the decisions against the applicant."""
        return adverse_reasons(self.watched.events)

    @cached_property
    def skipped(self) -> frozenset[str]:
        """The steps that were passed by."""
        return skipped_steps(self.watched, self.version)

    @cached_property
    def missing(self) -> frozenset[str]:
        """The tasks that were approved and have no result."""
        return missing_results(self.watched, self.version)
