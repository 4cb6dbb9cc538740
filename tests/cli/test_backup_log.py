"""The archived log is the node's own and whole, or nothing of it is replayed: made up, exchanged, removed, cut off."""

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from tongban.cli.check_setup import check_log
from tongban.connectors.backup.base import NOT_COPIED
from tongban.connectors.backup.chain import LogChain, Trust, believed, head_of, remembered
from tongban.connectors.backup.errors import (
    LogAltered,
    LogCut,
    LogForeign,
    LogMissing,
    LogUnproven,
    NoLogKey,
)
from tongban.connectors.backup.plan import BackupPlan
from tongban.connectors.backup.records import LogHead, LogRecord, signature_of
from tongban.connectors.backup.sealing import make_identity, open_file, read_identity, sealed
from tongban.connectors.backup.store import Archive, Base, Manifest
from tongban.ledger.keys import Signer, log_signer

SYSTEM, NOW = "7312345678901234567", dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)


def segment(number: int, line: int = 1) -> str:
    """PostgreSQL's name of the segment with this ordinal."""
    return f"{line:08X}{number // 256:08X}{number % 256:08X}"


@dataclass
class Kept:
    """An archive that a node fills, and what the node has itself. ``base`` began when numbers 1 and 2 were there."""

    root: Path
    archive: Archive
    key: Signer
    recipients: list[str]
    chain: LogChain
    base: Base

    @property
    def memory(self) -> Path:
        return self.root / "backup-log.json"

    @property
    def trust(self) -> Trust:
        return Trust(self.key.verifier, remembered(self.memory))

    def keep(self, *names: str) -> None:
        for name in names:
            (self.root / name).write_bytes(f"王芳 changed {name}".encode() * 40)
            self.chain.keep(self.root / name)

    def again(self, memory: Path) -> LogChain:
        """The node's process started anew."""
        return LogChain(self.archive, self.key, memory, self.recipients)

    def names(self, trust: Trust | None = None) -> list[str]:
        return [path.name[:24] for path in believed(self.archive, self.base, trust or self.trust).segments]

    def file(self, name: str) -> Path:
        return self.archive.sealed_file(name)


def manifest(head: LogHead, first: str) -> Manifest:
    return Manifest(
        system=SYSTEM, server_version=180000, began=NOW, ended=NOW, segment=first, size=1, digests={},
        recipients=[], program="1", log_origin="log.example.test", log_keys=[], log=head,
    )  # fmt: skip


def signed(base: Manifest, key: Signer) -> Manifest:
    return msgspec.structs.replace(base, signature=signature_of(key, base.signed_text()))


@pytest.fixture(scope="module")
def recipient(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    file = tmp_path_factory.mktemp("operator") / "operator.txt"
    return file, make_identity(file)


def opened(root: Path, recipient: str) -> Kept:
    archive, key = Archive(root / "there", SYSTEM), log_signer(root / "log.pem", "log.example.test")
    chain = LogChain(archive, key, root / "backup-log.json", [recipient])
    return Kept(root, archive, key, [recipient], chain, Base(root, manifest(LogHead(), segment(0))))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, recipient: tuple[Path, str]) -> tuple[Path, Manifest]:
    root = tmp_path_factory.mktemp("filled")
    Archive(root / "there", SYSTEM).prepare()
    made = opened(root, recipient[1])
    made.keep(segment(1), segment(2))
    base = signed(manifest(made.chain.head, segment(3)), made.key)
    made.keep(*(segment(number) for number in range(3, 8)))
    return root, base


@pytest.fixture
def kept(tmp_path: Path, filled: tuple[Path, Manifest], recipient: tuple[Path, str]) -> Kept:
    shutil.copytree(filled[0], tmp_path, dirs_exist_ok=True)
    made = opened(tmp_path, recipient[1])
    made.base = Base(tmp_path, filled[1])
    return made


def test_a_log_that_the_node_signed_is_believed_whole_and_opens(kept: Kept, recipient: tuple[Path, str]) -> None:
    assert kept.names() == [segment(number) for number in range(3, 8)]
    open_file(kept.file(segment(5)), kept.root / "open", read_identity(recipient[0]))
    assert (kept.root / "open").read_bytes().startswith("王芳 changed".encode())
    record = kept.archive.record(segment(5))
    assert record is not None and (record.number, record.system) == (5, SYSTEM) and record.by(kept.key.verifier)
    assert check_log(kept.archive, kept.base, kept.key.verifier, kept.chain.head).level == "ok"


def made_up(kept: Kept, name: str) -> None:
    """What whoever knows the operator's public key puts there."""
    (kept.root / "evil").write_bytes(b"evil" * 40)
    kept.file(name).write_bytes(sealed(kept.root / "evil", kept.recipients))


