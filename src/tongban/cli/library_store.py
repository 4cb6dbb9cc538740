"""The receiving side's own storage: a SQLite file of another institution, never the platform's database.

Called by ``library_receiver`` and ``library_reconciling``. A batch and the cursor behind it are one transaction that
has reached the disk before it is acknowledged. Contents are sealed with a key of this side's own.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tongban.basics.key_file import load_or_create
from tongban.basics.vault import SealBroken
from tongban.cases.library.batches import Batch, Entry, Line, signed_text
from tongban.cases.library.definitions import Content
from tongban.cli.library_errors import RecordChanged

FILE = "library.sqlite"
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS state (
    single INTEGER PRIMARY KEY CHECK (single = 1), node TEXT NOT NULL, region TEXT NOT NULL, cursor INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, number TEXT NOT NULL,
    event TEXT NOT NULL, at TEXT NOT NULL, digest TEXT NOT NULL, sealed BLOB NOT NULL,
    received_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')));
CREATE TABLE IF NOT EXISTS batches (
    after INTEGER NOT NULL, next INTEGER NOT NULL, text TEXT NOT NULL, signature TEXT NOT NULL,
    received_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')), PRIMARY KEY (after, next));
"""
_COLUMNS = "position, id, kind, number, event, at, digest, sealed"


class _Held(msgspec.Struct, frozen=True):
    """What lies sealed in a row."""

    salt: str
    content: Content


class LibraryStore:
    """Received records in ``folder``, which exists and belongs to this process."""

    def __init__(self, folder: Path) -> None:
        self._vault = load_or_create(folder / "vault.json")
        self._file = sqlite3.connect(folder / FILE)
        (folder / FILE).chmod(0o600)
        self._file.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def cursor(self) -> int:
        """The position up to which everything is kept."""
        row = self._file.execute("SELECT cursor FROM state").fetchone()
        return int(row[0]) if row else 0

    @property
    def region(self) -> str | None:
        """The region that is received; None before the first batch."""
        row = self._file.execute("SELECT region FROM state").fetchone()
        return str(row[0]) if row else None

    def keep(self, batch: Batch) -> int:
        """Keep a verified batch with its signature, all or nothing; returns how many records are new.

        What is there already stays as it is. Raises ``RecordChanged`` when it was something else.
        """
        with self._file:
            fresh = sum(self._insert(entry) for entry in batch.entries)
            if batch.entries:
                proof = (batch.after, batch.next, signed_text(batch), batch.signature)
                self._file.execute(
                    "INSERT OR IGNORE INTO batches (after, next, text, signature) VALUES (?, ?, ?, ?)", proof
                )
            self._file.execute(
                "INSERT INTO state VALUES (1, ?, ?, ?) ON CONFLICT DO UPDATE SET cursor = max(cursor, excluded.cursor)",
                (batch.node, batch.region, batch.next),
            )
        return fresh

    def _insert(self, entry: Entry) -> bool:
        held = msgspec.json.encode(_Held(entry.salt, entry.content))
        row = (entry.position, entry.id, entry.kind, entry.number, entry.event, entry.at, entry.digest)
        done = self._file.execute(
            f"INSERT OR IGNORE INTO records ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, self._vault.seal(held, _context(entry.position, entry.id))),
        )
        if done.rowcount == 0:
            known = self._file.execute(
                f"SELECT {_COLUMNS} FROM records WHERE position = ?", [entry.position]
            ).fetchone()
            if known is None or known[:-1] != row:
                raise RecordChanged(position=entry.position)
        return done.rowcount > 0

    def entries(self, after: int, until: int) -> Iterator[Entry]:
        """What is kept in (after, until], in order, with digests made anew from the contents."""
        rows = self._file.execute(
            f"SELECT {_COLUMNS} FROM records WHERE position > ? AND position <= ? ORDER BY position", (after, until)
        )
        return map(self._entry, rows)

    def _entry(self, row: tuple[int, str, str, str, str, str, str, bytes]) -> Entry:
        position, record_id, kind, number, event, at, _, sealed = row
        held = self._opened(position, record_id, sealed)
        return Entry(position, record_id, kind, number, event, at, held.salt, held.content).sealed()

    def _opened(self, position: int, record_id: str, sealed: bytes) -> _Held:
        try:
            return msgspec.json.decode(self._vault.open(sealed, _context(position, record_id)), type=_Held)
        except SealBroken:  # damaged or replaced: the comparison names it
            return _Held("", {})

    def lines(self, after: int, until: int) -> list[Line]:
        """The same without contents."""
        return [entry.line() for entry in self.entries(after, until)]

    def count(self) -> tuple[int, int]:
        """How many records and cases are kept."""
        records, cases = self._file.execute("SELECT count(*), count(DISTINCT number) FROM records").fetchone()
        return int(records), int(cases)


def _context(position: int, record_id: str) -> bytes:
    return f"received:{position}:{record_id}".encode()
