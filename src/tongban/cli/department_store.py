"""The storage of an invented departmental system: its records and its own log of who asked.

Called by ``department_app`` alone. It is a SQLite file of the department, deliberately not the platform's
database: what crosses between them crosses over HTTP.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seeded (resource TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS accesses (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')), consumer TEXT NOT NULL,
    case_id TEXT NOT NULL, purpose TEXT NOT NULL, basis TEXT NOT NULL, fields TEXT NOT NULL,
    request_id TEXT NOT NULL, records TEXT NOT NULL);
"""

Row = dict[str, Any]


class DepartmentStore:
    """Records of one resource in ``folder/<resource>.sqlite``; ``rows`` seed it once and never again.

    ``folder`` exists.
    """

    def __init__(self, folder: Path, resource: str, rows: Iterable[Row]) -> None:
        self._lock = Lock()
        self._file = sqlite3.connect(folder / f"{resource}.sqlite", check_same_thread=False)
        self._file.executescript("PRAGMA journal_mode=WAL;" + _SCHEMA)
        with self._file:
            fresh = self._file.execute("INSERT OR IGNORE INTO seeded VALUES (?)", [resource]).rowcount
            if fresh:
                self._insert(rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def find(self, match: Mapping[str, Any]) -> dict[int, Row]:
        """The records, by number, whose fields equal every field of ``match``."""
        return {
            number: row
            for number, row in self._all().items()
            if all(name in row and _same(row[name], value) for name, value in match.items())
        }

    def another(self, match: Mapping[str, Any]) -> Row | None:
        """Some record that does not match: what a faulty system might mistake for it."""
        right = self.find(match)
        return next((row for number, row in self._all().items() if number not in right), None)

    def names(self) -> list[str]:
        """Every field that some record has."""
        return sorted({name for row in self._all().values() for name in row})

    def add(self, row: Row) -> None:
        """Add a record."""
        with self._lock, self._file:
            self._insert([row])

    def remove(self, match: Mapping[str, Any]) -> list[Row]:
        """Remove the records that match and return them, so that they can be put back."""
        gone = self.find(match)
        with self._lock, self._file:
            self._file.executemany("DELETE FROM records WHERE id = ?", [[number] for number in gone])
        return list(gone.values())

    def note(self, access: Mapping[str, str]) -> None:
        """Write down who asked, why and which records came up; never the value that was asked for."""
        columns = ("consumer", "case_id", "purpose", "basis", "fields", "request_id", "records")
        with self._lock, self._file:
            self._file.execute(
                "INSERT INTO accesses (consumer, case_id, purpose, basis, fields, request_id, records) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [access[name] for name in columns],
            )

    def accesses(self, limit: int = 100) -> list[Row]:
        """The latest accesses, newest first."""
        with self._lock:
            found = self._file.execute("SELECT * FROM accesses ORDER BY id DESC LIMIT ?", [limit])
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _insert(self, rows: Iterable[Row]) -> None:
        texts = [[msgspec.json.encode(row).decode()] for row in rows]
        self._file.executemany("INSERT INTO records (data) VALUES (?)", texts)

    def _all(self) -> dict[int, Row]:
        with self._lock:
            found = self._file.execute("SELECT id, data FROM records ORDER BY id").fetchall()
        return {number: msgspec.json.decode(data) for number, data in found}


def _same(mine: object, asked: object) -> bool:
    return str(mine).strip().upper() == str(asked).strip().upper()
