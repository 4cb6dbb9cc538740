"""What is sealed opens with the right key and context only, and keys are kept from others."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.key_file import load_or_create
from tongban.basics.vault import Algorithm, KeyFileFault, KeyMissing, SealBroken, Vault

OLD, NEW, LOOKUP = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)

algorithms = st.sampled_from(ALGORITHMS)


def vault(algorithm: Algorithm = "AES-256-GCM") -> Vault:
    return Vault({"k1": OLD}, "k1", LOOKUP, algorithm)


@given(algorithms, st.binary(max_size=300), st.binary(max_size=60))
def test_what_was_sealed_opens_again(algorithm: Algorithm, plaintext: bytes, context: bytes) -> None:
    assert vault(algorithm).open(vault(algorithm).seal(plaintext, context), context) == plaintext


@given(algorithms, st.binary(max_size=60), st.binary(max_size=30), st.binary(max_size=30))
def test_another_context_opens_nothing(algorithm: Algorithm, plaintext: bytes, one: bytes, two: bytes) -> None:
    if one != two:
        with pytest.raises(SealBroken):
            vault().open(vault(algorithm).seal(plaintext, one), two)


@given(st.data(), algorithms)
def test_any_changed_byte_is_noticed(data: st.DataObject, algorithm: Algorithm) -> None:
    sealed = bytearray(vault(algorithm).seal("王芳".encode(), b"person.name"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises((SealBroken, KeyMissing)):
        vault().open(bytes(sealed), b"person.name")


@given(st.integers(0, 200))
def test_any_cut_is_noticed(length: int) -> None:
    sealed = vault().seal(b"x" * 150, b"")
    with pytest.raises((SealBroken, KeyMissing)):
        vault().open(sealed[:length] if length < len(sealed) else sealed + b"x", b"")


@given(st.binary(max_size=200))
def test_bytes_that_were_never_sealed_are_refused(noise: bytes) -> None:
    with pytest.raises((SealBroken, KeyMissing)):
        vault().open(noise, b"")


def test_a_byte_cannot_move_between_the_header_and_the_context() -> None:
    sealed = vault().seal(b"secret", b"ab")
    for context in (b"a", b"abc", b"b", b""):
        with pytest.raises(SealBroken):
            vault().open(sealed, context)


def test_the_envelope_hides_the_content_and_is_never_the_same_twice() -> None:
    made = {vault().seal(b"11010519491231002X", b"c") for _ in range(200)}
    assert len(made) == 200
    assert not any(b"110105" in one for one in made)


def test_the_envelope_is_laid_out_as_described() -> None:
    sealed = vault("SM4-GCM").seal(b"12345", b"")
    assert sealed[:5] == bytes((1, 2, 2)) + b"k1"
    assert len(sealed) == 3 + 2 + 12 + 12 + 5 + 16


def test_old_data_opens_after_a_rotation_and_is_known_to_be_old() -> None:
    sealed = vault().seal(b"then", b"c")
    rotated = Vault({"k1": OLD, "k2": NEW}, "k2", LOOKUP)
    assert rotated.open(sealed, b"c") == b"then"
    assert rotated.needs_resealing(sealed)
    assert not rotated.needs_resealing(rotated.seal(b"now", b"c"))
    with pytest.raises(KeyMissing, match="k2"):
        vault().open(rotated.seal(b"now", b"c"), b"c")


def test_a_change_of_algorithm_leaves_old_data_readable() -> None:
    sealed = vault("AES-256-GCM").seal(b"then", b"c")
    national = vault("SM4-GCM")
    assert national.open(sealed, b"c") == b"then"
    assert national.needs_resealing(sealed)


def test_another_key_under_the_same_name_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        Vault({"k1": NEW}, "k1", LOOKUP).open(vault().seal(b"x", b""), b"")


def test_a_keyed_hash_finds_again_and_survives_a_rotation() -> None:
    found = vault().keyed_hash("resident-id", "11010519491231002X")
    rotated = Vault({"k1": OLD, "k2": NEW}, "k2", LOOKUP)
    assert len(found) == 32
    assert rotated.keyed_hash("resident-id", "11010519491231002X") == found


def test_keyed_hashes_of_other_purposes_values_or_keys_cannot_be_joined() -> None:
    made = {
        vault().keyed_hash("a", "bc"),
        vault().keyed_hash("ab", "c"),
        vault().keyed_hash("", "abc"),
        vault().keyed_hash("a", "bC"),
        Vault({"k1": OLD}, "k1", NEW).keyed_hash("a", "bc"),
    }
    assert len(made) == 5


@pytest.mark.parametrize(
    ("keys", "current", "lookup"),
    [
        ({"k1": b"short"}, "k1", LOOKUP),
        ({"k1": OLD}, "k2", LOOKUP),
        ({"k1": OLD}, "k1", b""),
        ({"钥": OLD}, "钥", LOOKUP),
        ({"": OLD}, "", LOOKUP),
        ({}, "k1", LOOKUP),
    ],
)
def test_keys_of_a_wrong_shape_make_no_vault(keys: dict[str, bytes], current: str, lookup: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        Vault(keys, current, lookup)


def test_a_vault_never_shows_its_keys() -> None:
    assert repr(vault()) == "Vault(keys=['k1'], current='k1')"


def test_a_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    sealed = load_or_create(path).seal(b"kept", b"c")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create(path).open(sealed, b"c") == b"kept"
    assert [file.name for file in tmp_path.iterdir()] == ["vault.json"]


def test_two_new_installations_share_no_keys(tmp_path: Path) -> None:
    hashes = {load_or_create(tmp_path / name).keyed_hash("p", "v") for name in ("one", "two")}
    assert len(hashes) == 2


def test_processes_that_start_at_once_end_up_with_the_same_keys(tmp_path: Path) -> None:
    def start(_: int) -> bytes:
        return load_or_create(tmp_path / "vault.json").keyed_hash("p", "v")

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(start, range(64)))) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["vault.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_file_that_others_can_touch_is_refused_with_its_repair(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "vault.json"
    load_or_create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileFault, match=f"chmod 600 {path}") as refused:
        load_or_create(path)
    assert f"{mode:04o}" in refused.value.message("zh-CN")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b'{"current": "k1", "keys": {"k1": "c2hvcnQ="}, "lookup_key": "c2hvcnQ="}',
        b"[1]",
    ],
)
def test_a_damaged_key_file_is_refused_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vault.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileFault, match="backup"):
        load_or_create(path)
    assert path.read_bytes() == content


def test_a_missing_folder_or_a_folder_in_place_of_the_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(KeyFileFault, match="folder exists"):
        load_or_create(tmp_path / "nowhere" / "vault.json")
    with pytest.raises(KeyFileFault, match="neither read nor made"):
        load_or_create(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_key_file_that_cannot_be_read_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    load_or_create(path)
    path.chmod(0o000)
    with pytest.raises(KeyFileFault, match="neither read nor made"):
        load_or_create(path)
