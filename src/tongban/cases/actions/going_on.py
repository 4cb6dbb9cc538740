"""Let a case go on: steps begin when they may, licences are issued, the case closes when nothing is left.

Shared by decisions and by what the platform does when time has passed.
"""

from collections.abc import Mapping

from tongban.cases.actions.events import Event
from tongban.cases.actions.locked import LockedCase
from tongban.cases.actions.paths_taken import on_accepted
from tongban.cases.clock_of import due_of_case
from tongban.cases.finish import finish_code
from tongban.cases.models import INTAKE, Applicant, Task
from tongban.cases.rules import advance, outcome
from tongban.licences.actions import prepare_issue
from tongban.licences.models import Holder, PreparedLicence
from tongban.services.definitions import Produces


def begin(held: LockedCase, kind: str, detail: Mapping[str, object] | None = None) -> None:
    """Record how a case has just become accepted (``kind``), with the day it is due, and start its steps."""
    place, basis = len(held.events), "行政许可法 第三十二条"
    held.events.append(Event(kind, INTAKE, basis))
    on_accepted(held)
    go_on(held)
    due = due_of_case(held.clock())
    told = {**(detail or {}), "due_on": due.isoformat() if due else None}
    held.events[place] = Event(kind, INTAKE, basis, told)


def issue_licence(held: LockedCase, task: Task) -> list[PreparedLicence]:
    """The licence that approving ``task`` produces, prepared; it exists once the act is committed."""
    definition = held.version.journey.task(task.task)
    if definition is None or definition.produces is None:
        return []
    produces, kernel, region = definition.produces, held.kernel, held.case.region
    facts, applicant = held.facts(), held.dossier.applicant
    holder = Holder(
        name=str(facts.get(produces.holder_name) or held.case.applicant_name),
        id_number=str(facts.get(produces.holder_id or "") or applicant.id_number),
        kind="organisation" if _of_enterprise(produces, applicant) else "person",
    )
    kind = kernel.licence_types[produces.licence]
    issuer = kernel.directory.department_for(region, kind.issuer)
    data = {name: facts[source] for name, source in produces.data.items() if facts.get(source) is not None}
    prepared = prepare_issue(region, kind, holder, issuer, data, held.now, kernel.vault, held.case.id)
    held.issued.append(prepared)
    return [prepared]


def _of_enterprise(produces: Produces, applicant: Applicant) -> bool:
    """Whether the holder is the enterprise that applied: named so, or by default."""
    return applicant.kind == "enterprise" and produces.holder_id in (None, "applicant.uscc")


def go_on(held: LockedCase) -> None:
    """Start what may start now; close the case when nothing is left."""
    version, calendar = held.version, held.kernel.calendar
    held.put(advance(version, list(held.tasks.values()), held.facts(), held.now, calendar))
    result = outcome(version, list(held.tasks.values()))
    if result is None:
        return
    approved = [t for t in held.tasks.values() if t.decision == "approved"]
    produced = sum(1 for t in approved if (d := version.journey.task(t.task)) and d.produces)
    held.become(state="closed", outcome=result, finish_code=finish_code(result, produced), closed_at=held.now)
    held.events.append(Event("case.closed", None, None, {"outcome": result}))
