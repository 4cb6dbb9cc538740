"""Clocks tell aware UTC and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from tongban.basics.calendar import CST
from tongban.basics.clock import Clock, FixedClock, SystemClock


def test_the_system_clock_tells_utc() -> None:
    clock: Clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - clock.now()) < timedelta(seconds=5)


def test_a_fixed_clock_stands_still_in_utc() -> None:
    clock: Clock = FixedClock(datetime(2026, 11, 22, 9, 0, tzinfo=CST))
    assert clock.now() == clock.now() == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_a_clock_refuses_a_moment_without_a_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 11, 22, 9, 0))
