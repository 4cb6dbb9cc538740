"""A table of broken packs: what was changed in a sound one, and every fault that must be told, no more, no less."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tongban.assembly.faults import Fault
from tongban.assembly.loading import load_pack
from tongban.basics.codes.invented import invented_uscc

JOURNEY, FORM, ITEM = "journeys/small.yaml", "forms/small.yaml", "items/small-item.yaml"
LICENCE, PEOPLE, STORY, ENGLISH = (
    "licences/small-licence.yaml",
    "seed/people.yaml",
    "tests/happy.yaml",
    "strings/en.yaml",
)
RESOURCE = """id: civil.record
name: 情况说明
provider: civil-affairs
cycle: 情况说明
fields:
  - {id: id_number, label: 情况说明, key: true}
  - {id: fact, label: 情况说明}
"""

REGION_TEXT = """code: "330103"
name: 办理
divisions:
  - {code: "330103", name: 办理, level: county}
  - {code: "330103001", name: 办理, level: community, parent: "330103"}
  - {code: "330103002", name: 办理, level: street, valid_from: 2021-01-01, valid_until: 2020-01-01}
departments:
  - {id: one, name: 办理, short: 办理, uscc: USCC, roles: [civil-affairs]}
  - {id: two, name: 办理, short: 办理, uscc: USCC, roles: [civil-affairs]}
