"""What a licence may state, how long it holds and when a document is genuine: pure decisions, no I/O."""

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tongban.basics.calendar import local_day
from tongban.basics.codes.checks import ALPHABET_31
from tongban.basics.codes.licence import make_licence_code
from tongban.basics.text import mask_name
from tongban.licences.definitions import LicenceField, LicenceType
from tongban.licences.errors import (
    Altered,
    DataUnfit,
    NotTheRecord,
    SignerNotTrusted,
    StateUnfit,
    WrongSigner,
)
from tongban.licences.models import (
    Licence,
    PublicFact,
    SignatureReport,
    State,
    StatedField,
    StoredState,
    Verification,
)

_SERIAL_RANDOM = 13
_LONGEST_VALUE = 2000
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NEXT: Mapping[str, frozenset[str]] = {
    "valid": frozenset({"suspended", "revoked", "withdrawn", "cancelled"}),
    "suspended": frozenset({"valid", "revoked", "withdrawn", "cancelled"}),
    "expired": frozenset({"cancelled"}),
}
STATE_NAMES: Mapping[State, str] = {
    "valid": "有效",
    "suspended": "暂停",
    "revoked": "吊销",
    "withdrawn": "撤销",
    "cancelled": "注销",
    "expired": "过期",
}


def state_fields(kind: LicenceType, data: Mapping[str, Any]) -> list[StatedField]:
    """The facts that a licence of type ``kind`` states, in the type's order.

    Fields without a value are left out. Raises ``DataUnfit`` for an unknown field or a value of another kind.
    """
    unknown = sorted(set(data) - {field.id for field in kind.fields})
    if unknown:
        raise _unfit(kind, unknown[0], "证照类型没有这个字段", "the type has no such field")
    return [
        _stated(kind, field, value)
        for field in kind.fields
        if (value := data.get(field.id)) is not None and value != ""
    ]


def _stated(kind: LicenceType, field: LicenceField, value: Any) -> StatedField:
    text = _text(kind, field, value)
    return StatedField(field.id, field.label, text, field.kind, field.public, field.sensitive)


def _text(kind: LicenceType, field: LicenceField, value: Any) -> str:
    if field.kind == "date":
        return _date(kind, field, value)
    plain = value if isinstance(value, str) else _spelt(value)
    if field.kind == "integer" and (plain is None or not _INTEGER.fullmatch(plain)):
        raise _unfit(kind, field.id, "应为整数", "an integer is expected")
    if plain is None or len(plain) > _LONGEST_VALUE or "\0" in plain:
        raise _unfit(kind, field.id, f"应为{_LONGEST_VALUE}字以内的文字", f"text of up to {_LONGEST_VALUE} is expected")
    return plain


def _spelt(value: Any) -> str | None:
    """A number or a day as text; None for what has no one spelling (lists, booleans, fractions of floats)."""
    if type(value) is dt.date:
        return value.isoformat()
    return str(value) if type(value) in (int, Decimal) else None


def _date(kind: LicenceType, field: LicenceField, value: Any) -> str:
    try:
        day = value if type(value) is dt.date else dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _unfit(kind, field.id, "应为日期", "a date is expected") from None
    return day.isoformat()


def _unfit(kind: LicenceType, field: str, zh: str, en: str) -> DataUnfit:
    return DataUnfit(field, type=kind.id, name=field, problem_zh=zh, problem_en=en)


def make_number(
    kind: LicenceType,
    issuer_uscc: str,
    issued_at: dt.datetime,
    random: Callable[[int], int] = secrets.randbelow,
) -> str:
    """A new 电子证照标识 (GB/T 36904), version 1; its serial is the year and 64 random bits.

    Raises ``CodeError`` when the type's or the issuer's code is not well formed.
    """
    signs = "".join(ALPHABET_31[random(31)] for _ in range(_SERIAL_RANDOM))
    return make_licence_code(kind.code, issuer_uscc, f"{local_day(issued_at).year}{signs}")


def last_day(kind: LicenceType, issued_at: dt.datetime) -> dt.date | None:
    """The last day of validity (China Standard Time, the day of issue being the first), None for ever."""
    if kind.valid_days is None:
        return None
    return local_day(issued_at) + dt.timedelta(days=kind.valid_days - 1)


def state_on(stored: StoredState, valid_until: dt.date | None, day: dt.date) -> State:
    """The state on ``day``: a licence that was not ended expires when its last day is past."""
    lapsed = valid_until is not None and day > valid_until
    return "expired" if lapsed and stored in ("valid", "suspended") else stored


def check_change(found: State, wanted: StoredState) -> None:
    """Refuse with ``StateUnfit`` what no law provides for: an ended licence never comes back."""
    if wanted not in _NEXT.get(found, frozenset()):
        raise StateUnfit(found=STATE_NAMES[found], wanted=STATE_NAMES[wanted])


def minimum(licence: Licence) -> Verification:
    """What may be told to whoever holds the code: the least (Personal Information Protection Law 6)."""
    return Verification(
        type_name=licence.type_name,
        holder=mask_name(licence.holder_name) if licence.holder_kind == "person" else licence.holder_name,
        issuer_name=licence.issuer.name,
        issued_on=local_day(licence.issued_at),
        valid_until=licence.valid_until,
        state=licence.state,
        number=licence.number,
        facts=[PublicFact(field.label, field.value) for field in licence.fields if field.public],
    )


def check_signature(report: SignatureReport) -> None:
    """Refuse what was changed after signing (``Altered``) or is not trusted (``SignerNotTrusted``)."""
    if not report.intact:
        raise Altered
    if not report.trusted:
        raise SignerNotTrusted(reason=report.distrust)


def check_document(licence: Licence, report: SignatureReport, pdf: bytes) -> None:
    """Refuse a signature by anybody but the issuer, and a file that is not the one on record."""
    if report.signer_uscc != licence.issuer.uscc:
        raise WrongSigner(issuer=licence.issuer.name)
    if hashlib.sha256(pdf).digest() != licence.pdf_sha256:
        raise NotTheRecord
