"""The inputs that the rule tests speak about."""

from tongban.basics import rules

SCHEMA = rules.Schema(
    {
        "applicant.kind": rules.code(
            {"enterprise": ("企业", "an enterprise"), "person": ("个人", "a person")},
            "申请人类型",
            "Kind of applicant",
        ),
        "applicant.region": rules.text("户籍地", "Region"),
        "form.area": rules.decimal("面积", "Area"),
        "form.child_count": rules.integer("子女数", "Number of children"),
        "form.claims_reimbursement": rules.boolean("申请报销", "Claims reimbursement"),
        "form.birth_date": rules.date("出生日期", "Date of birth"),
        "form.choices": rules.texts({"card": "社保卡", "insurance": "医保"}, "一并办理", "Done together"),
        "father.nationality": rules.code(["CN", "FR"], "父亲国籍", "Father's nationality"),
        "father.id_number": rules.text("父亲身份证号", "Father's id number"),
        "birth_certificate.decision": rules.code({"approved": "通过", "declined": "不通过"}, "出生证明结果"),
        "申请.备注": rules.text("备注", "Remark"),
        "today": rules.date("今天", "Today"),
    }
)
