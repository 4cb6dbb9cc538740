"""Actions as data: what is declared, what a list may show, and the same answer from a reader written apart.

``expected`` below decides by words of its own and never asks the policy how.
"""

import datetime as dt
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.world import REGION

import tongban.assembly.platform  # noqa: F401  every noun is loaded, so every action is declared
from tongban.parties.access import trail
from tongban.parties.access.definitions import RELATIONS, Action, Purpose
from tongban.parties.access.errors import ActionUnfit
from tongban.parties.access.policy import compile_action, declare, within
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Assistance, Capacity, Mandate, Post, Representation, Role, Subject
from tongban.parties.rules import ACTIONS, another, may, require, scope_of

PLACES = ["330103", "330104", "330100", "330000", "320102"]
DEPARTMENTS = ["health", "police", "market"]
ROLES: list[Role] = ["handler", "head", "clerk", "administrator", "supervisor", "provisioner"]
OWNERS = [UUID(int=n) for n in range(1, 4)]
posts = st.builds(
    Post,
    st.sampled_from(PLACES),
    st.sampled_from(DEPARTMENTS),
    st.sampled_from(ROLES),
    st.none() | st.just(UUID(int=7)),
)
SERVICES = ["restaurant", "birth"]
services = st.none() | st.lists(st.sampled_from(SERVICES), min_size=1, max_size=2).map(tuple)
CAPACITIES: list[Capacity] = ["legal-representative", "administrator", "handler"]
mandates = st.builds(
    Mandate,
    st.sampled_from(OWNERS[1:]),
    st.just("企业"),
    st.just(b"k"),
    st.sampled_from(CAPACITIES),
    services=services,
)
represented = st.builds(
    Representation, st.sampled_from(OWNERS[1:]), st.just("某人"), st.just(b"p"), st.just("agent"), services=services
)
MATTERS = [UUID(int=n) for n in range(20, 22)]
assisting = st.builds(
    Assistance, st.sampled_from(PLACES[:2]), st.sampled_from(MATTERS), st.just("hall"), st.just(UUID(int=30)),
    st.just("某人"), st.just("birth"), st.just(dt.datetime(2026, 11, 24, tzinfo=dt.UTC)),
)  # fmt: skip
actors = st.builds(
    Actor,
    account=st.sampled_from(OWNERS),
    login=st.just("x"),
    person=st.just(UUID(int=9)),
    name=st.just("x"),
    id_key=st.just(b""),
    sealed=st.just(b""),
    posts=st.lists(posts, max_size=3).map(tuple),
    mandates=st.lists(mandates, max_size=2).map(tuple),
    represented=st.lists(represented, max_size=2).map(tuple),
    assisting=st.lists(assisting, max_size=2).map(tuple),
)
subjects = st.builds(
    Subject,
    region=st.sampled_from(PLACES[:2]),
    owner=st.none() | st.sampled_from(OWNERS),
    department=st.none() | st.sampled_from(DEPARTMENTS),
    departments=st.lists(st.sampled_from(DEPARTMENTS), max_size=2).map(tuple),
    service=st.none() | st.sampled_from(SERVICES),
    matter=st.none() | st.sampled_from(MATTERS),
)


def expected(relation: str, actor: Actor, subject: Subject) -> bool:
    """One relation, judged apart from the policy."""

    def holding(department: str, *roles: str) -> bool:
        return any((p.region, p.department) == (subject.region, department) and p.role in roles for p in actor.posts)

    if relation in ("represents", "governs"):
        held = {m.capacity for m in actor.mandates if m.enterprise == subject.owner}
        return bool(held & ({"legal-representative"} | ({"administrator"} if relation == "governs" else set())))
    if relation == "owner":
        covering = {m.enterprise for m in actor.mandates if m.services is None or subject.service in m.services}
        covering |= {r.account for r in actor.represented if r.services is None or subject.service in r.services}
        return subject.owner in {actor.account} | covering
    if relation == "takes_part":
        return any(holding(one, "handler", "head") for one in subject.departments)
    if relation in ("decides", "heads", "verifies", "receives"):
        roles = {"decides": ("handler", "head"), "heads": ("head",), "verifies": ("handler", "head", "supervisor")}
        roles["receives"] = ("clerk", "head")
        return subject.department is not None and holding(subject.department, *roles[relation])
    if relation == "supervises":
        above = {subject.region, subject.region[:4] + "00", subject.region[:2] + "0000"}
        return any(p.role == "supervisor" and p.region in above for p in actor.posts)
    if relation == "assists":
        return any((a.region, a.matter) == (subject.region, subject.matter) for a in actor.assisting)
    if relation == "serves":
        return len(actor.posts) > 0
    if relation == "directs":
        own = [p for p in actor.posts if p.substitute_for is None and p.role == "head"]
        return any((p.region, p.department) == (subject.region, subject.department) for p in own)
    role = {"leads": "head", "administers": "administrator", "provisions": "provisioner"}[relation]
    return any(p.role == role and p.region == subject.region for p in actor.posts)


def somebody(*held: Post, account: UUID | None = None) -> Actor:
    """Anybody with these posts."""
    return Actor(account or uuid4(), "x", uuid4(), "x", b"", b"", posts=held)


