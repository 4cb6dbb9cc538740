"""Forms as JSON Schema 2020-12, and what people enter into them: one validation for pages, API and stories.

``form_schema`` is called once when a pack is compiled; ``coerce_form`` turns an HTML form's texts into
values; ``validate_form`` says everything that is wrong, in both languages, naming the field and the repair.
Dates are ISO texts in values, decimals JSON numbers; codes come back in canonical spelling.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from msgspec import Struct

from tongban.basics.rules import RuleValueRefused
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Field, Form
from tongban.services.form_values import FORMATS, canonical, coerce_form, typed
from tongban.services.form_words import FormFault, fault_for, say

__all__ = ["FORMATS", "FormFault", "FormResult", "coerce_form", "form_schema", "validate_form"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LONGEST = {"text": 200, "long-text": 2000}
LARGEST = 10**15
NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
NO_CONTROL_BUT_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_CACHED = 512

_validators: dict[int, tuple[Mapping[str, object], jsonschema_rs.Draft202012Validator]] = {}


class FormResult(Struct, frozen=True):
    """A form as far as it was understood: the values that count, and everything that is wrong with them."""

    values: dict[str, Any]
    faults: tuple[FormFault, ...]


def form_schema(form: Form) -> dict[str, object]:
    """``form`` as a JSON Schema 2020-12 object.

    A field with ``when`` is required only while its rule is true: that is left to ``validate_form``.
    """
    return {
        "$schema": DIALECT,
        "title": form.title,
        "type": "object",
        "properties": {field.id: _property(field) for field in form.fields},
        "required": [field.id for field in form.fields if field.required and field.when is None],
        "additionalProperties": False,
    }


def _property(field: Field) -> dict[str, object]:
    about: dict[str, object] = {"title": field.label}
    if field.help:
        about["description"] = field.help
    return about | _kind(field)


def _kind(field: Field) -> dict[str, object]:
    if field.kind == "choice":
        return {"type": "string", "enum": [choice.value for choice in field.choices]}
    if field.kind == "boolean":
        return {"type": "boolean"}
    if field.kind == "date":
        return {"type": "string", "format": "date"}
    if field.kind in ("integer", "decimal"):
        low = field.min if field.min is not None else -LARGEST
        high = field.max if field.max is not None else LARGEST
        return {"type": "integer" if field.kind == "integer" else "number", "minimum": low, "maximum": high}
    text: dict[str, object] = {
        "type": "string",
        "minLength": field.min or (1 if field.required else 0),
        "maxLength": field.max if field.max is not None else LONGEST[field.kind],
        "pattern": NO_CONTROL if field.kind == "text" else NO_CONTROL_BUT_LINES,
    }
    return text | ({"format": field.format} if field.format else {})


def _refuse_retrieval(uri: str) -> Any:
    raise ValueError(f"schemas are never fetched: {uri}")


def validator(version: JourneyVersion) -> jsonschema_rs.Draft202012Validator:
    """The compiled schema of ``version``'s form; compiled once, nothing ever fetched.

    Formats of the code library are checked by ``validate_form`` itself, which knows today and says the repair.
    """
    schema = version.schema
    kept = _validators.get(id(schema))
    if kept is not None and kept[0] is schema:
        return kept[1]
    if len(_validators) >= _CACHED:
        _validators.clear()
    made = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True, retriever=_refuse_retrieval)
    _validators[id(schema)] = (schema, made)
    return made


def validate_form(version: JourneyVersion, values: Mapping[str, Any], context: Mapping[str, object]) -> FormResult:
    """What counts of ``values`` and everything wrong with it.

    ``context`` holds the names that rules may read besides ``form.*`` (``today`` as a date, ``applicant.*``,
    ``evidence.*``). Fields whose ``when`` is not true are dropped; empty values count as left out; unknown
    fields are refused.
    """
    kept, facts, ill_formed = _asked(version, values, context)
    unknown = {name: value for name, value in values.items() if name not in version.fields}
    faults = [
        *ill_formed,
        *_schema_faults(version, {**kept, **unknown}),
        *_missing(version, kept, facts),
    ]
    faults = list({fault.field: fault for fault in reversed(faults)}.values())[::-1]
    faults += _check_faults(version, facts, {fault.field for fault in faults})
    if faults:
        order = list(version.fields)
        faults.sort(key=lambda fault: order.index(fault.field) if fault.field in order else len(order))
    return FormResult(kept, tuple(faults))


def _asked(
    version: JourneyVersion, values: Mapping[str, Any], context: Mapping[str, object]
) -> tuple[dict[str, Any], dict[str, object], list[FormFault]]:
    """The values of the fields that are asked, canonical, the facts that rules may read with them, and what their
    formats say against them."""
    kept: dict[str, Any] = {}
    ill_formed: list[FormFault] = []
    facts: dict[str, object] = {**context, **version.nothing_entered}
    today = context.get("today")
    for name, field in version.fields.items():
        given = values.get(name)
        if given is None:
            continue
        value, wrong = canonical(field, given, today)
        if value is None or not _holds(version, field.when, facts):
            continue
        kept[name] = value
        if wrong is not None:
            ill_formed.append(FormFault(name, f"form.{field.format}", *say(version, field, *wrong)))
        facts[f"form.{name}"] = typed(field, value)
    return kept, facts, ill_formed


def _holds(version: JourneyVersion, rule: str | None, facts: Mapping[str, object]) -> bool:
    return rule is None or version.holds(rule, facts) is True


def _schema_faults(version: JourneyVersion, values: dict[str, Any]) -> Iterator[FormFault]:
    # Nearly every form is valid, and only to name what is wrong takes long.
    compiled = validator(version)
    if compiled.is_valid(values):
        return
    for error in compiled.iter_errors(values):
        detail = error.kind.as_dict()
        if error.kind.name == "additionalProperties":
            yield from (fault_for(version, None, "unknown", name=name[:40]) for name in detail["unexpected"])
        elif error.kind.name != "required" and error.instance_path:
            yield fault_for(version, version.fields[str(error.instance_path[0])], error.kind.name, **detail)


def _missing(version: JourneyVersion, kept: Mapping[str, Any], facts: Mapping[str, object]) -> Iterator[FormFault]:
    for field in version.fields.values():
        if field.required and field.id not in kept and _holds(version, field.when, facts):
            yield fault_for(version, field, "required" if field.kind not in ("choice", "boolean") else "choose")


def _check_faults(version: JourneyVersion, facts: Mapping[str, object], broken: set[str]) -> Iterator[FormFault]:
    """Rules over the whole form; one that reads a faulty field is not asked yet."""
    for check in version.form.checks:
        names = version.rules[check.rule].names
        if broken & {name.removeprefix("form.") for name in names}:
            continue
        try:
            holds = version.holds(check.rule, facts)
        except RuleValueRefused:
            holds = None
        if holds is False:
            english = version.strings.get("en", {}).get(check.otherwise, check.otherwise)
            yield FormFault(check.field or "", "form.check", check.otherwise, english)
