"""What a pack declares about oversight: watches, how their tickets are worked off, when lights change. Frozen.

Filled by ``assembly`` from ``watches/*.yaml``, ``tickets.yaml`` and ``lights.yaml``.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Severity = Literal["notice", "warning", "severe"]
"""Worth a note; to be mended; to be mended by the head of the department."""


class Watch(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that finds abnormal cases, and the ticket that each find becomes.

    ``rule`` reads the names of ``oversight.names``; one that names a ``task.*`` is asked of every task and its
    ticket goes to the task's department, any other is asked of the case as a whole and goes to the department
    that leads it. ``about`` other than ``case``: the rule reads ``oversight.use_names``; about ``exchange`` the
    ticket goes to the department whose officer or system asked, about ``objection`` to the one that asked or, where
    data are said to be wrong, that provided; about ``rights`` to the role ``answers``. ``verifier``: the role that
    verifies, if not the tickets' own. ``at_once``: what a person asks for is done without anybody's confirmation;
    ``appeal`` says what who was refused can do (both about ``rights`` only).
    ``lead``: the leading department in any case. ``days``: working days to answer. ``text`` says what is wrong and
    what to do; ``basis`` the article or local rule. ``journeys``: only these, all when empty.
    """

    id: Name
    title: str
    rule: str
    text: str
    basis: str
    severity: Severity = "warning"
    days: int = 3
    lead: bool = False
    journeys: list[str] = []
    about: Literal["case", "exchange", "objection", "rights"] = "case"
    verifier: str | None = None
    answers: str | None = None
    at_once: bool = False
    appeal: str = ""


class TicketStep(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a ticket: what it is called, in how many working days (a watch may say otherwise)."""

    name: str
    help: str = ""
    days: int = 3


class TicketJourney(Struct, frozen=True, forbid_unknown_fields=True):
    """The way of a ticket: the department concerned corrects or explains, ``verifier`` (a role) verifies."""

    id: Name
    name: str
    verifier: str
    correct: TicketStep
    verify: TicketStep
    basis: str = ""


class Threshold(Struct, frozen=True, forbid_unknown_fields=True):
    """From when on a light shows: with at most ``days`` working days left, or ``share`` per cent of the limit;
    where both are given, whichever is earlier."""

    days: int | None = None
    share: int | None = None

    def of(self, limit: int) -> int:
        """The working days left at which it shows, for a limit of ``limit`` working days."""
        return max(self.days or 0, limit * (self.share or 0) // 100)


class LightRule(Struct, frozen=True, forbid_unknown_fields=True):
    """When lights change, as one region decides. The most specific rule counts: task, item, journey, none.

    ``region``: a division code or the first digits of one; None is everywhere. ``level``: for tasks, for cases,
    or both. ``red`` without value: when the due day has passed.
    """

    yellow: Threshold
    red: Threshold | None = None
    region: str | None = None
    level: Literal["task", "case"] | None = None
    journey: str | None = None
    item: str | None = None
    task: str | None = None
    basis: str = ""
