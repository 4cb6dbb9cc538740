"""Which passwords are known to have leaked."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongban.parties.log_in.passwords import PREFIX_BYTES, is_breached, use_list

LEAKED = ["下城 的 秋天 2026", "correct horse 9 battery", "a third one, not so short"]


@pytest.fixture
def own_list(tmp_path: Path) -> Iterator[None]:
    prefixes = sorted(hashlib.sha1(one.encode()).digest()[:PREFIX_BYTES] for one in LEAKED)
    (tmp_path / "leaked").write_bytes(b"".join(prefixes))
    use_list(tmp_path / "leaked")
    yield
    use_list(None)


@pytest.mark.parametrize("password", LEAKED)
def test_what_stands_in_the_operators_list_is_known(own_list: None, password: str) -> None:
    assert is_breached(password)


@pytest.mark.parametrize("password", LEAKED)
def test_without_the_list_or_one_sign_apart_it_is_not(own_list: None, password: str) -> None:
    assert not is_breached(password + "!")
    use_list(None)
    assert not is_breached(password)


def test_the_bundled_list_knows_the_common_ones() -> None:
    assert is_breached("password123") and is_breached("PASSWORD123")
