"""What a noun declares about its actions, and how somebody may stand to a subject (frozen).

Read by every noun's ``permissions.py``; compiled by ``policy``. An action names relations, a relation names roles and
how far a post reaches. Who stands in none of an action's relations is refused.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from tongban.parties.models import Capacity, Role

Reach = Literal["own", "part", "department", "region", "subtree", "node", "matter"]
"""How far a relation looks.

``own``: the subject's owner is the actor or somebody whom the actor may act for in such a matter. ``part``: a post in
one of the departments that take part. ``department``: a post in the one department concerned. ``region``: a post in the
very region.
``subtree``: a post in the region, or in the city or province above it. ``node``: any post of this node.
``matter``: the one matter that the actor took in at a window today.
"""
RelationName = Literal[
    "owner",
    "represents",
    "governs",
    "takes_part",
    "decides",
    "heads",
    "directs",
    "verifies",
    "leads",
    "supervises",
    "administers",
    "provisions",
    "receives",
    "serves",
    "assists",
]
DECIDERS: tuple[Role, ...] = ("handler", "head")


class Relation(Struct, frozen=True):
    """One way to stand to a subject: by ownership, or by a post with one of ``roles`` that reaches as ``reach`` says.

    ``roles`` empty: any role. ``capacities``: only by an enterprise's mandate in one of these. ``lent``: a post
    counts too that is held only while somebody is on leave. ``zh`` and ``en`` complete the sentence “who may: …”.
    """

    reach: Reach
    roles: tuple[Role, ...]
    zh: str
    en: str
    lent: bool = True
    capacities: tuple[Capacity, ...] = ()


RELATIONS: Mapping[RelationName, Relation] = {
    "owner": Relation(
        "own", (), "办件本人（或现在可以代其办理的人）", "whose own it is, or who may act for them in it"
    ),
    "represents": Relation(
        "own", (), "企业的法定代表人", "the enterprise's legal representative", capacities=("legal-representative",)
    ),
    "governs": Relation(
        "own",
        (),
        "企业的法定代表人、管理员",
        "the enterprise's legal representative and administrators",
        capacities=("legal-representative", "administrator"),
    ),
    "takes_part": Relation("part", DECIDERS, "参与办理部门的经办人、负责人", "officials of departments taking part"),
    "decides": Relation("department", DECIDERS, "承办部门的经办人、负责人", "handlers and heads of the department"),
    "heads": Relation("department", ("head",), "承办部门的负责人", "heads of the department"),
    # People are governed by whoever heads a department themselves, never by a lent post.
    "directs": Relation("department", ("head",), "本部门负责人本人（代办无效）", "who heads it themselves", lent=False),
    "verifies": Relation(
        "department",
        (*DECIDERS, "supervisor"),
        "核验部门的工作人员",
        "officials and supervisors of the department",
    ),
    "leads": Relation("region", ("head",), "本区划任一部门的负责人", "heads of any department of the region"),
    "supervises": Relation(
        "subtree", ("supervisor",), "本区划或上级的效能监督人员", "supervisors of the region or of those above it"
    ),
    "administers": Relation("region", ("administrator",), "本区划的管理员", "administrators of the region"),
    "provisions": Relation("region", ("provisioner",), "同步组织人员的机构系统", "an institution's directory system"),
    "receives": Relation("department", ("clerk", "head"), "窗口人员、部门负责人", "clerks and heads of the department"),
    # What governments have is every official's to know, whichever region of the node they serve.
    "serves": Relation("node", (), "任何在岗工作人员", "any official in post"),
    "assists": Relation(
        "matter", (), "当天在窗口受理此事的工作人员", "the clerk who took this very matter in at a window today"
    ),
}


class Purpose(Struct, frozen=True):
    """For what an action reads personal data (Personal Information Protection Law, articles 6 and 34)."""

    zh: str
    en: str


class Action(Struct, frozen=True):
    """What may be done, by whom.

    ``name`` is ``<noun>.<verb>``; ``relations`` are alternatives, one suffices. ``purpose`` is needed where
    ``personal``: the action shows or changes what persons entrusted to the platform. ``apart_from`` names the action
    that the same person must not have done before on the same subject (separation of duties).
    """

    name: str
    relations: tuple[RelationName, ...]
    zh: str
    en: str
    personal: bool = False
    purpose: Purpose | None = None
    apart_from: str | None = None