def another_signs(kept: Kept) -> None:
    """A segment after the end, with a record by a key of the thief's own."""
    made_up(kept, segment(8))
    thief = log_signer(kept.root / "thief.pem", "log.example.test")
    record = LogRecord(SYSTEM, 8, segment(8), "0" * 64, kept.chain.head.digest, NOW).signed(thief)
    kept.archive.record_file(segment(8)).write_bytes(msgspec.json.encode(record))


def exchange(kept: Kept, one: str, other: str) -> None:
    """Genuine segments under each other's names, with or without their records."""
    for file in (kept.file, kept.archive.record_file):
        first, second = file(one).read_bytes(), file(other).read_bytes()
        file(one).write_bytes(second)
        file(other).write_bytes(first)


def remove(kept: Kept, *names: str) -> None:
    for name in names:
        kept.file(name).unlink()
        kept.archive.record_file(name).unlink()


def renumber(kept: Kept) -> None:
    """A hole that is closed by changing what a record says."""
    remove(kept, segment(4))
    record = kept.archive.record(segment(5))
    assert record is not None
    kept.archive.record_file(segment(5)).write_bytes(msgspec.json.encode(msgspec.structs.replace(record, number=4)))


def older_line(kept: Kept) -> None:
    """After a restore to segment 5 the node writes time line 2; somebody takes its history and log away again."""
    kept.keep("00000002.history", segment(5, 2), segment(6, 2))
    assert kept.names() == [segment(n) for n in range(3, 8)] + ["00000002.history.gz.age", segment(5, 2), segment(6, 2)]
    remove(kept, "00000002.history", segment(5, 2), segment(6, 2))


def history_gone(kept: Kept) -> None:
    kept.keep("00000002.history", segment(5, 2), segment(6, 2))
    remove(kept, "00000002.history")


ATTACKS: dict[str, tuple[Callable[[Kept], object], type[Exception], int]] = {
    "a segment made up in the place of another": (lambda kept: made_up(kept, segment(5)), LogAltered, 2),
    "a segment made up after the end": (lambda kept: made_up(kept, segment(8)), LogForeign, 5),
    "a segment made up on a later time line": (lambda kept: made_up(kept, segment(6, 2)), LogForeign, 5),
    "a later time line made up": (lambda kept: made_up(kept, "00000002.history"), LogForeign, 5),
    "one that another signed": (another_signs, LogForeign, 5),
    "two genuine ones exchanged": (
        lambda kept: shutil.copy(kept.file(segment(6)), kept.file(segment(4))),
        LogAltered,
        1,
    ),
    "two exchanged with their records": (lambda kept: exchange(kept, segment(4), segment(6)), LogMissing, 1),
    "one removed in the middle": (lambda kept: remove(kept, segment(5)), LogMissing, 2),
    "its file alone removed": (lambda kept: kept.file(segment(5)).unlink(), LogMissing, 2),
    "its record alone removed": (lambda kept: kept.archive.record_file(segment(5)).unlink(), LogMissing, 2),
    "the first after the base removed": (lambda kept: remove(kept, segment(3)), LogMissing, 0),
    "a hole closed by another number": (renumber, LogMissing, 1),
    "the end cut off": (lambda kept: remove(kept, segment(6), segment(7)), LogCut, 3),
    "everything after the base removed": (lambda kept: remove(kept, *map(segment, range(3, 8))), LogCut, 0),
    "an older time line": (older_line, LogCut, 5),
    "the history of the time line removed": (history_gone, LogMissing, 5),
}


@pytest.mark.parametrize("what", ATTACKS)
def test_a_log_that_was_tampered_with_is_refused_and_what_is_proven_can_be_had(kept: Kept, what: str) -> None:
    act, fault, remaining = ATTACKS[what]
    act(kept)
    with pytest.raises(fault) as refused:
        kept.names()
    assert "--as-far-as-proven" in str(refused.value)
    with pytest.raises(fault):  # a claim that it is from before helps nobody: this base says that its log is signed
        kept.names(msgspec.structs.replace(kept.trust, unproven=True))
    proven = kept.names(msgspec.structs.replace(kept.trust, as_proven=True))
    assert proven == [segment(number) for number in range(3, 3 + remaining)]


@pytest.mark.parametrize("what", [one for one in ATTACKS if ATTACKS[one][1] is not LogAltered])
def test_the_doctor_names_it_without_reading_the_segments(kept: Kept, what: str) -> None:
    ATTACKS[what][0](kept)
    found = check_log(kept.archive, kept.base, kept.key.verifier, remembered(kept.memory))
    assert found.level == "fault" and "tongban backup now" in found.repair[1]


