"""The lawful paths that a journey may declare beside the plain one (frozen; parts of ``services.definitions.Journey``).

Commitment, tolerant acceptance, fast lane, joint visit and hand-over. What is not declared does not exist: no act
of a handler or an applicant opens a path that the pack leaves out. Texts are Simplified Chinese, translated like
every other text of a pack; rules are of the platform's one rule language.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

PathId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
StoppingCause = Literal["test", "inspection", "quarantine", "appraisal", "expert-review"]


class Commitment(Struct, frozen=True, forbid_unknown_fields=True):
    """A promise that replaces proof (告知承诺): signed with the application, believed at once, verified afterwards.

    ``tasks``: the tasks decided on it, on the day they start; ``materials``: what need not be brought by whoever
    signs; ``told``: what the law demands, as told before signing; ``text``: what is signed; ``consequence``: what
    a false promise brings; ``verify_days``: working days after the decision within which the task's department
    verifies; ``when``: who may choose it (a rule as of a task's guard, without decisions).
    Law: Regulation on Optimising the Business Environment (优化营商环境条例).
    """

    id: PathId
    name: str
    tasks: list[str]
    text: str
    consequence: str
    verify_days: int
    basis: str
    materials: list[str] = []
    told: list[str] = []
    when: str | None = None


class Tolerance(Struct, frozen=True, forbid_unknown_fields=True):
    """Acceptance with minor materials to follow (容缺受理). Which may follow, each material says (``tolerable``).

    ``days``: working days after acceptance within which they are supplied, never more than the promise;
    ``consequence``: what is told and signed; ``then`` what happens by itself when the day passes: ``decline`` the
    open tasks that need them, or ``terminate`` the case.
    """

    days: int
    consequence: str
    basis: str
    then: Literal["decline", "terminate"] = "terminate"


class FastLane(Struct, frozen=True, forbid_unknown_fields=True):
    """Priority handling (绿色通道) of applications for which ``rule`` holds when they are made; ``reason`` is shown.

    ``promise`` and ``acceptance`` replace the journey's working days, ``tasks`` those of single tasks; none may be
    longer than on the plain path. A task that is not named takes at most ``promise``.
    """

    rule: str
    reason: str
    promise: int
    acceptance: int | None = None
    tasks: dict[str, int] = {}
    basis: str | None = None


class Visit(Struct, frozen=True, forbid_unknown_fields=True):
    """One visit shared by the departments of ``tasks`` (一同勘验): each records its finding, the result is one.

    ``lead``: the department role that arranges it (the journey's lead if left out). ``within``: working days from
    the day of arranging to the day of the visit, at most. ``stops``: why the clock stands from the arrangement to
    the result, where the law lets it (with ``basis``); left out, the clock runs on. ``result``: what the
    combined document is called. ``when``: only cases for which the rule holds are visited.
    """

    id: PathId
    name: str
    tasks: list[str]
    within: int
    result: str
    lead: str | None = None
    when: str | None = None
    stops: StoppingCause | None = None
    basis: str | None = None
    prepare: list[str] = []


class HandOver(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the matter belongs, if not to the region in which it was applied for.

    ``to``: a dotted name (``form.household_region``) whose value is a division code of six or more digits; the
    lead department hands an application over to that region, if this node serves it.
    """

    to: str
    basis: str
