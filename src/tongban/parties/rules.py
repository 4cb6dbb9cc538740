"""The one checkpoint: may this actor do this to that? Pure, deny by default.

Each action names the relation it needs. Every page, API call, list and file asks here; lists use
``Scope`` so that the filter of a list and the checkpoint of a page can not drift apart.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from msgspec import Struct

from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Role, Subject

Relation = Callable[[Actor, Subject], bool]
DECIDERS: tuple[Role, ...] = ("handler", "head")


def _owns(actor: Actor, subject: Subject) -> bool:
    # An enterprise's matter is not its handler's own: whoever has no mandate any more has lost it.
    return subject.owner is not None and subject.owner in actor.owners


def _decides(actor: Actor, subject: Subject) -> bool:
    return subject.department is not None and subject.department in actor.departments(subject.region, *DECIDERS)


def _heads(actor: Actor, subject: Subject) -> bool:
    return subject.department is not None and subject.department in actor.departments(subject.region, "head")


def _takes_part(actor: Actor, subject: Subject) -> bool:
    return bool(set(subject.departments) & set(actor.departments(subject.region, *DECIDERS)))


def _supervises(actor: Actor, subject: Subject) -> bool:
    return any(p.role == "supervisor" and p.region == subject.region for p in actor.posts)


def _verifies(actor: Actor, subject: Subject) -> bool:
    return subject.department is not None and subject.department in actor.departments(
        subject.region, *DECIDERS, "supervisor"
    )


def _leads(actor: Actor, subject: Subject) -> bool:
    return any(p.role == "head" and p.region == subject.region for p in actor.posts)


def _administers(actor: Actor, subject: Subject) -> bool:
    return any(p.role == "administrator" and p.region == subject.region for p in actor.posts)


def _directs(actor: Actor, subject: Subject) -> bool:
    # People are governed by whoever heads a department themselves, never by a lent post.
    return any(
        (p.region, p.department, p.role) == (subject.region, subject.department, "head") and p.substitute_for is None
        for p in actor.posts
    )


def _provisions(actor: Actor, subject: Subject) -> bool:
    # An institution's system; no person ever holds this.
    return any(p.role == "provisioner" and p.region == subject.region for p in actor.posts)


def _serves(actor: Actor, subject: Subject) -> bool:
    # What governments have is every official's to know, whichever region of the node they serve.
    return actor.official


ACTIONS: Mapping[str, tuple[Relation, ...]] = {
    "draft.read": (_owns,),
    "draft.change": (_owns,),
    "draft.submit": (_owns,),
    "case.read": (_owns, _takes_part),
    "case.edit": (_owns,),
    "case.withdraw": (_owns,),
    "case.ask": (_owns,),
    "case.answer": (_takes_part,),
    "case.suspend": (_decides,),
    "case.resume": (_decides,),
    "case.ask_extension": (_decides,),
    "case.extend": (_heads,),
    "case.refuse_extension": (_heads,),
    "case.tell_hearing": (_decides,),
    "case.request_hearing": (_owns,),
    "case.hold_hearing": (_decides,),
    "case.transfer": (_decides,),
    "case.transfer_level": (_heads,),
    "case.terminate": (_heads,),
    "case.delete": (_heads,),
    "case.refer": (_heads,),
    "case.deliver": (_decides,),
    "case.arrange_visit": (_decides,),
    "case.record_finding": (_decides,),
    "case.verify_commitment": (_decides,),
    "case.break_commitment": (_heads,),
    "case.repair_commitment": (_heads,),
    "case.supply": (_owns,),
    "case.hand_over": (_decides,),
    "case.correct_decision": (_heads,),
    "case.revoke_decision": (_heads,),
    "case.urge": (_heads, _supervises),
    "urging.answer": (_decides,),
    "clock.read": (_takes_part, _supervises),
    "ticket.read": (_takes_part, _supervises),
    "ticket.answer": (_decides,),
    "ticket.answer_severe": (_heads,),
    "ticket.verify": (_verifies,),
    "league.read": (_leads, _supervises),
    "measures.read": (_leads, _supervises),
    "region.supervise": (_supervises,),
    "task.read": (_takes_part,),
    "task.decide": (_decides,),
    "file.read": (_owns, _takes_part),
    "receipt.read": (_owns, _takes_part),
    "licence.read": (_owns,),
    "time.move": (_administers,),
    "calendar.propose": (_administers,),
    "calendar.approve": (_administers,),
    "basket.read": (_takes_part, _supervises),
    "basket.change": (_decides,),
    "sharing.read": (_takes_part, _supervises),
    "sharing.answer": (_decides,),
    "sharing.approve": (_heads,),
    "grant.read": (_takes_part, _supervises, _administers),
    "grant.change": (_decides,),
    "token.open": (_heads,),
    "theme.end": (_heads, _administers),
    "catalogue.read": (_serves,),
    "catalogue.edit": (_decides,),
    "catalogue.publish": (_administers,),
    "project.propose": (_decides,),
    "project.read": (_decides, _administers),
    "project.approve": (_administers,),
    "directory.read": (_serves,),
    "directory.export": (_administers,),
    "directory.provision": (_provisions,),
    "unit.change": (_administers, _provisions),
    "staff.register": (_administers, _provisions),
    "staff.leave": (_administers, _provisions, _directs),
    "post.give": (_administers, _provisions, _directs),
    "post.govern": (_administers,),
    "leave.set": (_administers, _directs),
}


def may(actor: Actor, action: str, subject: Subject) -> bool:
    """Whether ``actor`` may do ``action`` to ``subject``. An unknown action is refused."""
    return any(relation(actor, subject) for relation in ACTIONS.get(action, ()))


def owns(actor: Actor, subject: Subject) -> bool:
    """Whether the matter is the actor's own, or of an enterprise that the actor may act for now."""
    return _owns(actor, subject)


def for_heads(action: str) -> bool:
    """Whether ``action`` is a head's, and not any handler's."""
    return ACTIONS.get(action) == (_heads,)


def require(actor: Actor, action: str, subject: Subject) -> None:
    """Raise ``NotAllowed`` unless ``may``."""
    if not may(actor, action, subject):
        raise NotAllowed()


class Scope(Struct, frozen=True):
    """What a list may show: own matters, or tasks of these departments of one region."""

    account: UUID
    region: str | None = None
    departments: tuple[str, ...] = ()


def desk_scope(actor: Actor, region: str) -> Scope:
    """The departments whose tasks ``actor`` may see in ``region``. Raises ``NotAllowed`` when there is none."""
    departments = tuple(sorted(set(actor.departments(region, *DECIDERS))))
    if not departments:
        raise NotAllowed()
    return Scope(account=actor.account, region=region, departments=departments)
