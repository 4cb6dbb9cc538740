"""A new pack, complete and sound: one item, one form, one task, one licence, strings, people and a story.

Called by ``tongban pack new``. What it writes passes the check at once, so that its author only changes things.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from tongban.assembly.errors import FolderTaken
from tongban.basics.codes.invented import invented_resident_id, invented_uscc

REGION = "330103"


def scaffold(name: str, into: Path, schemas: str | None = None) -> Path:
    """Write the pack ``name`` below ``into`` and return its folder. Raises ``FolderTaken``.

    ``schemas`` is where the JSON Schemas lie, as the editor should find them from a file two folders deep.
    """
    folder = into / name
    if folder.exists():
        raise FolderTaken(folder=str(folder))
    for file, text in files(name).items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_head(file, schemas) + text, encoding="utf-8")
    return folder


def _head(file: str, schemas: str | None) -> str:
    kind = SCHEMA_OF.get(file.partition("/")[0])
    return f"# yaml-language-server: $schema={schemas}/{kind}.json\n" if schemas and kind else ""


SCHEMA_OF: Mapping[str, str] = {
    "items": "item",
    "forms": "form",
    "journeys": "journey",
    "tests": "stories",
}


def files(name: str) -> dict[str, str]:
    """File → text of the new pack. Codes are valid and invented: replace them before anyone relies on them."""
    word = name.replace("-", "_")
    person = invented_resident_id(REGION, date(1990, 1, 1), 1)
    licence_code = invented_uscc(REGION, 1, "department") + "001"
    values = {"name": name, "word": word, "person": person, "licence_code": licence_code}
    return {file.format(**values): _fill(text, values) for file, text in TEMPLATES.items()}


def _fill(text: str, values: Mapping[str, str]) -> str:
    for key, value in values.items():
        text = text.replace(f"<<{key}>>", value)
    return text.lstrip("\n")


TEMPLATES: Mapping[str, str] = {
    "pack.yaml": """
id: <<name>>
version: 0.1.0
name: 新的一件事
owner: 牵头部门
summary: 一句话说明办成什么
basis:
  - 设定依据的法律条款
""",
    "items/{name}-item.yaml": """
id: <<name>>-item
name: 新的事项
code: "000700000001"   # 请换成真实的 12 位基本编码
type: "07"
department: civil-affairs
basis:
  - 设定依据的法律条款
statutory: {days: 20, basis: 行政许可法 第四十二条}
promise: {days: 3}
result: 办理结果凭证
consult_phone: "12345"
""",
    "forms/{name}.yaml": """
id: <<name>>
title: 申请表
steps:
  - id: about_you
    title: 您的情况
    fields:
      - {id: applicant_name, label: 您的姓名, kind: text, format: name, prefill: applicant.name}
      - {id: mobile, label: 手机号码, kind: text, format: mobile, sensitive: true, autocomplete: tel}
""",
    "journeys/{name}.yaml": """
id: <<name>>
name: 新的一件事
summary: 一句话说明办成什么
audience: person
lead: civil-affairs
form: <<name>>
promise: {days: 3}
statutory: {days: 20, basis: 行政许可法 第四十二条}
eligible:
  - id: adult
    rule: age_years(applicant.birth_date, today) >= 18
    otherwise: 申请人须年满十八周岁
materials:
  - id: statement
    name: 情况说明
    tasks: [<<word>>_task]
    sources:
      - upload: true
tasks:
  - id: <<word>>_task
    name: 办理
    department: civil-affairs
    item: <<name>>-item
    days: 3
    produces:
      licence: <<name>>-licence
      holder_name: form.applicant_name
      holder_id: applicant.id_number
      data:
        holder: form.applicant_name
""",
    "licences/{name}-licence.yaml": """
id: <<name>>-licence
name: 办理结果凭证
code: <<licence_code>>   # 请换成真实的 21 位证照类型代码
issuer: civil-affairs
layout: <<name>>-licence.typ
fields:
  - {id: holder, label: 持证人, public: true}
""",
    "licences/{name}-licence.typ": """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.type_name)
#set text(font: "Noto Sans SC", size: 12pt, lang: "zh", region: "cn")
#set page(paper: "a4", margin: 30mm)

#align(center, text(size: 24pt, weight: "bold", data.type_name))
#v(12mm)
#for field in data.fields [
  #field.label：#field.value \\
]
#v(1fr)
#data.issuer_name #h(1fr) #data.issued_on
#v(6mm)
#text(size: 8pt, data.number)
#align(right, image(bytes(sys.inputs.qr), format: "svg", width: 30mm))
""",
    "strings/en.yaml": """
新的一件事: A new journey
牵头部门: Lead department
一句话说明办成什么: One sentence on what gets done
设定依据的法律条款: The article of law it rests on
新的事项: A new service item
行政许可法 第四十二条: Administrative Licensing Law, article 42
办理结果凭证: Certificate of the result
申请表: Application form
您的情况: About you
您的姓名: Your name
手机号码: Mobile number
申请人须年满十八周岁: The applicant must be at least eighteen
情况说明: Statement
办理: Processing
持证人: Holder
""",
    "seed/people.yaml": """
# Invented people: names and numbers belong to nobody.
- name: 王小明
  id_number: "<<person>>"
  account: <<name>>-applicant
  household: "330103"
""",
    "tests/happy.yaml": """
- it: 交了情况说明就能办结
  applicant: 王小明
  steps:
    - submit: {form: {applicant_name: 王小明, mobile: "19900009001"}, upload: [statement]}
    - accept:
    - decide: {<<word>>_task: approve}
  then:
    - case.state = 'closed'
    - licences.<<word>>_licence = 1
    - <<word>>_task.decision = 'approved'
""",
}
