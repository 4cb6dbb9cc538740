"""Declared actions compiled once: for one subject a predicate, for a list the parameters of its filter.

Each noun hands its actions to ``declare`` when it is loaded; the checkpoint in ``tongban.parties.rules`` asks here.
Predicate and filter are made from one description, ``_reaching``, so that a list and a page can not drift apart.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from uuid import UUID

from msgspec import Struct

from tongban.parties.access.definitions import RELATIONS, Action, Relation, RelationName
from tongban.parties.access.errors import ActionUnfit
from tongban.parties.models import Actor, Post, Subject

Predicate = Callable[[Actor, Subject], bool]


class Scope(Struct, frozen=True):
    """What a list may show of one region.

    ``owners``: all matters of these; ``within``: of an owner those of one journey; ``departments``: those whose
    one department is among these; ``parts``: those in which one of these takes part; ``matters``: these alone;
    ``everywhere``: all of the region.
    """

    account: UUID
    region: str
    owners: tuple[UUID, ...] = ()
    within: tuple[tuple[UUID, str], ...] = ()
    departments: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    everywhere: bool = False
    matters: tuple[UUID, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing at all may be shown."""
        return not (self.owners or self.within or self.departments or self.parts or self.matters or self.everywhere)

    def shows(self, subject: Subject) -> bool:
        """What the filter of a list says of one subject: the same as its statement does with these parameters."""
        return subject.region == self.region and (
            self.everywhere
            or subject.owner in self.owners
            or (subject.owner, subject.service) in self.within
            or subject.department in self.departments
            or not set(subject.departments).isdisjoint(self.parts)
            or subject.matter in self.matters
        )


class Compiled(Struct, frozen=True):
    """An action ready to be asked: ``relations`` in the order declared, each with its predicate."""

    action: Action
    noun: str
    relations: tuple[tuple[RelationName, Predicate], ...]

    def allows(self, actor: Actor, subject: Subject) -> bool:
        """Whether ``actor`` stands in one of the relations to ``subject``."""
        return any(holds(actor, subject) for _, holds in self.relations)

    def scope(self, actor: Actor, region: str) -> Scope:
        """What ``actor`` may see in a list of ``region``."""
        owners: list[UUID] = []
        within: list[tuple[UUID, str]] = []
        found: dict[str, set[str]] = {"department": set(), "part": set()}
        everywhere = False
        matters: list[UUID] = []
        for name, _ in self.relations:
            relation = RELATIONS[name]
            if relation.reach == "own":
                whole, narrow = _owned(relation, actor)
                owners += whole
                within += narrow
            elif relation.reach == "matter":
                matters += [one.matter for one in actor.assisting if one.region == region]
            elif relation.reach in found:
                found[relation.reach] |= {post.department for post in _reaching(relation, actor, region)}
            else:
                everywhere = everywhere or bool(_reaching(relation, actor, region))
        departments, parts = (tuple(sorted(found[reach])) for reach in ("department", "part"))
        return Scope(
            actor.account, region, tuple(owners), tuple(within), departments, parts, everywhere, tuple(matters)
        )

    def voices(self, actor: Actor, subject: Subject) -> set[UUID]:
        """As whom ``actor`` speaks: themselves, and whom they stand in for without such a post of their own."""
        found = {actor.account, actor.person}
        for name, _ in self.relations:
            posts = _reaching(RELATIONS[name], actor, subject.region)
            if RELATIONS[name].reach == "department":
                posts = [post for post in posts if post.department == subject.department]
            lent = [post.substitute_for for post in posts if post.substitute_for is not None]
            found |= set(lent) if len(lent) == len(posts) else set()
        return found


def _owned(relation: Relation, actor: Actor) -> tuple[list[UUID], list[tuple[UUID, str]]]:
    """Whose matters are open to the actor: all of these, and of these those of one journey."""
    if relation.capacities:
        return [m.enterprise for m in actor.mandates if m.capacity in relation.capacities], []
    whole = [actor.account, *(hat.owner for hat in actor.hats if hat.services is None)]
    return whole, [(hat.owner, service) for hat in actor.hats for service in hat.services or ()]


def within(place: str, region: str) -> bool:
    """Whether ``region`` lies in ``place``: itself, or the city or province with that code (GB/T 2260)."""
    if place == region:
        return True
    stem = place[:2] if place.endswith("0000") else place[:4] if place.endswith("00") else place
    return len(stem) < len(place) and region.startswith(stem)


def _reaching(relation: Relation, actor: Actor, region: str) -> list[Post]:
    """The actor's posts that count for ``relation`` in ``region``."""
    held = [
        post
        for post in actor.posts
        if (not relation.roles or post.role in relation.roles) and (relation.lent or post.substitute_for is None)
    ]
    if relation.reach == "node":
        return held
    if relation.reach == "subtree":
        return [post for post in held if within(post.region, region)]
    return [post for post in held if post.region == region]


def predicate(relation: Relation) -> Predicate:
    """Whether an actor stands in ``relation`` to a subject."""
    if relation.reach == "own":
        if relation.capacities:
            return lambda actor, subject: any(
                m.enterprise == subject.owner and m.capacity in relation.capacities for m in actor.mandates
            )
        # An enterprise's matter is not its handler's own: whoever has no mandate any more has lost it.
        return lambda actor, subject: subject.owner is not None and actor.covers(subject.owner, subject.service)
    if relation.reach == "matter":
        return lambda actor, subject: actor.assists(subject.region, subject.matter) is not None
    if relation.reach == "department":
        return lambda actor, subject: (
            subject.department is not None
            and any(post.department == subject.department for post in _reaching(relation, actor, subject.region))
        )
    if relation.reach == "part":
        return lambda actor, subject: any(
            post.department in subject.departments for post in _reaching(relation, actor, subject.region)
        )
    return lambda actor, subject: bool(_reaching(relation, actor, subject.region))


_PREDICATES: Mapping[RelationName, Predicate] = {name: predicate(one) for name, one in RELATIONS.items()}
_declared: dict[str, Compiled] = {}
POLICY: Mapping[str, Compiled] = MappingProxyType(_declared)
"""Every declared action by name. What is not here nobody may do."""


def compile_action(noun: str, action: Action) -> Compiled:
    """``action`` ready to be asked. Raises ``ActionUnfit``."""
    if not action.relations:
        raise ActionUnfit(action=action.name, problem="it names no relation, so nobody could ever do it")
    if action.personal and action.purpose is None:
        raise ActionUnfit(action=action.name, problem="it reads personal data and says not for what")
    return Compiled(action, noun, tuple((name, _PREDICATES[name]) for name in action.relations))


def declare(noun: str, actions: Iterable[Action]) -> None:
    """Take up the actions of ``noun``. Raises ``ActionUnfit`` for one that another noun has declared."""
    for action in actions:
        standing = _declared.get(action.name)
        if standing is not None and (standing.noun, standing.action) != (noun, action):
            raise ActionUnfit(action=action.name, problem=f"“{standing.noun}” has declared it already")
        _declared[action.name] = compile_action(noun, action)


def owns(actor: Actor, subject: Subject) -> bool:
    """Whether the matter is the actor's own, or of an enterprise that the actor may act for now."""
    return _PREDICATES["owner"](actor, subject)
