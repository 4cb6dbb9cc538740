"""A table of broken packs: what was changed in a sound one, and every fault that must be told, no more, no less."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tongban.assembly.faults import Fault
from tongban.assembly.loading import load_pack

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
