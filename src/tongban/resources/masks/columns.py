"""Masks for whole columns, as DuckDB expressions with the results of ``masking``. Called by who serves lists and files.

Keys and patterns travel as bound parameters and never stand in the text of a statement. Tokens are made by the vault,
so they are sealed row by row before a row leaves; the statement that reads them is not handed out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

from tongban.resources.masks import masking
from tongban.resources.masks.definitions import Mask
from tongban.resources.masks.keys import MaskKeys

_BLOCK = 64  # bytes of a block of SHA-256, for HMAC (RFC 2104)
_BATCH = 2048  # rows that are held at once


def masked_rows(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    masks: Mapping[str, Mask],
    keys: MaskKeys,
    scope: str,
    subject: str | None = None,
    parameters: Mapping[str, object] | None = None,
) -> Iterator[tuple[Any, ...]]:
    """The rows of ``source`` with exactly the columns of ``masks``, in their order, each masked within ``scope``.

    ``source``: a table or a query in parentheses, of the program's own making, with its ``parameters``; ``subject``:
    the column that says whose row it is, which shifts need. A column that is to be seen as it is has the mask keep.
    """
    builder = _Builder(keys, scope, subject)
    columns = [f"{builder.column(quoted(name), spec)} AS {quoted(name)}" for name, spec in masks.items()]
    sealed = [index for index, spec in enumerate(masks.values()) if spec.kind == "token"]
    bound = {**(parameters or {}), **builder.parameters}
    found = connection.execute(f"SELECT {', '.join(columns)} FROM {source}", bound)
    while rows := found.fetchmany(_BATCH):
        yield from (_sealed(row, sealed, keys, scope) for row in rows) if sealed else rows


def _sealed(row: tuple[Any, ...], columns: list[int], keys: MaskKeys, scope: str) -> tuple[Any, ...]:
    values = list(row)
    for index in columns:
        values[index] = None if values[index] is None else keys.seal(values[index], scope)
    return tuple(values)


def quoted(name: str) -> str:
    """An identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


class _Builder:
    def __init__(self, keys: MaskKeys, scope: str, subject: str | None) -> None:
        self._key = keys.key(scope)
        self._subject = subject
        self.parameters: dict[str, object] = {}

    def column(self, column: str, mask: Mask) -> str:
        """The expression for one column."""
        text = f"CAST({column} AS VARCHAR)"
        if mask.kind == "keep":
            return column
        if mask.kind == "hide":
            return "CAST(NULL AS VARCHAR)"
        if mask.kind == "hash":
            return f"substr({self._hmac(text)}, 1, {masking.DIGITS})"
        if mask.kind == "token":
            return text  # sealed by ``masked_rows`` before the row leaves
        if mask.kind == "shift":
            return self._shifted(text, mask.days or 1)
        return self._formed(text, mask)

    def _bind(self, value: object) -> str:
        name = f"mask_{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _formed(self, text: str, mask: Mask) -> str:
        form = mask.form or ""
        if form in masking.LEVELS:
            digits = masking.LEVELS[form]
            fits = f"regexp_full_match({text}, {self._bind(masking.DIVISION.pattern)})"
            return f"CASE WHEN {fits} THEN rpad(substr({text}, 1, {digits}), 6, '0') END"
        if form in ("month", "year"):
            return f"strftime({self._day(text)}, '{'%Y-%m' if form == 'month' else '%Y'}')"
        if form == "band":
            return self._banded(text, mask.width or 1)
        if form == "name":
            kept = f"trim(regexp_replace({text}, {self._bind(masking.UNSEEN)}, '', 'g'), ' ')"
            shown = f"CASE WHEN length({kept}) >= 2 THEN substr({kept}, 1, 1) ELSE '' END || '**'"
            return f"CASE WHEN {text} IS NOT NULL THEN {shown} END"
        if form == "address":
            return f"regexp_extract({text}, {self._bind(masking.ADDRESS)}, 1) || '{masking.STARS}'"
        return self._numbered(text, form)

    def _numbered(self, text: str, form: str) -> str:
        """Telephone, identity and card numbers: kept parts around the stars, or the stars alone."""
        pattern = {"phone": masking.MOBILE, "id": masking.RESIDENT, "card": masking.CARD}[form].pattern
        bare = text if form == "id" else f"regexp_replace({text}, '[ -]', '', 'g')"
        whole = self._bind(f"^(?:{pattern})$")

        def part(group: int) -> str:
            return f"regexp_extract({bare}, {whole}, {group})"

        shown = {
            "phone": f"{part(1)} || '{masking.STARS}' || {part(2)}",
            "id": f"{part(1)} || '{masking.STARS}' || {part(2)} || {part(3)}",
            "card": f"'{masking.STARS}' || {part(1)}",
        }[form]
        return (
            f"CASE WHEN {text} IS NULL THEN NULL WHEN regexp_matches({bare}, {whole}) THEN {shown}"
            f" ELSE '{masking.STARS}' END"
        )

    def _day(self, text: str) -> str:
        fits = f"regexp_full_match({text}, {self._bind(masking.DAY.pattern)})"
        day = f"TRY_CAST({text} AS DATE)"
        return f"CASE WHEN {fits} AND {day} >= DATE '{masking.FIRST}' THEN {day} END"

    def _banded(self, text: str, width: int) -> str:
        # No alias stands in here: it could be the name of a column.
        fits = f"regexp_full_match({text}, {self._bind(masking.NUMBER.pattern)})"
        whole = f"CAST(floor(TRY_CAST({text} AS DECIMAL(38, 10))) AS HUGEINT)"
        low = f"({whole} - ((({whole} % {width}) + {width}) % {width}))"
        shown = f"'[' || {low} || ',' || ({low} + {width}) || ')'"
        return f"CASE WHEN {fits} AND abs({whole}) < {masking.LARGEST} THEN {shown} END"

    def _shifted(self, text: str, days: int) -> str:
        if self._subject is None:
            return "CAST(NULL AS VARCHAR)"
        spelled = f"CAST({quoted(self._subject)} AS VARCHAR)"
        subject = f"translate(trim({spelled}, ' '), '{masking.SMALL}', '{masking.LARGE}')"
        drawn = f"(CAST('0x' || substr({self._hmac(subject)}, 1, 12) AS BIGINT) % {2 * days})"
        by = f"CAST({drawn} - {days} + CAST({drawn} >= {days} AS INTEGER) AS INTEGER)"
        moved = f"CAST({self._day(text)} + {by} AS DATE)"
        return (
            f"CASE WHEN {subject} <> '' AND {moved} BETWEEN DATE '{masking.FIRST}' AND DATE '{masking.LAST}'"
            f" THEN strftime({moved}, '%Y-%m-%d') END"
        )

    def _hmac(self, text: str) -> str:
        """HMAC-SHA256 in hexadecimal, by its definition (RFC 2104)."""
        block = self._key.ljust(_BLOCK, b"\0")
        inner = self._bind(bytes(byte ^ 0x36 for byte in block))
        outer = self._bind(bytes(byte ^ 0x5C for byte in block))
        return f"sha256({outer} || unhex(sha256({inner} || encode({text}))))"
