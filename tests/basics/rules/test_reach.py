"""Conditions that can never hold are found; conditions that can are never called dead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_cast import SCHEMA
from rule_expressions import SCHEMA as RANDOM_SCHEMA
from rule_expressions import booleans, records

from tongban.basics import rules

NEVER = [
    "FALSE",
    "NULL",
    "1 = 2",
    "applicant.kind = 'person' AND applicant.kind = 'enterprise'",
    "applicant.kind NOT IN ('person', 'enterprise')",
    "applicant.kind LIKE 'x%'",
    "form.child_count > 5 AND form.child_count < 3",
    "form.child_count > 5 AND form.child_count < 6",
    "form.area > 5 AND form.area BETWEEN 1 AND 5",
    "form.birth_date > DATE '2026-01-01' AND form.birth_date < DATE '2026-01-02'",
    "applicant.region LIKE '33%' AND applicant.region LIKE '11%'",
    "starts_with(applicant.region, '33') AND applicant.region IN ('110000', '120000')",
    "form.claims_reimbursement AND NOT form.claims_reimbursement",
    "form.claims_reimbursement AND form.claims_reimbursement IS NULL",
    "form.claims_reimbursement = FALSE AND COALESCE(form.claims_reimbursement, FALSE)",
    "form.child_count <> form.child_count",
    "form.child_count IS NULL AND form.child_count = 1",
    "age_years(form.birth_date, today) < 1 AND age_years(form.birth_date, today) >= 18",
    "(form.area > 9 OR form.claims_reimbursement) AND form.area < 9 AND NOT form.claims_reimbursement",
    "TRUE AND (form.area > 1 AND form.area < 1 OR form.child_count > 2 AND form.child_count < 3)",
    " AND ".join(f"form.area <> {n}" for n in range(60)) + " AND form.child_count > 2 AND form.child_count < 2",
    " AND ".join(f"form.area <> form.child_count + {n}" for n in range(9)) + " AND form.area = 2 AND form.area = 3",
]
PERHAPS = [
    "TRUE",
    "form.child_count > 5 AND form.child_count < 7",
    "form.area > 5 AND form.area < 6",
    "form.area > 0.1 AND form.area < 0.1000000000000000000000000000000000001",
    "applicant.region LIKE '33%' AND applicant.region LIKE '3301%' AND applicant.region <> '3301'",
    "applicant.region LIKE '%33%' AND applicant.region NOT LIKE '33%'",
    "applicant.kind <> 'person'",
    "form.claims_reimbursement IS NULL",
    "form.birth_date > today AND form.birth_date < DATE '0001-01-02'",
    "applicant.kind = 'person' AND (form.child_count < 1 OR form.child_count > 1)",
]


@pytest.mark.parametrize("source", NEVER)
def test_a_condition_that_can_never_hold_is_found(source: str) -> None:
    assert rules.always_false(rules.compile(source, SCHEMA)) is True


@pytest.mark.parametrize("source", PERHAPS)
def test_a_condition_that_can_hold_is_left_alone(source: str) -> None:
    assert rules.always_false(rules.compile(source, SCHEMA)) is False


def test_two_conditions_that_exclude_each_other_are_found() -> None:
    person = rules.compile("applicant.kind = 'person' AND form.area > 3", SCHEMA)
    enterprise = rules.compile("applicant.kind = 'enterprise' OR form.area < 2", SCHEMA)
    large = rules.compile("form.area > 100", SCHEMA)
    assert rules.never_together(person, enterprise) is True
    assert rules.never_together(person, large) is False


@settings(max_examples=300, deadline=None)
@given(booleans(), st.lists(records(), min_size=1, max_size=8))
def test_no_rule_that_holds_for_some_record_is_called_dead(source: str, found: list[dict[str, object]]) -> None:
    rule = rules.compile(source, RANDOM_SCHEMA)
    if any(rule.evaluate(record) is True for record in found):
        assert rules.always_false(rule) is False
        assert rules.never_together(rule, rules.compile("TRUE", RANDOM_SCHEMA)) is False
