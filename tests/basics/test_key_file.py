"""Sealed keys open with the master key only, and a kill in the middle of sealing them loses nothing."""

import secrets
from pathlib import Path

import msgspec
import pytest

from tongban.basics import key_file
from tongban.basics.key_file import (
    PLAIN,
    SEALED,
    MasterMissing,
    load_or_create,
    master_place,
    move_master,
    new_ring,
    opens,
    put_master,
    read_ring,
    seal_ring,
    write_ring,
)
from tongban.basics.vault import KeyFileFault, SealBroken

ONE, TWO = secrets.token_bytes(32), secrets.token_bytes(32)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    load_or_create(folder / PLAIN)
    return folder


def test_sealed_keys_are_the_same_keys_and_the_plain_file_is_gone(keys: Path) -> None:
    plain = read_ring(keys)
    seal_ring(keys, plain, ONE)
    assert read_ring(keys) == plain and not (keys / PLAIN).exists()
    assert not any(key in (keys / SEALED).read_bytes() for key in plain.keys.values())


def test_without_the_master_key_the_node_waits_for_its_keepers(keys: Path) -> None:
    seal_ring(keys, read_ring(keys), ONE)
    master_place(keys).unlink()
    with pytest.raises(MasterMissing, match="tongban keys open"):
        read_ring(keys)
    put_master(keys, TWO)
    with pytest.raises(SealBroken):
        read_ring(keys)
    assert not opens(keys, TWO) and opens(keys, ONE)
    put_master(keys, ONE)
    read_ring(keys)


def test_a_master_key_that_others_may_read_is_refused(keys: Path) -> None:
    seal_ring(keys, read_ring(keys), ONE)
    master_place(keys).chmod(0o640)
    with pytest.raises(KeyFileFault):
        read_ring(keys)


@pytest.mark.parametrize("step", range(1, 4))
def test_a_kill_at_any_step_of_a_new_splitting_leaves_keys_that_open(
    keys: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    ring = read_ring(keys)
    seal_ring(keys, ring, ONE)
    done, replace, rename = [0], key_file._replace, Path.rename

    def counted(act: object) -> object:
        def run(*given: object) -> object:
            done[0] += 1
            if done[0] == step:
                raise KeyboardInterrupt
            return act(*given)  # type: ignore[operator]

        return run

    with monkeypatch.context() as killing, pytest.raises(KeyboardInterrupt):
        killing.setattr(key_file, "_replace", counted(replace))
        killing.setattr(Path, "rename", counted(rename))
        seal_ring(keys, ring, TWO)
    assert read_ring(keys) == ring
    seal_ring(keys, ring, TWO)
    assert read_ring(keys) == ring and opens(keys, TWO)


def test_the_master_key_moves_to_a_place_that_a_restart_empties(keys: Path, tmp_path: Path) -> None:
    ring = read_ring(keys)
    seal_ring(keys, ring, ONE)
    move_master(keys, tmp_path / "run" / "master.key")
    assert read_ring(keys) == ring and master_place(keys) == tmp_path / "run" / "master.key"
    assert master_place(keys).stat().st_mode & 0o777 == 0o600


def test_a_changed_ring_is_written_in_the_form_it_had(keys: Path) -> None:
    seal_ring(keys, read_ring(keys), ONE)
    ring = read_ring(keys)
    more = msgspec.structs.replace(ring, keys={**ring.keys, "k2": secrets.token_bytes(32)}, current="k2")
    write_ring(keys, more)
    assert read_ring(keys) == more and not (keys / PLAIN).exists()


def test_a_running_vault_takes_up_newer_keys_and_never_another_look_up_key(keys: Path) -> None:
    vault, ring = read_ring(keys).vault(), read_ring(keys)
    old = vault.seal("王芳".encode(), b"c")
    newer = msgspec.structs.replace(ring, keys={**ring.keys, "k2": secrets.token_bytes(32)}, current="k2").vault()
    looked_up = vault.keyed_hash("person", "1")
    vault.take_up(newer)
    assert vault.open(old, b"c").decode() == "王芳" and vault.needs_resealing(old) and vault.current == "k2"
    assert vault.keyed_hash("person", "1") == looked_up and vault.seal(b"x", b"c").startswith(vault.prefix)
    with pytest.raises(ValueError):
        vault.take_up(new_ring().vault())
