"""One table as a provider: the adapter of ``resources``' port that every engine shares.

Called by the list of connectors, which hands in the engine's ``Source``. Time-boxed, size-limited, read-only; the
answer is checked again by ``resources``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from tongban.basics.rules import Rule, RuleValueRefused
from tongban.connectors.breaker import Breaker
from tongban.connectors.tables.source import Column, Row, Select, Source, Unreadable, missing, plain
from tongban.resources.provider import Answer, CallContext, Found, Invalid, Missing, Page, Pages, Unavailable

LARGEST_ANSWER = 64 * 1024  # bytes of one record
LARGEST_PAGE = 4 * 1024 * 1024  # bytes of one page
MOST_ROWS = 5_000
"""Records of one page, whatever is asked."""
MOST_READ = 50_000
"""Rows that one call reads to fill a page from which a row condition leaves many out."""
_BATCH = 1_000
_IN_TIME = "no answer in time"

T = TypeVar("T")


class TableProvider:
    """Records of one resource from a table: ``columns`` maps each field to its column.

    ``place`` names the table in messages.
    """

    def __init__(
        self, source: Source, columns: Mapping[str, Column], place: str, breaker: Breaker | None = None
    ) -> None:
        self._source, self._columns, self._place = source, columns, place
        self._breaker = breaker or Breaker()
        self._checked = False

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109 - part of the port
        context: CallContext,
    ) -> Answer:
        """The one row whose key columns equal ``match``. Raises nothing: every fault is an answer."""

        async def ask() -> Answer:
            names = self._names({*match, *fields})
            rows = await self._source.select(self._select(names, match, limit=2), timeout)
            if len(rows) > 1:
                return Invalid("several records match")
            return self._found(names, rows[0], match, fields) if rows else Missing()

        return await self._guarded(ask, timeout)

    async def fetch_many(
        self,
        match: Mapping[str, str],
        rows: Rule | None,
        fields: Sequence[str],
        limit: int,
        after: str | None,
        context: CallContext,
        timeout: float = 10.0,  # noqa: ASYNC109 - part of the port
    ) -> Pages:
        """A page as the port says, in the table's own order. Raises nothing: every fault is an answer."""

        async def ask() -> Pages:
            return await self._page(match, rows, fields, min(limit, MOST_ROWS), after, timeout)

        return await self._guarded(ask, timeout)

    async def probe(self, seconds: float) -> str | None:
        """None when the table answers and has every column; else the reason. For the doctor."""
        try:
            async with asyncio.timeout(seconds):
                await self._check()
        except TimeoutError:
            return _IN_TIME
        except Unreadable as fault:
            return fault.reason
        return None

    async def close(self) -> None:
        """Let go of connections."""
        await self._source.close()

    async def _guarded(self, ask: Callable[[], Awaitable[T]], seconds: float) -> T | Unavailable | Invalid:
        if not self._breaker.admits():
            return Unavailable("it has not answered lately; asked again in a few seconds")
        answered = False
        try:
            async with asyncio.timeout(seconds):
                if not self._checked:
                    await self._check()
                answer = await ask()
            answered = True
            return answer
        except TimeoutError:
            return Unavailable(_IN_TIME)
        except Unreadable as fault:
            answered = fault.wrong
            return (Invalid if fault.wrong else Unavailable)(fault.reason)
        except RuleValueRefused:
            answered = True
            return Invalid("a value is not of its declared kind")
        finally:
            (self._breaker.succeeded if answered else self._breaker.failed)()

    async def _check(self) -> None:
        """Every column of the list stands in the real table: only such names ever reach a statement."""
        wanted = [column.column for column in self._columns.values()]
        fault = missing(wanted, await self._source.names(), self._place)
        if fault:
            raise Unreadable(fault)
        self._checked = True

    def _names(self, fields: Iterable[str]) -> tuple[str, ...]:
        names = tuple(sorted(fields))
        unknown = [name for name in names if name not in self._columns]
        if unknown:
            raise Unreadable(f"no column is named for {', '.join(unknown)}")
        return names

    def _select(self, names: Sequence[str], match: Mapping[str, str], limit: int) -> Select:
        columns = tuple(self._columns[name].column for name in names)
        return Select(columns, {self._columns[name].column: value for name, value in match.items()}, limit)

    def _values(self, names: Sequence[str], row: Row) -> dict[str, Any]:
        return {
            name: plain(value, self._columns[name].as_)
            for name, value in zip(names, row, strict=True)
            if value is not None
        }

    def _found(self, names: Sequence[str], row: Row, match: Mapping[str, str], fields: Sequence[str]) -> Answer:
        values = self._values(names, row)
        if _size(values) > LARGEST_ANSWER:
            return Invalid("the answer is too large")
        echo = {name: str(values[name]) for name in match if name in values}
        return Found({name: values[name] for name in fields if name in values}, echo)

    async def _page(
        self,
        match: Mapping[str, str],
        rule: Rule | None,
        fields: Sequence[str],
        limit: int,
        after: str | None,
        seconds: float,
    ) -> Pages:
        if limit < 1:
            return Invalid("a page holds at least one record")
        kept = _Kept(rule, dict(match), fields, limit)
        names = self._names({*match, *fields, *(rule.names if rule else ())})
        batch = _BATCH if rule else min(limit, _BATCH)
        read = 0
        while True:
            found = await self._source.page(self._select(names, match, batch), after, seconds)
            for after, row in found:
                read += 1
                if kept.full_with(self._values(names, row)):
                    return Page(kept.rows, after)
            if len(found) < batch:
                return Page(kept.rows)
            if read >= MOST_READ:
                return Page(kept.rows, after)


class _Kept:
    """The records of one page while it is filled."""

    def __init__(self, rule: Rule | None, match: Mapping[str, str], fields: Sequence[str], limit: int) -> None:
        self._rule, self._match, self._fields, self._limit = rule, match, fields, limit
        self._size = 0
        self.rows: list[dict[str, Any]] = []

    def full_with(self, values: Mapping[str, Any]) -> bool:
        """Take a row, if the condition is true for it; whether the page is full now. Raises ``Unreadable``."""
        if any(str(values.get(name)).upper() != value.strip().upper() for name, value in self._match.items()):
            raise Unreadable("another record than the ones asked for", wrong=True)
        if self._rule is None or self._rule.evaluate(values) is True:
            self.rows.append({name: values[name] for name in self._fields if name in values})
            self._size += _size(self.rows[-1])
            if self._size > LARGEST_PAGE:
                raise Unreadable("the page is too large: ask for fewer records", wrong=True)
        return len(self.rows) >= self._limit


def _size(values: Mapping[str, Any]) -> int:
    return len(msgspec.json.encode(values))
