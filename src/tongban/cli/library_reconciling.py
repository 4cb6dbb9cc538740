"""Compare what the node holds with what was received, record by record, and name every difference.

Called by ``tongban library reconcile``. Digests are made anew from the contents on both sides, so a change on either
is found. Of a record that differs the names of its fields are told, never a value.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from tongban.basics.errors import TongbanError
from tongban.cases.library.batches import DigestList, Entry, Line, verify
from tongban.cli.library_receiver import Source
from tongban.cli.library_store import LibraryStore
from tongban.ledger.verify_receipt import VerifierKey

What = Literal["missing_here", "missing_there", "missing_on_both", "differs"]
WORDS: dict[What, tuple[str, str]] = {
    "missing_here": ("本方缺少", "missing here"),
    "missing_there": ("平台缺少", "missing there"),
    "missing_on_both": ("双方都缺少", "missing on both sides"),
    "differs": ("内容不同", "differs"),
}
UNREADABLE = "(unreadable)"


class Difference(Struct, frozen=True):
    """One record that is not the same on both sides. ``fields``: the names of what differs."""

    what: What
    position: int
    number: str = ""
    kind: str = ""
    id: str = ""
    fields: tuple[str, ...] = ()


class Comparison(Struct, frozen=True):
    """The whole of it. ``waiting``: records on the node that this side has not asked for yet; no difference."""

    region: str | None
    cursor: int
    records_here: int
    records_there: int
    cases_here: int
    cases_there: int
    waiting: int
    differences: list[Difference]

    @property
    def same(self) -> bool:
        """Both sides hold the same."""
        return not self.differences


def reconcile(source: Source, store: LibraryStore, keys: Sequence[VerifierKey]) -> Comparison:
    """Compare everything up to the store's cursor. Raises what receiving raises."""
    cursor, found, there, cases, waiting = store.cursor, list[Difference](), 0, set[str](), 0
    after = 0
    for page in _pages(source, keys, store.region):
        lines = [line for line in page.entries if line.position <= cursor]
        waiting += len(page.entries) - len(lines)
        there += len(lines)
        cases |= {line.number for line in lines}
        until = min(page.next, cursor)
        found += _compare(source, store, keys, after, until, lines)
        after = max(after, until)
    found += _compare(source, store, keys, after, cursor, [])
    records, own_cases = store.count()
    return Comparison(store.region, cursor, records, there, own_cases, len(cases), waiting, found)


def _pages(source: Source, keys: Sequence[VerifierKey], region: str | None) -> Iterator[DigestList]:
    after = 0
    while True:
        page = source.digests(after)
        verify(page, keys, after, region)
        if not page.entries:
            return
        yield page
        after = page.next


def _compare(
    source: Source, store: LibraryStore, keys: Sequence[VerifierKey], after: int, until: int, lines: Sequence[Line]
) -> Iterator[Difference]:
    here = {line.position: line for line in store.lines(after, until)}
    there = {line.position: line for line in lines}
    for position in range(after + 1, until + 1):
        mine, its = here.get(position), there.get(position)
        if mine is None and its is None:
            yield Difference("missing_on_both", position)
        elif mine is None or its is None:
            yield _named("missing_here" if mine is None else "missing_there", mine or its)
        elif mine.digest != its.digest:
            yield _named("differs", its, _fields(source, store, keys, position))


def _named(what: What, line: Line | None, fields: tuple[str, ...] = ()) -> Difference:
    assert line is not None
    return Difference(what, line.position, line.number, line.kind, line.id, fields)


def _fields(source: Source, store: LibraryStore, keys: Sequence[VerifierKey], position: int) -> tuple[str, ...]:
    """The names of the fields in which the two sides' records differ."""
    mine = next(store.entries(position - 1, position))
    try:
        batch = source.batch(position - 1, 1)
        verify(batch, keys, position - 1, store.region)
        its = batch.entries[0]
    except TongbanError:
        return (UNREADABLE,)
    if not mine.content or not its.content:
        return (UNREADABLE,)
    return tuple(sorted(_differing(mine, its)))


def _differing(mine: Entry, its: Entry) -> Iterator[str]:
    one, two = msgspec.to_builtins(mine), msgspec.to_builtins(its)
    yield from (name for name in one if name not in ("content", "digest") and one[name] != two[name])
    columns = mine.content.keys() | its.content.keys()
    yield from (name for name in columns if mine.content.get(name) != its.content.get(name))
