"""What is not a rule is refused, with every fault, its place and its repair."""

import pytest
from rule_cast import SCHEMA

from tongban.basics import rules

HOSTILE = [
    ("a; drop table x", "rule.several", 1, 2),
    ("form.claims_reimbursement;", "rule.several", 1, 26),
    ("(SELECT TRUE)", "rule.construct", 1, 1),
    ("EXISTS(SELECT 1)", "rule.construct", 1, 15),
    ("form.child_count IN (SELECT 1)", "rule.construct", 1, 1),
    ("DELETE FROM x", "rule.construct", 1, 13),
    ("form.claims_reimbursement LIMIT 1", "rule.syntax", 1, 27),
    ("pg_sleep(form.child_count) = 1", "rule.unknown_function", 1, 1),
    ("lenght(applicant.region) = 1", "rule.unknown_function", 1, 1),
    ("char_length(applicant.region) = 1", "rule.unknown_function", 1, 1),
    ("form.child_count > ALL(form.choices)", "rule.unknown_function", 1, 20),
    ("row_number() OVER () > 1", "rule.construct", 1, 1),
    ("length(DISTINCT applicant.region) > 1", "rule.construct", 1, 17),
    ("form.child_count = $1", "rule.parameter", 1, 20),
    ("form.child_count = :b", "rule.parameter", 1, 20),
    ("form.child_count = @x", "rule.parameter", 1, 20),
    ("form.child_count = ?", "rule.parameter", 1, 20),
    ("applicant.region = $$a$$", "rule.parameter", 1, 20),
    ("form.claims_reimbursement -- always", "rule.comment", 1, 27),
    ("/* x */ form.claims_reimbursement", "rule.comment", 1, 1),
    ('applicant.region = "text"', "rule.double_quotes", 1, 20),
    ("applicant.\"region\" = 'x'", "rule.double_quotes", 1, 1),
    ("a.b.c.d.e = 1", "rule.unknown_name", 1, 1),
    ("form.aera > 100", "rule.unknown_name", 1, 1),
    ("Form.area > 100", "rule.unknown_name", 1, 1),
    ("form.* = 1", "rule.construct", 1, 1),
    ("*", "rule.construct", 1, 1),
    ("form.child_count / 2 > 1", "rule.operator", 1, 18),
    ("form.child_count % 2 > 1", "rule.operator", 1, 18),
    ("applicant.region || 'x' = 'y'", "rule.operator", 1, 18),
    ("form.child_count == 1", "rule.operator", 1, 18),
    ("form.child_count::text = '1'", "rule.operator", 1, 17),
    ("form.choices[1] = 'card'", "rule.operator", 1, 13),
    ("applicant.region ~ 'x'", "rule.operator", 1, 18),
    ("CAST(form.child_count AS text) = '1'", "rule.unknown_function", 1, 1),
    ("CASE WHEN form.claims_reimbursement THEN TRUE END", "rule.construct", 1, 11),
    ("form.claims_reimbursement IS TRUE", "rule.construct", 1, 1),
    ("form.child_count IS DISTINCT FROM 1", "rule.construct", 1, 1),
    ("form.child_count BETWEEN SYMMETRIC 1 AND 2", "rule.construct", 1, 1),
    ("applicant.region ILIKE 'a'", "rule.construct", 1, 1),
    ("applicant.region SIMILAR TO 'a'", "rule.construct", 1, 1),
    ("applicant.region LIKE 'a' ESCAPE '!'", "rule.construct", 1, 1),
    ("applicant.region COLLATE \"C\" = 'a'", "rule.construct", 1, 1),
    ("current_date > form.birth_date", "rule.construct", 1, 1),
    ("form.birth_date > INTERVAL '1 day'", "rule.construct", 1, 1),
    ("applicant.region = E'a'", "rule.construct", 1, 20),
    ("'a' 'b' = applicant.region", "rule.construct", 1, 1),
    ("(form.area, 1) = (1, 1)", "rule.construct", 1, 2),
    ("form.claims_reimbursement AS x", "rule.construct", 1, 1),
    ("form.child_count = 0x1f", "rule.construct", 1, 20),
    ("form.area > 1e3", "rule.number", 1, 13),
    ("form.area > " + "9" * 39, "rule.number", 1, 13),
    ("form.claims_reimbursement AND", "rule.syntax", 1, 27),
    ("(form.claims_reimbursement", "rule.syntax", 1, 7),
    ("form.claims_reimbursement)", "rule.syntax", 1, 26),
    ("applicant.region = 'x", "rule.syntax", 1, 21),
    ("form.child_count IN ()", "rule.empty_list", 1, 1),
    ("form.child_count IN (1,)", "rule.syntax", 1, 24),
    ("form.child_count IN (1, form.area)", "rule.literal", 1, 25),
    ("form.child_count NOT IN (1, NULL)", "rule.null", 1, 1),
    ("applicant.region = NULL", "rule.null", 1, 1),
    ("form.child_count + NULL > 1", "rule.null", 1, 1),
    ("COALESCE(NULL, 1) > 1", "rule.null", 1, 1),
    ("'text' > 5", "rule.mismatch", 1, 1),
    ("applicant.region = 5", "rule.mismatch", 1, 1),
    ("form.birth_date = '2026-01-01'", "rule.mismatch", 1, 1),
    ("today - form.birth_date = 1", "rule.mismatch", 1, 1),
    ("form.birth_date * 2 = today", "rule.mismatch", 1, 1),
    ("1 - form.birth_date = today", "rule.mismatch", 1, 1),
    ("form.birth_date + 1.5 = today", "rule.mismatch", 1, 1),
    ("form.choices = 'card'", "rule.mismatch", 1, 1),
    ("applicant.kind = father.nationality", "rule.mismatch", 1, 1),
    ("form.claims_reimbursement = 1", "rule.mismatch", 1, 1),
    ("COALESCE(form.area, 'x') > 1", "rule.mismatch", 1, 1),
    ("COALESCE(form.area, form.child_count) > 1", "rule.literal", 1, 21),
    ("applicant.region < 'b'", "rule.order", 1, 1),
    ("applicant.kind BETWEEN 'enterprise' AND 'person'", "rule.order", 1, 1),
    ("form.claims_reimbursement > FALSE", "rule.order", 1, 1),
    ("applicant.kind = 'enterprize'", "rule.outside_code", 1, 18),
    ("applicant.kind IN ('person', 'robot')", "rule.outside_code", 1, 30),
    ("COALESCE(applicant.kind, 'robot') = 'person'", "rule.outside_code", 1, 26),
    ("'passport' = ANY(form.choices)", "rule.outside_code", 1, 1),
    ("'card' <> ANY(form.choices)", "rule.construct", 1, 1),
    ("'card' = ANY(applicant.region)", "rule.construct", 1, 1),
    ("applicant.region LIKE father.id_number", "rule.pattern", 1, 23),
    ("applicant.region LIKE 'a\\%'", "rule.pattern", 1, 23),
    ("form.area LIKE '1%'", "rule.type", 1, 1),
    ("starts_with(applicant.region)", "rule.arguments", 1, 1),
    ("age_years(form.birth_date) < 1", "rule.arguments", 1, 1),
    ("age_years(applicant.region, today) < 1", "rule.type", 1, 11),
    ("form.birth_date = DATE '2026-02-30'", "rule.date", 1, 24),
    ("form.birth_date = DATE '2026-2-3'", "rule.date", 1, 24),
    ("form.area", "rule.type", 1, 1),
    ("1", "rule.type", 1, 1),
    ("NOT form.child_count", "rule.type", 1, 5),
    ("form.child_count = form.area = 1", "rule.parentheses", 1, 1),
    ("form.claims_reimbursement = form.area > 1", "rule.parentheses", 1, 1),
    ("applicant.kind = ‘person’", "rule.full_width", 1, 18),
    ("（form.claims_reimbursement）", "rule.full_width", 1, 1),
    ("\nform.claims_reimbursement\n  AND form.aera > 1", "rule.unknown_name", 3, 7),
    ("", "rule.empty", 1, 1),
    (" \n ", "rule.empty", 1, 1),
    ("form.area > 1 AND " * 120 + "TRUE", "rule.too_long", 1, 1),
    ("(" * 33 + "TRUE" + ")" * 33, "rule.too_deep", 1, 33),
    ("(" * 900 + "TRUE" + ")" * 900, "rule.too_deep", 1, 33),
    ("NOT " * 400 + "TRUE", "rule.too_deep", 1, 513),
    ("NOT " * 40 + "TRUE", "rule.too_deep", 1, 1),
    ("1 = " + "- " * 400 + "1", "rule.too_deep", 1, 261),
    ("1 = " + "1 + " * 400 + "1", "rule.too_deep", 1, 1),
    ("TRUE = NOT " * 100 + "TRUE", "rule.too_deep", 1, 1),
]


