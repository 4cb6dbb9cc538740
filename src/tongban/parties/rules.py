"""The one checkpoint: may this actor do this to that? Deny by default, an unknown action is refused.

What each action asks for is declared by the nouns (their ``permissions.py``) and compiled by ``access.policy``. Every
page, API call, list and file asks here; lists take their ``Scope`` from the same description.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from tongban.parties.access import trail
from tongban.parties.access.definitions import DECIDERS
from tongban.parties.access.policy import POLICY, Compiled, Scope, owns
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Subject

__all__ = [
    "ACTIONS",
    "DECIDERS",
    "Scope",
    "another",
    "desk_scope",
    "for_heads",
    "may",
    "owns",
    "require",
    "scope_of",
]
ACTIONS: Mapping[str, Compiled] = POLICY
"""Every action that somebody may do."""


def may(actor: Actor, action: str, subject: Subject) -> bool:
    """Whether ``actor`` may do ``action`` to ``subject``. An unknown action is refused."""
    known = POLICY.get(action)
    if known is not None and known.allows(actor, subject):
        return True
    trail.note(actor, action, subject, "relation" if known else "unknown-action")
    return False


def require(actor: Actor, action: str, subject: Subject) -> None:
    """Raise ``NotAllowed`` unless ``may``."""
    if not may(actor, action, subject):
        raise NotAllowed()


def _itself(who: UUID) -> object:
    return who


def another(
    actor: Actor, action: str, subject: Subject, *first: object, as_known: Callable[[UUID], object] = _itself
) -> bool:
    """Whether ``actor`` is another person than ``first``, who did what ``action`` is declared ``apart_from``.

    ``first``: accounts' or persons' ids, None where nobody has; or pseudonyms, which ``as_known`` makes of an id.
    Whoever stands in for somebody on leave speaks with that person's voice. False for an action that is declared apart
    from none: whoever asks expects a rule.
    """
    known = POLICY.get(action)
    voices = known.voices(actor, subject) if known is not None and known.action.apart_from else None
    if voices is not None and {as_known(voice) for voice in voices}.isdisjoint(one for one in first if one):
        return True
    trail.note(actor, action, subject, "second-person")
    return False


def for_heads(action: str) -> bool:
    """Whether ``action`` is a head's, and not any handler's."""
    known = POLICY.get(action)
    return known is not None and known.action.relations == ("heads",)


def scope_of(actor: Actor, action: str, region: str) -> Scope:
    """What a list of ``region`` may show to ``actor`` for ``action``. Raises ``NotAllowed`` when it is nothing."""
    known = POLICY.get(action)
    scope = known.scope(actor, region) if known else Scope(actor.account, region)
    if scope.empty:
        trail.note(actor, action, Subject(region=region), "relation" if known else "unknown-action")
        raise NotAllowed()
    return scope


def desk_scope(actor: Actor, region: str) -> Scope:
    """The departments whose tasks ``actor`` may see in ``region``. Raises ``NotAllowed`` when there is none."""
    scope = scope_of(actor, "task.read", region)
    return Scope(scope.account, region, departments=scope.parts)
