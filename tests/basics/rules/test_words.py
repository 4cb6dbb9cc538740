"""A rule explains itself, and why it came out as it did, to people who do not read SQL."""

import datetime

import pytest
from rule_cast import SCHEMA

from tongban.basics import rules

EXPLAINED = [
    (
        "applicant.kind = 'enterprise' AND form.area > 100",
        "申请人类型 是 企业 并且 面积 大于 100",
        "Kind of applicant is an enterprise and Area is greater than 100",
    ),
    ("NOT form.claims_reimbursement", "申请报销 为“否”", "Claims reimbursement: no"),
    (
        "form.claims_reimbursement OR (form.area >= 1.50 AND form.child_count <> 2)",
        "申请报销 为“是” 或者 （面积 不小于 1.50 并且 子女数 不等于 2）",
        "Claims reimbursement: yes or (Area is at least 1.50 and Number of children does not equal 2)",
    ),
    ("applicant.region LIKE '33%'", "户籍地 以“33”开头", "Region starts with “33”"),
    ("applicant.region NOT LIKE '%区%'", "户籍地 不包含“区”", "Region does not contain “区”"),
    ("applicant.region LIKE '%区'", "户籍地 以“区”结尾", "Region ends with “区”"),
    (
        "applicant.region LIKE '33_1'",
        "户籍地 符合样式“33_1”（_ 代表一个字，% 代表任意内容）",
        "Region fits the pattern “33_1” (_ one character, % anything)",
    ),
    (
        "applicant.kind NOT IN ('person', 'enterprise')",
        "申请人类型 不是 个人、企业 中的任何一个",
        "Kind of applicant is none of a person, an enterprise",
    ),
    ("father.id_number IS NULL", "父亲身份证号 未填写", "Father's id number is not given"),
    ("father.id_number IS NOT NULL", "父亲身份证号 已填写", "Father's id number is given"),
    (
        "form.child_count BETWEEN 1 AND 3",
        "子女数 在 1 到 3 之间（含两端）",
        "Number of children is between 1 and 3 inclusive",
    ),
    (
        "age_years(form.birth_date, today) < 1",
        "从 出生日期 到 今天 的周岁数 小于 1",
        "full years from Date of birth to Today is less than 1",
    ),
    (
        "today > form.birth_date + 30",
        "今天 晚于 出生日期 之后 30 天",
        "Today is after 30 day(s) after Date of birth",
    ),
    ("'card' = ANY(form.choices)", "一并办理 选了 社保卡", "Done together includes card"),
    ("NOT 'card' = ANY(form.choices)", "一并办理 没有选 社保卡", "Done together does not include card"),
    (
        "COALESCE(form.child_count, 0) * 2 - 1 = -form.area",
        "（子女数（未填写时按 0） 乘以 2） 减 1 等于 负的 面积",
        "(Number of children (or 0 when not given) times 2) minus 1 equals minus Area",
    ),
    (
        "NOT (form.area = 1 AND TRUE) AND starts_with(applicant.region, '3')",
        "并非（面积 等于 1 并且 是） 并且 户籍地 以“3”开头",
        "not (Area equals 1 and yes) and Region starts with “3”",
    ),
    ("length(申请.备注) > 5", "备注 的字数 大于 5", "the number of characters of Remark is greater than 5"),
    (
        "birth_certificate.decision = 'approved'",
        "出生证明结果 是 通过",
        "birth_certificate.decision is approved",
    ),
]


@pytest.mark.parametrize(("source", "zh", "en"), EXPLAINED)
def test_a_rule_is_explained_in_both_languages(source: str, zh: str, en: str) -> None:
    rule = rules.compile(source, SCHEMA)
    assert (rule.explain(), rule.explain("en")) == (zh, en)


ELIGIBLE = rules.compile(
    "applicant.region LIKE '33%' AND (form.child_count > 1 OR form.area < 90) AND form.claims_reimbursement",
    SCHEMA,
)


def _reasons(values: dict[str, object], language: str = "zh-CN") -> list[str]:
    return [reason.text for reason in ELIGIBLE.trace(values, language).reasons]


def test_a_refusal_names_only_what_decided_it() -> None:
    wang_fang: dict[str, object] = {
        "applicant.region": "330103",
        "form.child_count": 1,
        "form.area": 120,
        "form.claims_reimbursement": True,
    }
    assert ELIGIBLE.trace(wang_fang).result is False
    assert _reasons(wang_fang) == [
        "不符合：子女数 大于 1（子女数 现为 1）",
        "不符合：面积 小于 90（面积 现为 120）",
    ]
    assert _reasons({**wang_fang, "form.area": 80, "applicant.region": "310000"}, "en") == [
        "Not met: Region starts with “33” (Region is now 310000)"
    ]


def test_an_open_answer_names_what_is_missing() -> None:
    explanation = ELIGIBLE.trace({"applicant.region": "330103", "form.child_count": 2})
    assert explanation.result is None
    assert explanation.unknown == ("form.claims_reimbursement",)
    assert [reason.text for reason in explanation.reasons] == ["无法判断：申请报销 为“是”（申请报销 现为 未填写）"]


def test_a_yes_names_what_carried_it() -> None:
    values = {
        "applicant.region": "330103",
        "form.child_count": 2,
        "form.area": 120,
        "form.claims_reimbursement": True,
    }
    assert [reason.words for reason in ELIGIBLE.trace(values).reasons] == [
        "户籍地 以“33”开头",
        "子女数 大于 1",
        "申请报销 为“是”",
    ]


def test_values_are_shown_with_their_labels() -> None:
    rule = rules.compile("NOT (applicant.kind = 'person' AND form.birth_date < today)", SCHEMA)
    values = {
        "applicant.kind": "person",
        "form.birth_date": datetime.date(2026, 1, 2),
        "today": datetime.date(2026, 3, 1),
    }
    explanation = rule.trace(values)
    assert explanation.result is False
    assert [reason.text for reason in explanation.reasons] == [
        "符合：申请人类型 是 个人（申请人类型 现为 个人）",
        "符合：出生日期 早于 今天（出生日期 现为 2026-01-02、今天 现为 2026-03-01）",
    ]


def test_a_wrong_value_is_refused_while_tracing_too() -> None:
    with pytest.raises(rules.RuleValueRefused):
        ELIGIBLE.trace({"applicant.region": 330103})
