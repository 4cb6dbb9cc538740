"""Which grant covers and which answer is believed, over whatever may come: no database, no network."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.vault import Vault
from tongban.resources import rules
from tongban.resources.definitions import Resource, ResourceField
from tongban.resources.granting.compiled import Ask, Compiled, Denial, compile_grant, decide
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.models import Grant, LookUpRequest
from tongban.resources.provider import Found, Invalid, Missing, Unavailable

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KINDS = {"text": "text", "day": "date", "count": "integer", "valid": "boolean"}
RESOURCE = Resource(
    "health.birth-record",
    "出生记录",
    "health",
    [ResourceField("id_number", "身份号码", key=True)]
    + [ResourceField(name, name, kind) for name, kind in KINDS.items()],  # type: ignore[arg-type]
)
REQUEST = LookUpRequest(
    "330903",
    UUID(int=1),
    RESOURCE,
    "d-health",
    "d-health",
    "birth",
    {"id_number": "12X"},
    list(KINDS),
    "duty",
    b"key",
)
GRANT = Grant(
    "330903",
    UUID(int=2),
    "need",
    RESOURCE.id,
    "d-health",
    "purpose",
    "basis",
    list(KINDS),
    "birth",
    "birth",
    "1.0.0",
    NOW,
    NOW + timedelta(days=1),
)
FIELDS = {"text": "甲", "day": "2026-02-28", "count": 2, "valid": False}
KEYS = MaskKeys(Vault({"k": bytes(32)}, "k", bytes(32)))


def covering(grants: list[Grant], request: LookUpRequest, now: datetime) -> Grant | str:
    """The grant that the checkpoint chooses, or its reason for none."""
    ask = Ask(
        request.region, request.resource.id, request.consumer, None, request.journey, request.fields, request.match
    )
    found: Compiled | Denial = decide([compile_grant(grant, RESOURCE, KEYS) for grant in grants], ask, now)
    return found.reason if isinstance(found, Denial) else found.grant


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.integers())


@given(
    fields=st.dictionaries(st.sampled_from([*KINDS, "id_number", "unasked"]), anything | st.just("2026-02-28")),
    echo=st.dictionaries(st.just("id_number"), st.just("12X") | st.just("12x ") | anything),
)
def test_only_asked_fields_of_their_kind_and_of_the_same_record_are_believed(
    fields: dict[str, Any], echo: dict[str, Any]
) -> None:
    answer = rules.check_answer(REQUEST, Found(fields, echo))
    if isinstance(answer, Found):
        assert answer.fields and set(answer.fields) <= set(KINDS)
        assert str(echo["id_number"]).strip().upper() == "12X"
        kinds = {"text": str, "day": str, "count": int, "valid": bool}
        assert all(type(value) is kinds[name] for name, value in answer.fields.items())
    else:
        assert isinstance(answer, Invalid)


@pytest.mark.parametrize("answer", [Missing(), Unavailable("late"), Invalid("garbage")])
def test_what_is_no_record_stays_what_it_is(answer: Missing | Unavailable | Invalid) -> None:
    assert rules.check_answer(REQUEST, answer) is answer


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "\0"),
        ("text", "\ud800"),
        ("text", "x" * 2001),
        ("text", 1),
        ("day", "2026-02-30"),
        ("day", "20260228"),
        ("day", "昨天"),
        ("count", True),
        ("count", 2.0),
        ("count", 2**60),
        ("valid", 1),
        ("valid", "true"),
    ],
)
def test_one_value_of_another_kind_spoils_the_answer(name: str, value: object) -> None:
    good = Found(FIELDS, {"id_number": "12x"})
    assert rules.check_answer(REQUEST, good) == Found(FIELDS, {"id_number": "12X"})
    spoiled = rules.check_answer(REQUEST, Found({**FIELDS, name: value}, {"id_number": "12X"}))
    assert spoiled == Invalid(f"field {name} is not of its declared kind")


@pytest.mark.parametrize("echo", [{}, {"id_number": "13X"}, {"id_number": None}, {"id_number": 12}])
def test_another_persons_record_is_never_believed(echo: dict[str, Any]) -> None:
    assert isinstance(rules.check_answer(REQUEST, Found(FIELDS, echo)), Invalid)


def test_a_key_field_that_contradicts_the_echo_spoils_the_answer() -> None:
    lying = Found({**FIELDS, "id_number": "13X"}, {"id_number": "12X"})
    assert isinstance(rules.check_answer(REQUEST, lying), Invalid)


@given(
    granted=st.sets(st.sampled_from(list(KINDS))),
    asked=st.sets(st.sampled_from(list(KINDS)), min_size=1),
    hours=st.integers(-30, 30),
    revoked=st.booleans(),
)
def test_a_grant_covers_exactly_its_fields_in_its_time_until_it_is_revoked(
    granted: set[str], asked: set[str], hours: int, revoked: bool
) -> None:
    grant = msgspec.structs.replace(GRANT, fields=sorted(granted), revoked_at=NOW if revoked else None)
    request = msgspec.structs.replace(REQUEST, fields=sorted(asked))
    covered = covering([grant], request, NOW + timedelta(hours=hours)) is grant
    assert covered == (asked <= granted and 0 <= hours < 24 and not revoked)


def test_two_grants_do_not_add_up_but_one_good_grant_is_enough() -> None:
    first, second = (msgspec.structs.replace(GRANT, fields=part) for part in (["text", "day"], ["count", "valid"]))
    assert isinstance(covering([first, second], REQUEST, NOW), str)
    assert covering([first, GRANT, second], REQUEST, NOW) is GRANT


@pytest.mark.parametrize("change", [{"region": "330904"}, {"resource": "x"}, {"consumer": "x"}, {"journey": "x"}])
def test_a_grant_of_another_region_resource_consumer_or_journey_does_not_cover(change: dict[str, str]) -> None:
    assert covering([msgspec.structs.replace(GRANT, **change)], REQUEST, NOW) == "no grant"


def test_the_record_of_a_use_is_kept_for_three_years_and_more() -> None:
    assert rules.retain_until(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)).isoformat() >= "2029-03-02"