@settings(max_examples=150, deadline=None)
@given(actors, subjects)
def test_checkpoint_and_list_filter_say_what_a_reader_written_apart_says(actor: Actor, subject: Subject) -> None:
    for name, compiled in ACTIONS.items():
        right = any(expected(relation, actor, subject) for relation in compiled.action.relations)
        assert may(actor, name, subject) is right, name
        assert compiled.scope(actor, subject.region).shows(subject) is right, name


def test_every_action_says_what_it_is_in_two_languages_and_names_known_relations() -> None:
    assert len(ACTIONS) > 60
    for name, compiled in ACTIONS.items():
        action = compiled.action
        assert action.zh and action.en and action.zh != action.en, name
        assert set(action.relations) <= RELATIONS.keys()
        assert action.apart_from is None or action.apart_from in ACTIONS, name


def test_an_action_that_nobody_declared_is_refused_to_everybody() -> None:
    for role in ROLES:
        official = somebody(Post(REGION, "health", role))
        assert not may(official, "anything.else", Subject(REGION, official.account, "health", ("health",)))
        with pytest.raises(NotAllowed):
            scope_of(official, "anything.else", REGION)


@pytest.mark.parametrize(
    "action",
    [
        Action("new.act", (), "新", "new"),
        Action("new.act", ("owner",), "新", "new", personal=True),
    ],
    ids=["no relation", "no purpose"],
)
def test_an_action_declared_badly_is_refused_when_the_program_starts(action: Action) -> None:
    with pytest.raises(ActionUnfit, match=r"new\.act"):
        compile_action("tests", action)


def test_no_noun_redeclares_what_another_has_declared() -> None:
    with pytest.raises(ActionUnfit, match="cases"):
        declare("tests", [Action("task.decide", ("serves",), "办", "decide", True, Purpose("无", "none"))])
    assert not may(somebody(Post(REGION, "market", "clerk")), "task.decide", Subject(REGION, department="police"))


@pytest.mark.parametrize(
    ("place", "region", "is_within"),
    [
        ("330103", "330103", True),
        ("330100", "330103", True),
        ("330000", "330103", True),
        ("330100", "330200", False),
        ("330103", "330100", False),
        ("320000", "330103", False),
    ],
)
def test_a_region_lies_within_its_city_and_its_province(place: str, region: str, is_within: bool) -> None:
    assert within(place, region) is is_within


def test_a_citys_supervisor_sees_its_districts_and_its_administrator_does_not_govern_theirs() -> None:
    supervisor, administrator = (somebody(Post("330100", "office", role)) for role in ("supervisor", "administrator"))
    assert may(supervisor, "clock.read", Subject(REGION))
    assert not may(supervisor, "clock.read", Subject("320102"))
    assert not may(administrator, "catalogue.publish", Subject(REGION))


SEPARATED = {
    "case.extend": "case.ask_extension",
    "calendar.approve": "calendar.propose",
    "project.approve": "project.propose",
    "sharing.approve": "sharing.answer",
    "ticket.verify": "ticket.answer",
}


def test_what_one_person_may_not_do_twice_is_declared() -> None:
    declared = {name: one.action.apart_from for name, one in ACTIONS.items() if one.action.apart_from}
    assert declared.items() >= SEPARATED.items()


@pytest.mark.parametrize("action", sorted(SEPARATED))
def test_the_second_person_is_another_by_account_by_person_and_by_pseudonym(action: str) -> None:
    head, subject = somebody(Post(REGION, "health", "head")), Subject(REGION, department="health")
    assert another(head, action, subject, uuid4())
    assert another(head, action, subject, None)
    assert not another(head, action, subject, head.account)
    assert not another(head, action, subject, head.person)
    assert not another(head, action, subject, f"pseudonym of {head.person}", as_known=lambda who: f"pseudonym of {who}")


def test_a_substitute_speaks_with_the_voice_of_whom_they_stand_in_for() -> None:
    absent, subject = uuid4(), Subject(REGION, department="health")
    lent = Post(REGION, "health", "head", substitute_for=absent)
    assert not another(somebody(lent), "case.extend", subject, absent)
    assert another(somebody(lent, Post(REGION, "health", "head")), "case.extend", subject, absent)
    assert another(somebody(lent), "case.extend", Subject(REGION, department="police"), absent)


def test_asking_for_a_second_person_where_none_is_declared_refuses() -> None:
    assert not another(somebody(), "case.withdraw", Subject(REGION), uuid4())


def test_refusals_are_remembered_only_while_a_request_listens() -> None:
    stranger, subject = somebody(Post(REGION, "market", "handler")), Subject(REGION, uuid4(), "police", ("police",))
    assert not may(stranger, "task.decide", subject)
    with trail.listening() as found:
        assert not may(stranger, "task.decide", subject)
        assert may(stranger, "catalogue.read", subject)
        with pytest.raises(NotAllowed):
            require(stranger, "anything.else", subject)
    assert [(one.action, one.reason) for one in found] == [
        ("task.decide", "relation"),
        ("anything.else", "unknown-action"),
    ]
