"""Identifiers grow, tell their time, and cannot be guessed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tongban.basics.ids import _Generator, id_time, new_id, new_secret


def test_an_identifier_is_a_version_7_uuid_of_the_rfc_variant() -> None:
    made = new_id()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_an_identifier_tells_when_it_was_made() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    assert before <= id_time(new_id()) <= datetime.now(UTC) + timedelta(milliseconds=50)


def test_the_example_of_the_standard_is_read() -> None:
    # RFC 9562, appendix A.6
    told = id_time(UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"))
    assert told == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_another_version_tells_no_time() -> None:
    with pytest.raises(ValueError, match="version 7"):
        id_time(uuid4())


def test_identifiers_grow_within_one_millisecond() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_share_an_identifier_and_each_sees_growth() -> None:
    def many(_: int) -> list[UUID]:
        return [new_id() for _ in range(2_000)]

    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(many, range(8)))
    assert all(row == sorted(row) for row in rows)
    assert len({made for row in rows for made in row}) == 16_000


def test_a_clock_that_steps_back_does_not_make_identifiers_smaller() -> None:
    moments = iter([1_000, 990, 980, 1_001])
    generator = _Generator(lambda: next(moments), lambda bits: 5)
    made = [generator.next() for _ in range(4)]
    assert made == sorted(set(made))
    assert [one.int >> 80 for one in made] == [1_000, 1_000, 1_000, 1_001]


def test_a_full_counter_moves_on_to_the_next_millisecond() -> None:
    generator = _Generator(lambda: 1_000, lambda bits: (1 << bits) - 1)
    made = [generator.next()]
    generator._tail = (1 << 74) - 2
    made.append(generator.next())
    assert [one.int >> 80 for one in made] == [1_000, 1_001]


def test_secrets_are_url_safe_and_never_repeat() -> None:
    made = {new_secret() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(len(one) == 43 and one.replace("-", "").replace("_", "").isalnum() for one in made)
