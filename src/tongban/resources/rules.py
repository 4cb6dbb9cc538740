"""Which answer may be believed, and how long its use is kept: pure decisions, called by ``actions``."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from tongban.resources.definitions import Resource
from tongban.resources.models import LookUpRequest
from tongban.resources.provider import Answer, Found, Invalid, Missing, Unavailable

LONGEST_TEXT = 2000  # characters of one value
# 网络数据安全管理条例 (国务院令790) asks to keep records of data provided to others for at least three years.
RETAIN_YEARS = 3
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")  # NUL and half surrogates: no store takes them
CHINA = dt.timezone(dt.timedelta(hours=8))


def check_answer(request: LookUpRequest, answer: Answer) -> Answer:
    """``answer`` reduced to the asked fields, or ``Invalid`` when it can not be believed.

    A record whose own key values differ from what was asked is another person's. A field without value is
    left out; an answer without any value is no answer.
    """
    if isinstance(answer, Missing | Unavailable | Invalid):
        return answer
    if not _same_record(request.match, answer):
        return Invalid("another record than the one asked for")
    kept = {name: answer.fields[name] for name in request.fields if answer.fields.get(name) is not None}
    wrong = next((name for name, value in kept.items() if not fits(request.resource, name, value)), None)
    if wrong is not None:
        return Invalid(f"field {wrong} is not of its declared kind")
    return Found(kept, dict(request.match), answer.proof) if kept else Invalid("no asked field in the answer")


def _same_record(match: Mapping[str, str], answer: Found) -> bool:
    return all(
        _same(answer.echo.get(key), value) and (key not in answer.fields or _same(answer.fields[key], value))
        for key, value in match.items()
    )


def _same(told: Any, asked: str) -> bool:
    # The check character of a resident id is an X that some systems write small.
    return isinstance(told, str) and told.strip().upper() == asked.strip().upper()


def fits(resource: Resource, name: str, value: Any) -> bool:
    """Whether ``value`` is of the kind that ``resource`` declares for the field ``name``."""
    field = resource.field(name)
    if field is None:
        return False
    if field.kind == "boolean":
        return isinstance(value, bool)
    if field.kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or _UNWRITABLE.search(value):
        return False
    return field.kind == "text" or _is_date(value)


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and bool(dt.date.fromisoformat(value))
    except ValueError:
        return False


def retain_until(now: dt.datetime) -> dt.date:
    """The last day (China Standard Time) on which the record of a use must not be erased."""
    return now.astimezone(CHINA).date() + dt.timedelta(days=RETAIN_YEARS * 366)
