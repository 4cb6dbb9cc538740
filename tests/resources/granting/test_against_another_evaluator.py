"""The compiled checkpoint against an evaluator written on its own, over random grants, questions and records.

The other evaluator shares nothing with ours but the data: it walks over plain dictionaries, spells the row condition
out from its own structure, and masks by its own few lines.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.basics.vault import Vault
from tongban.resources.definitions import Resource, ResourceField
from tongban.resources.granting.compiled import Ask, Denial, compile_grant, decide
from tongban.resources.masks.definitions import Mask
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.models import Grant

KINDS = {"id": "text", "name": "text", "born": "date", "count": "integer", "valid": "boolean"}
RESOURCE = Resource(
    "r.one",
    "资源",
    "p",
    [ResourceField(name, name, kind, key=name == "id") for name, kind in KINDS.items()],  # type: ignore[arg-type]
)
KEYS = MaskKeys(Vault({"k": bytes(32)}, "k", bytes(32)))
T0 = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
LITERALS = {"count": ["0", "1", "2"], "name": ["'王芳'", "'李'"], "born": ["DATE '2000-01-01'"], "valid": ["TRUE"]}
VALUES: dict[str, list[Any]] = {
    "id": ["1", "2"],
    "name": ["王芳", "李", "", None],
    "born": ["2000-01-01", "1999-12-31", None],
    "count": [0, 1, 2, None],
    "valid": [True, False, None],
}

# A condition is (join, [(field, operator, literal), …]), so that the other side needs no parser.
term = st.sampled_from(sorted(LITERALS)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.sampled_from(["=", "<>", "<", ">="] if name in ("count", "born") else ["=", "<>"]),
        st.sampled_from(LITERALS[name]),
    )
)
conditions = st.none() | st.tuples(st.sampled_from(["AND", "OR"]), st.lists(term, min_size=1, max_size=3))
masks = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([Mask("keep"), Mask("hide"), Mask("partial", "name")]),
        "born": st.sampled_from([Mask("keep"), Mask("generalise", "year"), Mask("partial", "id")]),
        "count": st.sampled_from([Mask("hide")]),
    },
)
fields = st.lists(st.sampled_from([*KINDS, "unknown"]), unique=True)


@st.composite
def grants(draw: st.DrawFn) -> tuple[Grant, Any]:
    condition = draw(conditions)
    text = f" {condition[0]} ".join(" ".join(part) for part in condition[1]) if condition else None
    journey = draw(st.sampled_from([None, "birth"]))
    start = draw(st.integers(-2, 2))
    grant = Grant(
        draw(st.sampled_from(["330903", "330904"])), draw(st.uuids()), None, draw(st.sampled_from(["r.one", "r.two"])),
        draw(st.sampled_from(["d-a", "d-b"])), draw(st.sampled_from(["p1", "p2"])), "b", draw(fields), journey, None,
        None, T0 + dt.timedelta(days=start), T0 + dt.timedelta(days=start + draw(st.integers(1, 3))),
        draw(st.sampled_from([None, None, None, T0])), UUID(int=1), None, text, draw(masks), None, draw(st.booleans()),
    )  # fmt: skip
    return grant, condition


asks = st.builds(
    Ask,
    region=st.just("330903"),
    resource=st.just("r.one"),
    consumer=st.sampled_from(["d-a", "d-b"]),
    purpose=st.sampled_from([None, "p1", "p2"]),
    journey=st.sampled_from([None, "birth"]),
    fields=st.lists(st.sampled_from([*KINDS, "unknown"]), max_size=3),
    match=st.sampled_from([{"id": "1"}, {"id": "1"}, {"id": ""}, {}, {"name": "王芳"}]),
    many=st.booleans(),
)
records = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})


def other_holds(condition: Any, record: dict[str, Any]) -> bool:
    """SQL's WHERE: a comparison with nothing is neither; only a certain yes lets a row through."""
    answers: list[bool | None] = []
    for name, operator, literal in condition[1]:
        value = record[name]
        wanted = {"TRUE": True}.get(literal, int(literal) if literal.isdigit() else literal.split("'")[-2:][0])
        if value is None:
            answers.append(None)
        else:
            answers.append(
                {"=": value == wanted, "<>": value != wanted}[operator]
                if operator in ("=", "<>")
                else (value < wanted if operator == "<" else value >= wanted)
            )
    if condition[0] == "AND":
        return all(answer is True for answer in answers)
    return any(answer is True for answer in answers)