def _faults(source: str) -> tuple[rules.RuleFault, ...]:
    with pytest.raises(rules.RuleRefused) as refused:
        rules.compile(source, SCHEMA)
    return refused.value.faults


@pytest.mark.parametrize(("source", "code", "line", "column"), HOSTILE, ids=lambda part: str(part)[:50])
def test_hostile_text_is_refused_with_the_fault_and_its_place(source: str, code: str, line: int, column: int) -> None:
    first = _faults(source)[0]
    assert (first.code, first.line, first.column) == (code, line, column)
    assert first.message() and first.message("en") and "{" not in first.message() + first.message("en")


def test_all_faults_are_reported_at_once_in_reading_order() -> None:
    faults = _faults("form.aera > 1 AND applicant.kind = 'robot'\n  OR foo(1) OR applicant.region > 5 -- why")
    assert [(fault.code, fault.line, fault.column) for fault in faults] == [
        ("rule.unknown_name", 1, 1),
        ("rule.outside_code", 1, 36),
        ("rule.unknown_function", 2, 6),
        ("rule.mismatch", 2, 16),
        ("rule.comment", 2, 37),
    ]


REPAIRS = [
    (
        "form.aera > 1",
        "没有名为 form.aera 的输入；是否想写 form.area？",
        "There is no input form.aera; did you mean form.area?",
    ),
    (
        'applicant.region = "it\'s"',
        "双引号 \"it's\" 表示名称，不是文字；文字请用单引号 'it''s'",
        "Double quotes \"it's\" mean a name, not text; use single quotes: 'it''s'",
    ),
    (
        "applicant.kind = 'persn'",
        "'persn' 不在 applicant.kind 的取值里；是否想写 person？",
        "'persn' is not a value of applicant.kind; did you mean person?",
    ),
    (
        "lenght(applicant.region) = 1",
        "没有函数 lenght()；是否想写 length？",
        "There is no function lenght(); did you mean length?",
    ),
    ("applicant.kind = ’person'", "“’”是全角字符；请改用 '", "'’' is full-width; write '"),
    (
        "age_years(form.birth_date) < 1",
        "函数写法应为 age_years(birth_date, today)，写成了 age_years(form.birth_date)",
        "Write age_years(birth_date, today); found age_years(form.birth_date)",
    ),
]