""".replace("USCC", invented_uscc("330103", 1, "department"))


class Broken(NamedTuple):
    """One broken pack. ``change``: (file, old text, new text); no old text: the file's whole text; no new: deleted.

    ``faults`` are (file, line, key, code) of all that must be found.
    """

    name: str
    change: list[tuple[str, str | None, str | None]]
    faults: list[tuple[str, int, str, str]]


def one(name: str, file: str, old: str | None, new: str | None, *faults: tuple[str, int, str, str]) -> Broken:
    """A pack broken in one place."""
    return Broken(name, [(file, old, new)], list(faults))


TABLE = [
    # how files are written
    one("a key is misspelt", FORM, "title: 申请表", "titel: 申请表", (FORM, 1, "title", "yaml.missing_key"),
        (FORM, 2, "titel", "yaml.unknown_key"), (ENGLISH, 8, "申请表", "pack.translation_unused")),
    one("a key stands twice", ITEM, 'type: "07"', 'type: "07"\ntype: "01"', (ITEM, 5, "type", "yaml.duplicate_key")),
    one("a code without quotes", ITEM, '"000700000001"', "000700000001", (ITEM, 3, "code", "yaml.quote")),
    one("a word for a number", ITEM, "promise: {days: 3}", "promise: {days: three}",
        (ITEM, 9, "promise.days", "yaml.kind")),
    one("yes for true", JOURNEY, "- upload: true", "- upload: yes",
        (JOURNEY, 18, "materials[0].sources[0].upload", "yaml.kind")),
    one("a value outside the list", JOURNEY, "audience: person", "audience: persons",
        (JOURNEY, 4, "audience", "yaml.not_listed")),
    one("a list for a text", JOURNEY, "lead: civil-affairs", "lead: [civil-affairs]",
        (JOURNEY, 5, "lead", "yaml.kind")),
    one("a text for a list", ITEM, "basis:\n  - 设定依据的法律条款", "basis: 设定依据的法律条款",
        (ITEM, 6, "basis", "yaml.kind")),
    one("an anchor", FORM, "title: 申请表", "title: &a 申请表", (FORM, 2, "", "yaml.anchor")),
    one("a tag", FORM, "title: 申请表", "title: !!python/name:os.system 申请表", (FORM, 2, "", "yaml.tag")),
    one("no end of quotes", STORY, "- it: 交", "- it: '交", (STORY, 8, "", "yaml.syntax")),
    one("an empty story file", STORY, None, "", (STORY, 0, "", "yaml.empty")),
    one("an impossible day", STORY, "  applicant: 王小明", "  on: 2026-02-30\n  applicant: 王小明",
        (STORY, 2, "[0].on", "yaml.kind")),
    one("a value left out", JOURNEY, "lead: civil-affairs", "lead:", (JOURNEY, 5, "lead", "yaml.missing_value")),
    # files
    one("the old extension", "items/extra.yml", None, "id: extra", ("items/extra.yml", 0, "", "pack.unknown_file")),
    one("a folder misspelt", "item/extra.yaml", None, "id: extra", ("item/extra.yaml", 0, "", "pack.unknown_file")),
    one("another id than the folder", "pack.yaml", "id: small", "id: large",
        ("pack.yaml", 1, "id", "pack.folder_name")),
    one("a pack that is not there", "pack.yaml", "owner: 牵头部门", "owner: 牵头部门\nrequires: [missing-one]",
        ("pack.yaml", 5, "requires[0]", "pack.requires")),
    one("a language without strings", ENGLISH, None, "新的一件事: A new journey",
        *[("pack.yaml", line, key, "translation.missing") for line, key in
          ((4, "owner"), (5, "summary"), (7, "basis[0]"))],
        (ITEM, 2, "name", "translation.missing"), (ITEM, 8, "statutory.basis", "translation.missing"),
        (ITEM, 10, "result", "translation.missing"), (FORM, 2, "title", "translation.missing"),
        (FORM, 5, "steps[0].title", "translation.missing"),
        (FORM, 7, "steps[0].fields[0].label", "translation.missing"),
        (FORM, 8, "steps[0].fields[1].label", "translation.missing"),
        (JOURNEY, 12, "eligible[0].otherwise", "translation.missing"),
        (JOURNEY, 15, "materials[0].name", "translation.missing"),
        (JOURNEY, 21, "tasks[0].name", "translation.missing"),
        (LICENCE, 7, "fields[0].label", "translation.missing")),
    one("a translation nobody sees", ENGLISH, "持证人: Holder", "持证人: Holder\n多余: Superfluous",
        (ENGLISH, 16, "多余", "pack.translation_unused")),
    one("strings of an unlisted language", "strings/fr.yaml", None, "办理: Traitement",
        ("strings/fr.yaml", 1, "", "translation.language")),
    # references
    one("an item that is nowhere", JOURNEY, "item: small-item", "item: small-itme",
        (JOURNEY, 23, "tasks[0].item", "pack.reference")),
    one("a form that is nowhere", JOURNEY, "form: small", "form: smal", (JOURNEY, 6, "form", "pack.reference"),
        (JOURNEY, 27, "tasks[0].produces.holder_name", "pack.dotted_name"),
        (JOURNEY, 30, "tasks[0].produces.data.holder", "pack.dotted_name"), (FORM, 1, "id", "pack.unused")),
    one("a material for a task that is nowhere", JOURNEY, "tasks: [small_task]", "tasks: [small_tsk]",
        (JOURNEY, 16, "materials[0].tasks[0]", "pack.reference")),
    one("a prefill that is nowhere", FORM, "prefill: applicant.name", "prefill: applicant.nmae",
        (FORM, 7, "steps[0].fields[0].prefill", "pack.dotted_name")),
    one("a licence that is nowhere", JOURNEY, "licence: small-licence", "licence: small-license",
        (JOURNEY, 26, "tasks[0].produces.licence", "pack.reference"), (STORY, 9, "[0].then[1]", "pack.rule")),
    one("an unknown licence field", JOURNEY, "holder: form", "owner: form",
        (JOURNEY, 30, "tasks[0].produces.data.owner", "pack.reference"),
        (JOURNEY, 30, "tasks[0].produces.data", "licence.data_missing")),
    one("a task id that rules can not name", JOURNEY, "id: small_task", "id: small-task",
        (JOURNEY, 20, "tasks[0].id", "pack.id_word"), (JOURNEY, 16, "materials[0].tasks[0]", "pack.reference"),
        (STORY, 6, "[0].steps[2].decide.small_task", "pack.reference"), (STORY, 10, "[0].then[2]", "pack.rule")),
    # rules
    one("a rule with an unknown name", JOURNEY, "age_years(applicant.birth_date, today)",
        "age_years(applicant.born, today)",
        (JOURNEY, 11, "eligible[0].rule", "pack.rule")),
    one("a rule of the wrong type", JOURNEY, "age_years(applicant.birth_date, today) >= 18", "applicant.name >= 18",
        (JOURNEY, 11, "eligible[0].rule", "pack.rule")),
    one("a rule nobody can meet", JOURNEY, "age_years(applicant.birth_date, today) >= 18",
        "applicant.sex = 'male' AND applicant.sex = 'female'", (JOURNEY, 11, "eligible[0].rule", "pack.never_true")),
    one("a rule over another statement", JOURNEY, "age_years(applicant.birth_date, today) >= 18",
        "1 = 1; DROP TABLE cases", (JOURNEY, 11, "eligible[0].rule", "pack.rule")),
    one("a decision before there is one", JOURNEY, "age_years(applicant.birth_date, today) >= 18",
        "small_task.decision = 'approved'", (JOURNEY, 11, "eligible[0].rule", "pack.rule_scope")),
    one("a field guarded by a later one", FORM, "format: name,", "format: name, when: form.mobile IS NOT NULL,",
        (FORM, 7, "steps[0].fields[0].when", "pack.rule_scope")),
    one("a task that waits for itself", JOURNEY, "    days: 3", "    days: 3\n    after: [small_task]",
        (JOURNEY, 25, "tasks[0].after[0]", "pack.cycle")),
    # limits and codes
    one("a path past the promise", JOURNEY, "promise: {days: 3}", "promise: {days: 2}",
        (JOURNEY, 7, "promise.days", "limit.path")),
    one("a promise past the law", JOURNEY, "promise: {days: 3}", "promise: {days: 30}",
        (JOURNEY, 7, "promise.days", "limit.statutory")),
    one("less than no days", ITEM, "promise: {days: 3}", "promise: {days: -1}",
        (ITEM, 9, "promise.days", "limit.negative"), (JOURNEY, 24, "tasks[0].days", "limit.task")),
    one("an implementation code for a catalogue code", ITEM, '"000700000001"', '"11370800MB285591843370117002011"',
        (ITEM, 3, "code", "code.item_length")),
    one("a wrong identity number", PEOPLE, '"330103199001010019"', '"330103199001010018"',
        (PEOPLE, 3, "[0].id_number", "code.invalid")),
    one("a licence type without its serial", LICENCE, "001   #", "  #", (LICENCE, 3, "code", "code.licence_type")),
    # items
    one("visits without a reason", ITEM, 'type: "07"', 'type: "07"\ntrips: 1\nonline: false',
        (ITEM, 1, "trip_reason", "item.trip_reason")),
    one("online with visits", ITEM, 'type: "07"', 'type: "07"\ntrips: 1\ntrip_reason: 情况说明',
        (ITEM, 5, "trips", "item.online_trips")),
    one("licensing without a question", ITEM, '"000700000001"   # 请换成真实的 12 位基本编码\ntype: "07"',
        '"000100000001"\ntype: "01"', (ITEM, 1, "faq", "item.faq")),
    one("one telephone for all", ITEM, 'consult_phone: "12345"', 'consult_phone: "12345"\ncomplaint_phone: "12345"',
        (ITEM, 12, "complaint_phone", "item.phones")),
    one("instant in three days", ITEM, 'type: "07"', 'type: "07"\nfinish: 1',
        (ITEM, 10, "promise.days", "item.instant")),
    # licences
    one("a layout that is nowhere", LICENCE, "layout: small-licence.typ", "layout: small.typ",
        (LICENCE, 5, "layout", "licence.layout"), ("licences/small-licence.typ", 1, "", "pack.unused")),
    one("a licence of another department", LICENCE, "issuer: civil-affairs", "issuer: police",
        (JOURNEY, 22, "tasks[0].department", "licence.issuer")),
    one("a layout that reaches out", "licences/small-licence.typ", "#set document",
        '#import "/etc/passwd"\n#set document',
        ("licences/small-licence.typ", 2, "", "licence.layout_reaches")),
    # stories
    one("an unknown verb", STORY, "- accept:", "- acept:", (STORY, 5, "[0].steps[1].acept", "story.verb")),
    one("two verbs in a step", STORY, "- accept:", "- {accept: , wait: {days: 1}}",
        (STORY, 5, "[0].steps[1]", "story.one_verb")),
    one("a story about a stranger", STORY, "applicant: 王小明", "applicant: 王小红",
        (STORY, 2, "[0].applicant", "pack.reference")),
    one("a story with an unknown field", STORY, "mobile: ", "mobil: ",
        (STORY, 4, "[0].steps[0].submit.form.mobil", "pack.reference")),
    one("an outcome that reads nothing", STORY, "case.state = 'closed'", "case.stat = 'closed'",
        (STORY, 8, "[0].then[0]", "pack.rule")),
    # materials, resources, grants
    Broken("a resource without a grant",
        [("resources/civil.record.yaml", None, RESOURCE),
         (JOURNEY, "      - upload: true", "      - {resource: civil.record, match: {id_number: applicant.id_number},"
                   " shows: [fact]}\n      - upload: true")],
        [(JOURNEY, 18, "materials[0].sources[0].resource", "grant.missing")]),
    Broken("a look-up by what is no key",
        [("resources/civil.record.yaml", None, RESOURCE),
         ("grants.yaml", None, "- {id: g, resource: civil.record, consumer: civil-affairs, journey: small,"
                               " fields: [id_number, fact], purpose: 情况说明, basis: 情况说明}"),
         (JOURNEY, "      - upload: true", "      - {resource: civil.record, match: {fact: applicant.name},"
                   " shows: [fact, fcat]}\n      - upload: true")],
        [(JOURNEY, 18, "materials[0].sources[0].match.fact", "pack.match_key"),
         (JOURNEY, 18, "materials[0].sources[0].shows[1]", "pack.reference"),
         (JOURNEY, 18, "materials[0].sources[0].resource", "grant.missing"),
         ("grants.yaml", 1, "[0].fields[0]", "grant.excess")]),
    # the rest of what a check can say
    one("an item type of one digit", ITEM, 'type: "07"', 'type: "7"', (ITEM, 4, "type", "code.item_type")),
    one("no legal basis", ITEM, "basis:\n  - 设定依据的法律条款", "basis: []", (ITEM, 6, "basis", "item.basis")),
    one("a level that is none", ITEM, 'type: "07"', 'type: "07"\nlevel: 9', (ITEM, 5, "level", "item.level")),
    one("a licence valid for no day", LICENCE, "issuer:", "valid_days: 0\nissuer:",
        (LICENCE, 4, "valid_days", "limit.zero")),
    one("a version of two numbers", "pack.yaml", "version: 0.1.0", "version: '0.1'",
        ("pack.yaml", 2, "version", "yaml.pattern")),
    one("a key that is a list", "pack.yaml", "version: 0.1.0", "version: 0.1.0\n? [a, b]\n: c",
        ("pack.yaml", 3, "", "yaml.key_kind")),
    one("choices of a text", FORM, "format: mobile,", "format: mobile, choices: [{value: a, label: 办理}],",
        (FORM, 8, "steps[0].fields[1].choices", "form.choices")),
    one("a choice without choices", FORM, "kind: text, format: mobile,", "kind: choice,",
        (FORM, 8, "steps[0].fields[1].choices", "form.choices")),
    one("more at least than at most", FORM, "format: mobile,", "min: 9, max: 3,",
        (FORM, 8, "steps[0].fields[1].min", "form.min_max")),
    one("at most of a yes or no", FORM, "kind: text, format: mobile,", "kind: boolean, max: 3,",
        (FORM, 8, "steps[0].fields[1].max", "form.min_max_kind")),
    one("a format of another kind", FORM, "kind: text, format: mobile,", "kind: integer, format: mobile,",
        (FORM, 8, "steps[0].fields[1].format", "form.format_kind")),
    one("a step without fields", FORM, "steps:\n", "steps:\n  - {id: nothing, title: 办理, fields: []}\n",
        (FORM, 4, "steps[0].fields", "form.empty")),
    Broken("the same predecessor twice",
        [(JOURNEY, "    days: 3\n", "    days: 1\n    after: [first, first]\n"),
         (JOURNEY, "holder: form.applicant_name", "holder: form.applicant_name\n"
                   "  - {id: first, name: 办理, department: civil-affairs, item: small-item, days: 1}")],
        [(JOURNEY, 25, "tasks[0].after[1]", "pack.after_twice")]),
    one("a journey that can not be read", JOURNEY, "tasks:\n", "tasks: [\n", (JOURNEY, 20, "", "yaml.syntax")),
    one("a form that can not be read", FORM, "steps:", "steps: {", (FORM, 4, "", "yaml.syntax")),
    one("an item that can not be read", ITEM, "name: 新的事项", "name: '新的事项", (ITEM, 2, "", "yaml.syntax")),
    one("people who can not be read", PEOPLE, "- name", "- {name", (PEOPLE, 3, "", "yaml.syntax")),
    one("a material from nowhere", JOURNEY, "    sources:\n      - upload: true", "    sources: []",
        (JOURNEY, 17, "materials[0].sources", "pack.no_source")),
    one("a source of two kinds", JOURNEY, "- upload: true", "- {upload: true, licence: small-licence}",
        (JOURNEY, 18, "materials[0].sources[0]", "pack.source_kind")),
    one("a source after the upload", JOURNEY, "      - upload: true", "      - upload: true\n"
        "      - {licence: small-licence, shows: [holder]}",
        (JOURNEY, 19, "materials[0].sources[1]", "pack.source_order")),
    Broken("a look-up that says neither how nor what",
        [("resources/civil.record.yaml", None, RESOURCE), (JOURNEY, "- upload: true", "- resource: civil.record")],
        [(JOURNEY, 18, "materials[0].sources[0].match", "pack.match_missing"),
         (JOURNEY, 18, "materials[0].sources[0].shows", "pack.shows_missing")]),
    Broken("two sources that disagree about a field",
        [(LICENCE, "public: true}", "public: true}\n  - {id: fact, label: 持证人, kind: date}"),
         (JOURNEY, "        holder: form", "        fact: applicant.birth_date\n        holder: form"),
         ("resources/civil.record.yaml", None, RESOURCE),
         ("grants.yaml", None, "- {id: g, resource: civil.record, consumer: civil-affairs, journey: small,"
                               " fields: [fact], purpose: 情况说明, basis: 情况说明}"),
         (JOURNEY, "- upload: true", "- {licence: small-licence, shows: [fact]}\n      - {resource: civil.record,"
                   " match: {id_number: applicant.id_number}, shows: [fact]}")],
        [(JOURNEY, 19, "materials[0].sources[1].shows[0]", "pack.kinds_differ")]),
    one("a region that contradicts itself", "regions/330103.yaml", None, REGION_TEXT,
        ("regions/330103.yaml", 5, "divisions[1].code", "region.level"),
        ("regions/330103.yaml", 6, "divisions[2].valid_until", "region.dates"),
        ("regions/330103.yaml", 9, "departments[1].roles[0]", "region.role_twice")),
    one("an argument that a verb does not take", STORY, "- accept:", "- wait: {dayz: 1}",
        (STORY, 5, "[0].steps[1].wait", "story.argument_missing"),
        (STORY, 5, "[0].steps[1].wait.dayz", "story.argument")),
    one("days that are none", STORY, "- accept:", "- wait: {days: soon}",
        (STORY, 5, "[0].steps[1].wait.days", "story.argument_kind")),
    one("a decision that is none", STORY, "small_task: approve", "small_task: maybe",
        (STORY, 6, "[0].steps[2].decide.small_task", "story.argument_kind")),
    Broken("faults of many kinds at once",
        [("pack.yaml", "version: 0.1.0", "version: 1.0"), (JOURNEY, "item: small-item", "item: smal"),
         (PEOPLE, "name: 王小明", "nam: 王小明"), (FORM, "kind: text, format: mobile", "kind: test, format: mobile")],
        [("pack.yaml", 2, "version", "yaml.quote"), (JOURNEY, 23, "tasks[0].item", "pack.reference"),
         (PEOPLE, 2, "[0].nam", "yaml.unknown_key"), (PEOPLE, 2, "[0].name", "yaml.missing_key"),
         (FORM, 8, "steps[0].fields[1].kind", "yaml.not_listed")]),
]  # fmt: skip


def test_a_new_pack_is_sound(small: Path) -> None:
    loaded = load_pack(small)
    assert loaded.faults == ()
    assert loaded.pack is not None


@pytest.mark.parametrize("broken", TABLE, ids=lambda broken: broken.name.replace(" ", "_"))
def test_every_fault_of_a_broken_pack_is_told_with_its_place(broken: Broken, small: Path) -> None:
    for file, old, new in broken.change:
        path = small / file
        text = path.read_text("utf-8") if old is not None else ""
        assert old is None or text.count(old) >= 1
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace(old, new or "", 1) if old is not None else new or "", "utf-8")
    loaded = load_pack(small)
    assert sorted(_place(fault) for fault in loaded.faults) == sorted(broken.faults)
    assert all(
        fault.message(language) and fault.repair(language) for fault in loaded.faults for language in ("zh-CN", "en")
    )
    assert (loaded.pack is None) == any(not fault.warning for fault in loaded.faults)


def _place(fault: Fault) -> tuple[str, int, str, str]:
    return fault.file, fault.line, fault.key, fault.code
