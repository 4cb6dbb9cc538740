"""Single values of a form: from an HTML form's text, into canonical spelling, and against their format.

Called by ``services.forms`` alone.
"""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tongban.basics.codes import KINDS, CodeError, Context
from tongban.services.definitions import Field, Form

# format → the kinds of field that may have it
FORMATS: Mapping[str, tuple[str, ...]] = {
    "resident-id": ("text",),
    "uscc": ("text",),
    "mobile": ("text",),
    "region": ("text",),
    "name": ("text",),
    "date": ("date",),
    "past-date": ("date",),
}

TRUE = frozenset({"true", "on", "yes", "1", "是"})
FALSE = frozenset({"false", "off", "no", "0", "否"})
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
NAME_SIGNS = frozenset("·•・.'’-‐ ")
LONGEST_NAME = 60
DIGITS_KEPT = 15


def coerce_form(form: Form, raw: Mapping[str, str]) -> dict[str, Any]:
    """Values of ``form`` from the texts of an HTML form; other names are left out, blank ones are None.

    A text that is no value of its field's kind stays text, so that ``validate_form`` can say what is wrong.
    """
    return {field.id: _coerce(field, raw[field.id]) for field in form.fields if field.id in raw}


def _coerce(field: Field, text: str) -> Any:
    plain = text.strip()
    if not plain:
        return None
    narrow = unicodedata.normalize("NFKC", plain)
    if field.kind == "boolean":
        return True if narrow.lower() in TRUE else False if narrow.lower() in FALSE else plain
    if field.kind == "integer":
        return int(narrow) if re.fullmatch(r"[-+]?[0-9]{1,18}", narrow) else plain
    if field.kind == "decimal":
        return _number(narrow, plain)
    if field.kind == "date":
        return _day(narrow)
    return plain.replace("\r\n", "\n")


def _number(narrow: str, plain: str) -> int | float | str:
    if not re.fullmatch(r"[-+]?[0-9]*\.?[0-9]+", narrow):
        return plain
    try:
        number = Decimal(narrow)
    except InvalidOperation:
        return plain
    # A JSON number carries fifteen digits exactly; more would change on the way.
    if len(number.as_tuple().digits) > DIGITS_KEPT:
        return plain
    return int(number) if number == number.to_integral_value() else float(number)


def _day(text: str) -> str:
    match = DAY.fullmatch(text)
    if match is None:
        return text
    return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"


Wrong = tuple[str, str]
"""What is wrong with a value and the repair, in Chinese and English."""


def canonical(field: Field, value: Any, today: object = None) -> tuple[Any, Wrong | None]:
    """``value`` in the spelling to store, and what its format says against it, if anything.

    Codes are in capitals without blanks, names with single blanks; blank texts are None. A value that its format
    refuses stays as it is. ``today`` (a date, or None) refuses what lies ahead of it.
    """
    if isinstance(value, str):
        return _canonical_text(field.format, value.strip(), today if isinstance(today, dt.date) else None)
    if field.kind == "integer" and isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value), None
    return value, None


def _canonical_text(name: str | None, text: str, today: dt.date | None) -> tuple[str | None, Wrong | None]:
    if not text:
        return None, None
    if name is None:
        return text, None
    if name in KINDS:
        return _canonical_code(name, text, today)
    if name == "name":
        single = " ".join(text.split())
        return single, _name_fault(single)
    return text, _date_fault(name, text, today)


def _canonical_code(name: str, text: str, today: dt.date | None) -> tuple[str, Wrong | None]:
    try:
        return KINDS[name].parse(text, Context(today=today)).code, None
    except CodeError as wrong:
        said = wrong.message("zh-CN"), wrong.message("en")
    # Well formed, but of a day ahead: spelt as a code all the same.
    try:
        return KINDS[name].parse(text).code, said
    except CodeError:
        return text, said


def typed(field: Field, value: Any) -> object:
    """``value`` as rules know it, or None when it is not of the field's kind."""
    if field.kind == "boolean":
        return value if isinstance(value, bool) else None
    if field.kind == "integer":
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if field.kind == "decimal":
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return Decimal(str(value)) if number else None
    if not isinstance(value, str):
        return None
    if field.kind == "date":
        return _date(value)
    known = field.kind != "choice" or any(choice.value == value for choice in field.choices)
    return value if known else None


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def _name_fault(value: str) -> Wrong | None:
    if len(value) > LONGEST_NAME:
        return f"最多 {LONGEST_NAME} 个字，请缩短。", f"may have at most {LONGEST_NAME} characters: shorten it."
    strange = [sign for sign in value if sign not in NAME_SIGNS and unicodedata.category(sign)[0] not in "LM"]
    if strange:
        return (
            f"姓名里不能有“{strange[0]}”，请按证件上的姓名填写。",
            f"a name can not hold “{strange[0]}”: write it as on the identity document.",
        )
    if not any(sign.isalpha() for sign in value):
        return "请按证件上的姓名填写。", "write the name as on the identity document."
    return None


def _date_fault(name: str, value: str, today: dt.date | None) -> Wrong | None:
    day = _date(value)
    if day is None:
        return "没有这一天，请按“2026-01-31”的样子填写。", "there is no such day: write it like 2026-01-31."
    if name == "past-date" and today is not None and day > today:
        return f"不能晚于今天（{today}），请核对。", f"can not be after today ({today}): check it."
    return None