@pytest.mark.parametrize(("source", "zh", "en"), REPAIRS)
def test_a_fault_names_its_repair_in_both_languages(source: str, zh: str, en: str) -> None:
    fault = _faults(source)[0]
    assert (fault.message(), fault.message("en")) == (zh, en)


def test_the_error_carries_every_fault_in_its_message() -> None:
    with pytest.raises(rules.RuleRefused) as refused:
        rules.compile("form.aera > 1 OR {x}", SCHEMA)
    assert refused.value.code == "rule.refused"
    assert "form.aera" in refused.value.message("zh-CN")


def test_a_chain_of_many_ands_is_not_deep() -> None:
    assert rules.compile(" AND ".join(["form.area > 1"] * 100), SCHEMA).evaluate({"form.area": 2}) is True


def test_nesting_up_to_the_limit_is_read_even_from_a_deep_stack() -> None:
    source = "(" * 32 + "form.area > 1 OR NOT form.claims_reimbursement" + ")" * 32

    def at_depth(depth: int) -> rules.Rule:
        return rules.compile(source, SCHEMA) if depth == 0 else at_depth(depth - 1)

    rules.compile.cache_clear()
    assert at_depth(600).evaluate({"form.area": 2}) is True


@pytest.mark.parametrize("name", ["", "a b", "a.", "1a", "a.b.c.d.e", 'a"', "a-b", "a;b"])
def test_an_input_that_no_rule_could_name_is_refused(name: str) -> None:
    with pytest.raises(rules.SchemaRefused):
        rules.Schema({name: rules.text()})
