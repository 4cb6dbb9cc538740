"""Invented records stay as young as they were written: a demonstration that begins later moves their days."""

import datetime as dt

from tongban.assembly.definitions import Records

WRITTEN = dt.date(2026, 11, 23)
BORN = {"mother_name": "王芳", "birth_date": "2026-10-20", "weight": 3250, "hospital": "2026 号楼", "note": None}


def test_a_child_is_as_old_on_the_first_day_as_it_was_when_written() -> None:
    moved = Records("health.birth-record", [BORN], WRITTEN).on(dt.date(2028, 3, 1))
    assert moved.rows == [BORN | {"birth_date": "2028-01-27"}]
    assert dt.date(2028, 3, 1) - dt.date(2028, 1, 27) == WRITTEN - dt.date(2026, 10, 20)


def test_records_without_a_day_and_days_before_it_stay_as_they_are() -> None:
    fixed, written = Records("civil-affairs.marriage", [BORN]), Records("health.birth-record", [BORN], WRITTEN)
    assert fixed.on(dt.date(2040, 1, 1)) is fixed
    assert written.on(dt.date(2026, 11, 1)) is written
    assert written.on(WRITTEN) is written