def other_mask(spec: Mask | None, value: Any) -> Any:
    if spec is None or spec.kind == "keep" or value is None:
        return value
    if spec.kind == "hide":
        return None
    return value[:4] if spec.form == "year" else (value[0] if len(value) > 1 else "") + "**"


def other(grant: Grant, condition: Any, ask: Ask, now: dt.datetime, record: dict[str, Any]) -> Any:
    """ "denied", None (no such row) or what leaves, from first principles."""
    same = grant.region == ask.region and grant.resource == ask.resource and grant.consumer == ask.consumer
    if not same or grant.journey != ask.journey or (ask.purpose or (grant.journey and grant.purpose)) != grant.purpose:
        return "denied"
    if grant.revoked_at or now < grant.valid_from or now >= grant.valid_until:
        return "denied"
    if ask.many and not grant.lists:
        return "denied"
    if not ask.fields or any(name not in grant.fields or name not in KINDS for name in ask.fields):
        return "denied"
    if any(key != "id" or not value for key, value in ask.match.items()) or (not ask.match and not ask.many):
        return "denied"
    if "born" in grant.masks and grant.masks["born"].kind == "partial":
        return "denied"  # a mask that can not be put on its field
    if condition and not other_holds(condition, record):
        return None
    return {name: other_mask(grant.masks.get(name), record[name]) for name in ask.fields}


@settings(max_examples=600, deadline=None)
@given(made=grants(), ask=asks, hours=st.integers(-60, 60), record=records)
def test_one_grant_gives_what_another_evaluator_gives(
    made: tuple[Grant, Any], ask: Ask, hours: int, record: dict[str, Any]
) -> None:
    now = T0 + dt.timedelta(hours=hours)
    found = decide([compile_grant(made[0], RESOURCE, KEYS)], ask, now)
    mine = "denied" if isinstance(found, Denial) else found.release(record)
    assert mine == other(made[0], made[1], ask, now, record)


@st.composite
def near(draw: st.DrawFn) -> tuple[Grant, Any, Ask]:
    """A question of which all but a little is granted: so that admissions are as common as refusals."""
    grant, condition = draw(grants())
    match = draw(st.sampled_from([{"id": "1"}] * 4 + [{"name": "王芳"}]))
    asked = draw(st.lists(st.sampled_from(grant.fields or ["id"]), min_size=1, max_size=3))
    ask = Ask(grant.region, grant.resource, grant.consumer, grant.purpose, grant.journey, asked, match, grant.lists)
    return grant, condition, ask


@settings(max_examples=600, deadline=None)
@given(made=near(), record=records)
def test_a_fitting_question_gives_what_another_evaluator_gives(
    made: tuple[Grant, Any, Ask], record: dict[str, Any]
) -> None:
    grant, condition, ask = made
    found = decide([compile_grant(grant, RESOURCE, KEYS)], ask, T0)
    if grant.resource != RESOURCE.id:
        return
    mine = "denied" if isinstance(found, Denial) else found.release(record)
    assert mine == other(grant, condition, ask, T0, record)


@settings(max_examples=200, deadline=None)
@given(made=st.lists(grants(), max_size=4), ask=asks, record=records)
def test_several_grants_never_add_up(made: list[tuple[Grant, Any]], ask: Ask, record: dict[str, Any]) -> None:
    found = decide([compile_grant(grant, RESOURCE, KEYS) for grant, _ in made], ask, T0)
    alone = [other(grant, condition, ask, T0, record) for grant, condition in made]
    mine = "denied" if isinstance(found, Denial) else found.release(record)
    admitting = [answer for answer in alone if answer != "denied"]
    assert mine == (admitting[0] if admitting else "denied")
