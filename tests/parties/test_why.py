"""Why not: an administrator is told which relation failed and which post would allow it."""

from uuid import uuid4

import pytest
from tests.world import REGION

import tongban.assembly.platform  # noqa: F401  every action is declared
from tongban.parties.access.errors import ActionUnknown
from tongban.parties.access.why import explain
from tongban.parties.models import Actor, Post, Subject

POLICE = Subject(REGION, owner=uuid4(), department="police", departments=("police",))


def official(*posts: Post) -> Actor:
    """An official with these posts."""
    return Actor(uuid4(), "chenjing", uuid4(), "陈静", b"", b"", posts=posts)


def test_another_departments_handler_is_told_which_post_would_do() -> None:
    found = explain(official(Post(REGION, "market", "handler")), "task.decide", POLICE)
    assert not found.allowed
    (need,) = found.needs
    assert (need.relation, need.holds) == ("decides", False)
    assert "police" in need.missing_zh and "经办人" in need.missing_zh and REGION in need.missing_zh
    assert need.missing_en == f"needs a post as handler or head in police of region {REGION}"


def test_whoever_may_is_told_by_which_relation() -> None:
    found = explain(official(Post(REGION, "police", "head")), "case.read", POLICE)
    assert found.allowed
    assert {need.relation: need.holds for need in found.needs} == {"owner": False, "takes_part": True}


def test_what_was_not_said_is_asked_for_instead_of_guessed() -> None:
    found = explain(official(), "case.read", Subject(REGION))
    missing = {need.relation: need.missing_en for need in found.needs}
    assert missing == {"owner": "nobody was named whose matter it is", "takes_part": "no department was named"}


def test_a_lent_post_that_does_not_count_is_said_to() -> None:
    lent = official(Post(REGION, "police", "head", substitute_for=uuid4()))
    found = {need.relation: need for need in explain(lent, "leave.set", POLICE).needs}
    assert not found["directs"].holds and "lent post does not count" in found["directs"].missing_en


def test_an_action_typed_wrong_is_refused_with_similar_ones() -> None:
    with pytest.raises(ActionUnknown, match=r"task\.decide"):
        explain(official(), "task.decid", POLICE)
