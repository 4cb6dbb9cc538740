"""Why somebody may or may not do something: every relation of the action, whether it holds, and which post would.

Pure. For administrators: the page ``/desk/access`` and ``tongban access why``.
"""

import difflib

from msgspec import Struct

from tongban.parties.access.definitions import RELATIONS, Action, Relation, RelationName
from tongban.parties.access.errors import ActionUnknown
from tongban.parties.access.policy import POLICY
from tongban.parties.models import Actor, Role, Subject

ROLES: dict[Role, tuple[str, str]] = {
    "handler": ("经办人", "handler"),
    "head": ("负责人", "head"),
    "clerk": ("工作人员", "clerk"),
    "administrator": ("管理员", "administrator"),
    "supervisor": ("效能监督", "supervisor"),
    "provisioner": ("组织同步系统", "provisioner"),
}


class Need(Struct, frozen=True):
    """One relation: whether it ``holds``, who stands in it (Chinese, English), and what is missing otherwise."""

    relation: RelationName
    holds: bool
    zh: str
    en: str
    missing_zh: str = ""
    missing_en: str = ""


class Explanation(Struct, frozen=True):
    """What the checkpoint answers and why. ``needs`` are alternatives: one that holds suffices."""

    action: Action
    noun: str
    allowed: bool
    needs: tuple[Need, ...]


def explain(actor: Actor, action: str, subject: Subject) -> Explanation:
    """Why ``actor`` may or may not do ``action`` to ``subject``. Raises ``ActionUnknown`` with similar names."""
    known = POLICY.get(action)
    if known is None:
        near = difflib.get_close_matches(action, POLICY, n=3, cutoff=0.3) or sorted(POLICY)[:3]
        raise ActionUnknown("action", action=action, near="、".join(near))
    needs = tuple(_need(name, holds(actor, subject), actor, subject) for name, holds in known.relations)
    return Explanation(known.action, known.noun, any(need.holds for need in needs), needs)


def _need(name: RelationName, holds: bool, actor: Actor, subject: Subject) -> Need:
    relation = RELATIONS[name]
    missing = ("", "") if holds else _missing(relation, actor, subject)
    return Need(name, holds, relation.zh, relation.en, *missing)


def _missing(relation: Relation, actor: Actor, subject: Subject) -> tuple[str, str]:
    if relation.reach == "own":
        if subject.owner is None:
            return "没有指明这是谁的事项", "nobody was named whose matter it is"
        if relation.capacities:
            return f"不是这家企业的{relation.zh.removeprefix('企业的')}", f"is not {relation.en}"
        return "事项属于别人，也没有现行的授权", "it is another's, and no mandate for it is in force"
    where = _where(relation, subject)
    if where is None:
        return "没有指明涉及哪个部门", "no department was named"
    zh, en = _roles(relation)
    lent = _only_lent(relation, actor, subject)
    return f"需要在{where[0]}担任{zh}{lent[0]}", f"needs a post as {en} in {where[1]}{lent[1]}"


def _where(relation: Relation, subject: Subject) -> tuple[str, str] | None:
    region = subject.region
    if relation.reach == "node":
        return "任一部门", "any department"
    if relation.reach == "region":
        return f"区划 {region} ", f"region {region}"
    if relation.reach == "subtree":
        return f"区划 {region} 或其上级", f"region {region} or one above it"
    places = [subject.department] if relation.reach == "department" else list(subject.departments)
    named = [place for place in places if place]
    if not named:
        return None
    return f"区划 {region} 的 {'、'.join(named)} ", f"{' or '.join(named)} of region {region}"


def _roles(relation: Relation) -> tuple[str, str]:
    zh = "或".join(ROLES[role][0] for role in relation.roles) or "任一岗位"
    return zh, " or ".join(ROLES[role][1] for role in relation.roles) or "anything"


def _only_lent(relation: Relation, actor: Actor, subject: Subject) -> tuple[str, str]:
    lent = any(
        post.substitute_for is not None and post.role in relation.roles and post.region == subject.region
        for post in actor.posts
    )
    return ("（代办的岗位不算）", " (a lent post does not count)") if lent and not relation.lent else ("", "")