def test_a_base_that_denies_its_signed_log_is_not_this_nodes_any_more(kept: Kept) -> None:
    """Whoever takes the signatures away and says that all of it is from before needs the operator's own word for it."""
    for manifest_ in (
        msgspec.structs.replace(kept.base.manifest, log=msgspec.UNSET),
        msgspec.structs.replace(kept.base.manifest, log=LogHead(4, "0" * 64)),
        msgspec.structs.replace(kept.base.manifest, signature=""),
    ):
        kept.base = Base(kept.root, manifest_)
        with pytest.raises(LogUnproven, match="bear no signature"):
            kept.names()
    assert check_log(kept.archive, kept.base, kept.key.verifier, LogHead()).level == "fault"


def test_an_archive_of_before_is_refused_unless_the_operator_says_so(kept: Kept) -> None:
    before = msgspec.structs.replace(kept.base.manifest, log=msgspec.UNSET, signature="")
    kept.base = Base(kept.root, signed(before, kept.key))
    assert kept.base.manifest.by(kept.key.verifier)
    for path in kept.archive.wal_folder.glob("*.signed.json"):
        path.unlink()
    with pytest.raises(LogUnproven, match="--unproven-log"):
        kept.names()
    taken = believed(kept.archive, kept.base, msgspec.structs.replace(kept.trust, unproven=True))
    assert not taken.signed and [path.name[:24] for path in taken.segments] == [segment(n) for n in range(3, 8)]
    assert check_log(kept.archive, kept.base, kept.key.verifier, LogHead()).level == "warning"


def test_without_the_nodes_key_nobody_can_tell_and_nothing_is_restored(kept: Kept) -> None:
    with pytest.raises(NoLogKey, match="--keys-from"):
        kept.names(Trust(None))
    assert not believed(kept.archive, kept.base, Trust(None, unproven=True)).signed
    with pytest.raises(LogUnproven):
        kept.names(Trust(log_signer(kept.root / "other.pem", "log.example.test").verifier))


def test_a_file_that_lay_in_a_segments_place_before_it_came_is_replaced(kept: Kept) -> None:
    made_up(kept, segment(8))
    kept.keep(segment(8))
    assert kept.names()[-1] == segment(8)


def test_a_segment_streamed_again_after_a_restart_stays_as_it_is(kept: Kept) -> None:
    before, head = kept.file(segment(7)).read_bytes(), kept.chain.head
    kept.chain = kept.again(kept.memory)
    kept.keep(segment(7))
    assert (kept.file(segment(7)).read_bytes(), kept.chain.head) == (before, head) and not (
        kept.root / segment(7)
    ).exists()
    kept.keep(segment(8))
    assert len(kept.names()) == 6


@pytest.mark.parametrize("lost", ["the segment", "the memory"])
def test_a_process_killed_between_record_and_segment_goes_on_with_a_whole_chain(kept: Kept, lost: str) -> None:
    head = kept.memory.read_bytes()
    kept.keep(segment(8))
    kept.memory.write_bytes(head)
    if lost == "the segment":
        kept.file(segment(8)).unlink()
        assert kept.names()[-1] == segment(7)  # of a machine that was lost at that moment
    kept.chain = kept.again(kept.memory)
    kept.keep(segment(8), segment(9))
    assert kept.names()[-2:] == [segment(8), segment(9)]


def test_a_restored_node_goes_on_where_the_archive_ends(kept: Kept) -> None:
    """It has no memory of its own, which is not copied; a record whose segment never came is forgotten."""
    assert kept.memory.name in NOT_COPIED
    kept.file(segment(7)).unlink()
    new = kept.root / "new.json"
    assert head_of(kept.archive, kept.key.verifier, new).number == 6
    kept.chain = kept.again(new)
    kept.keep("00000002.history", segment(6, 2))
    found = believed(kept.archive, kept.base, Trust(kept.key.verifier, remembered(new)))
    assert [path.name[:16] for path in found.segments][-2:] == ["00000002.history", segment(6, 2)[:16]]


def test_what_no_base_needs_goes_with_its_record_and_the_chains_of_the_others_stay_whole(kept: Kept) -> None:
    folder = kept.archive.bases_folder / "20261123T030000Z"
    folder.mkdir()
    (folder / "manifest.json").write_bytes(msgspec.json.encode(kept.base.manifest))
    kept.archive.prune(BackupPlan(kept.root, []), NOW)
    left = {path.name[:24] for path in kept.archive.wal_folder.iterdir()}
    assert left == {segment(number) for number in range(3, 8)} == set(kept.names())
