"""One validation for what people enter: everything wrong at once, in both languages, with its repair."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.basics import rules
from tongban.basics.codes.invented import invented_resident_id, invented_uscc
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Check, Choice, Field, Form, Journey, Limit, Step
from tongban.services.forms import coerce_form, form_schema, validate_form, validator

TODAY = dt.date(2026, 11, 22)
CONTEXT: dict[str, object] = {"today": TODAY, "applicant.sex": "female"}
PERSON = invented_resident_id("330103", dt.date(1990, 3, 4), 12)

FORM = Form(
    id="f",
    title="表",
    steps=[
        Step(
            id="one",
            title="一",
            fields=[
                Field(id="name", label="姓名", kind="text", format="name"),
                Field(id="id_number", label="身份证号码", kind="text", format="resident-id"),
                Field(id="born", label="出生日期", kind="date", format="past-date"),
                Field(id="weight", label="体重", kind="integer", min=300, max=8000),
                Field(id="price", label="金额", kind="decimal", min=0, required=False),
                Field(id="married", label="是否已婚", kind="boolean"),
                Field(id="spouse", label="配偶姓名", kind="text", format="name", when="form.married"),
                Field(
                    id="role",
                    label="您是",
                    kind="choice",
                    choices=[Choice(value="mother", label="母亲"), Choice(value="father", label="父亲")],
                ),
                Field(id="company", label="单位代码", kind="text", format="uscc", required=False),
                Field(id="phone", label="手机", kind="text", format="mobile", required=False),
                Field(id="region", label="区划", kind="text", format="region", required=False),
                Field(id="story", label="说明", kind="long-text", required=False, max=20),
            ],
        )
    ],
    checks=[
        Check(rule="form.role <> 'mother' OR applicant.sex = 'female'", otherwise="性别不符", field="role"),
        Check(rule="form.spouse <> form.name", otherwise="姓名相同", field="spouse"),
    ],
)
SCHEMA = rules.Schema(
    {
        "applicant.sex": rules.code(["male", "female"]),
        "form.married": rules.boolean(),
        "form.role": rules.code(["mother", "father"]),
        "form.spouse": rules.text(),
        "form.name": rules.text(),
    }
)
RULES = [rule for rule in (*(f.when for f in FORM.fields), *(c.rule for c in FORM.checks)) if rule]
VERSION = JourneyVersion(
    pack="p",
    version="1.0.0",
    journey=Journey(
        id="j", name="事", summary="", audience="person", lead="x", form="f", tasks=[],
        promise=Limit(days=1), statutory=Limit(days=1),
    ),
    form=FORM,
    items={},
    rules={rule: rules.compile(rule, SCHEMA) for rule in RULES},
    schema=form_schema(FORM),
    strings={"en": {"姓名": "Name", "性别不符": "The sex does not fit"}},
)  # fmt: skip
GOOD: dict[str, Any] = {
    "name": "王芳",
    "id_number": PERSON,
    "born": "2026-10-20",
    "weight": 3200,
    "married": False,
    "role": "mother",
}


def faults(**changes: Any) -> list[tuple[str, str]]:
    found = validate_form(VERSION, {**GOOD, **changes}, CONTEXT)
    return [(fault.field, fault.code) for fault in found.faults]


def test_a_good_form_has_no_faults_and_keeps_its_values() -> None:
    result = validate_form(VERSION, GOOD, CONTEXT)
    assert (result.values, result.faults) == (GOOD, ())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "<script>alert(1)</script>"}, [("name", "form.name")]),
        ({"name": "王" * 61}, [("name", "form.name")]),
        ({"name": "·"}, [("name", "form.name")]),
        ({"name": "   "}, [("name", "form.required")]),
        ({"name": 5}, [("name", "form.type")]),
        ({"id_number": PERSON[:-1] + ("1" if PERSON[-1] != "1" else "2")}, [("id_number", "form.resident-id")]),
        ({"id_number": invented_resident_id("330103", dt.date(2030, 1, 1), 1)}, [("id_number", "form.resident-id")]),
        ({"born": "2026-11-23"}, [("born", "form.past-date")]),
        ({"born": "2026-02-30"}, [("born", "form.past-date")]),
        ({"born": "yesterday"}, [("born", "form.past-date")]),
        ({"weight": 299}, [("weight", "form.too_small")]),
        ({"weight": 8001}, [("weight", "form.too_large")]),
        ({"weight": "heavy"}, [("weight", "form.type")]),
        ({"weight": 3.5}, [("weight", "form.type")]),
        ({"weight": True}, [("weight", "form.type")]),
        ({"price": -1}, [("price", "form.too_small")]),
        ({"married": None}, [("married", "form.required")]),
        ({"married": "maybe"}, [("married", "form.type")]),
        ({"married": True}, [("spouse", "form.required")]),
        ({"married": True, "spouse": "王芳"}, [("spouse", "form.check")]),
        ({"married": True, "spouse": "John O'Neil-Smith Jr."}, []),
        ({"role": "uncle"}, [("role", "form.choice")]),
        ({"role": ["mother"]}, [("role", "form.type")]),
        ({"company": "91330103TB00000000"}, [("company", "form.uscc")]),
        ({"company": invented_uscc("330103", 7)}, []),
        ({"phone": "12345"}, [("phone", "form.mobile")]),
        ({"region": "990103"}, [("region", "form.region")]),
        ({"story": "很" * 21}, [("story", "form.too_long")]),
        ({"story": "a\nb"}, []),
        ({"story": "a\x00b"}, [("story", "form.characters")]),
        ({"nobody_asked": 1}, [("nobody_asked", "form.unknown")]),
    ],
)  # fmt: skip
def test_each_fault_is_told_at_its_field(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(**changes) == expected


def test_everything_wrong_is_told_at_once_in_the_order_of_the_form() -> None:
    found = validate_form(VERSION, {"weight": 1, "role": "x", "bogus": 1}, CONTEXT)
    assert [fault.field for fault in found.faults] == [
        "name", "id_number", "born", "weight", "married", "role", "bogus",
    ]  # fmt: skip


def test_a_rule_over_the_whole_form_is_told_where_the_form_says() -> None:
    (fault,) = validate_form(VERSION, GOOD, {**CONTEXT, "applicant.sex": "male"}).faults
    assert (fault.field, fault.code, fault.zh, fault.en) == ("role", "form.check", "性别不符", "The sex does not fit")


def test_what_is_not_asked_is_dropped_even_when_sent() -> None:
    assert "spouse" not in validate_form(VERSION, {**GOOD, "spouse": "<b>"}, CONTEXT).values


def test_messages_name_the_field_in_the_readers_language() -> None:
    (fault,) = validate_form(VERSION, {**GOOD, "name": ""}, CONTEXT).faults
    assert (fault.zh, fault.en) == ("姓名：请填写。", "Name: please fill it in.")


def test_codes_come_back_in_their_canonical_spelling() -> None:
    spaced = f" {PERSON[:6]} {PERSON[6:14]} {PERSON[14:].lower()} "
    result = validate_form(VERSION, {**GOOD, "id_number": spaced, "phone": "+86 199-0000-2001"}, CONTEXT)
    assert (result.values["id_number"], result.values["phone"], result.faults) == (PERSON, "19900002001", ())


def test_texts_of_an_html_form_become_values() -> None:
    raw = {
        "name": " 王芳 ", "weight": "３２００", "price": "12.50", "married": "true", "born": "2026年1月5日",
        "story": "a\r\nb", "spouse": "", "csrf": "x",
    }  # fmt: skip
    assert coerce_form(FORM, raw) == {
        "name": "王芳", "weight": 3200, "price": 12.5, "married": True, "born": "2026-01-05", "story": "a\nb",
        "spouse": None,
    }  # fmt: skip


def test_what_cannot_become_a_value_stays_and_is_then_refused() -> None:
    raw = {"weight": "about 3 kg", "married": "perhaps", "price": "1" * 16, "born": "soon"}
    assert coerce_form(FORM, raw) == raw
    assert {field for field, _ in faults(**coerce_form(FORM, raw))} == set(raw)


def test_the_schema_is_the_published_kind_and_fetches_nothing() -> None:
    schema = form_schema(FORM)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["name", "id_number", "born", "weight", "married", "role"]
    assert schema["additionalProperties"] is False
    assert validator(VERSION) is validator(VERSION)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(values=st.dictionaries(st.sampled_from([f.id for f in FORM.fields]) | st.text(max_size=8), JSON, max_size=12))
def test_whatever_is_sent_is_answered_and_what_is_accepted_satisfies_the_schema(values: dict[str, Any]) -> None:
    result = validate_form(VERSION, values, CONTEXT)
    if not result.faults:
        assert validator(VERSION).is_valid(result.values)
    assert all(fault.zh and fault.en for fault in result.faults)
