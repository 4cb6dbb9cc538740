"""A node is backed up while it works and restored elsewhere, to a moment; nothing that was there before is missing."""

import base64
import datetime as dt
import io
import shutil
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.cli.backup_process import due
from tongban.cli.home import Home
from tongban.cli.rehearsing import foreign
from tongban.connectors.backup.base import LogName, archive_of, take_base
from tongban.connectors.backup.chain import LogChain, Trust, remembered
from tongban.connectors.backup.errors import (
    BackupAltered,
    BackupPlanWrong,
    IdentityWrong,
    LogAltered,
    LogMissing,
    NoBackupFits,
    TargetNotEmpty,
)
from tongban.connectors.backup.plan import BackupPlan, kept, read_plan, write_plan
from tongban.connectors.backup.restoring import Restored, restore
from tongban.connectors.backup.sealing import make_identity, read_identity, seal_stream, sealed
from tongban.connectors.backup.store import HOME, Archive, Base
from tongban.connectors.backup.wal import LogKeeper, seal_now
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.ledger.keys import Signer, log_signer

NOW = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)
Told = list[tuple[int, dt.datetime]]


@dataclass(frozen=True)
class Kept:
    """A server that was written to while it was backed up: which rows were acknowledged, and when."""

    root: Path
    plan: BackupPlan
    archive: Archive
    base: Base
    told: Told
    secret: str

    @property
    def trust(self) -> Trust:
        """What the node itself believes."""
        home = Home(self.root / "home")
        return Trust(home.log_key("log.example.test"), remembered(home.log_memory))

    def restored(
        self, name: str, moment: dt.datetime | None, archive: Archive | None = None, **trust: Any
    ) -> tuple[Restored, list[int]]:
        """The rows that stand after a restore to ``moment``."""
        identity, believed = read_identity(self.root / "operator.txt"), msgspec.structs.replace(self.trust, **trust)
        where = archive or self.archive
        done = restore(where, identity, self.root / name, moment, lambda _: None, believed, fast=True)
        server = EmbeddedPostgres(done.home / "postgres", fast=True)
        try:
            with psycopg.connect(server.start()) as connection:
                return done, [row[0] for row in connection.execute("SELECT number FROM told ORDER BY number")]
        finally:
            server.stop(immediate=True)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    root = tmp_path_factory.mktemp("backup")
    home, destination = root / "home", root / "destination"
    for folder in (home / "keys", destination):
        folder.mkdir(parents=True)
    (home / "connectors.yaml").write_text("kept: true\n")
    (home / "keys" / "vault.json").write_text("never beside the backups")
    plan = BackupPlan(destination, [make_identity(root / "operator.txt")])
    write_plan(home, plan)
    server = EmbeddedPostgres(home / "postgres", fast=True)
    address = server.start()
    try:
        yield _work(root, home, read_plan(home), address)
    finally:
        server.stop(immediate=True)


def _work(root: Path, home: Path, plan: BackupPlan, address: str) -> Kept:
    told: Told = []
    ends = threading.Event()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE told (number int, words text)")
    archive, signer = archive_of(plan, address), log_signer(home / "keys" / "log.pem", "log.example.test")
    chain = LogChain(archive, signer, Home(home).log_memory, plan.recipients)
    keeper = LogKeeper(plan, chain, address, home / "wal")
    keeper.start()
    writer = threading.Thread(target=_write, args=(address, told, ends))
    writer.start()
    base = take_base(plan, archive, address, home, LogName("log.example.test", [str(signer.verifier)], signer))
    time.sleep(0.6)
    ends.set()
    writer.join()
    seal_now(address)
    while keeper.tend() == 0:
        time.sleep(0.05)
    keeper.stop()
    return Kept(root, plan, archive, base, told, "王芳的住址")


def _write(address: str, told: Told, ends: threading.Event) -> None:
    """Note each row with the server's time after its commit was acknowledged."""
    with psycopg.connect(address, autocommit=True) as connection:
        for number in range(10**6):
            connection.execute("INSERT INTO told VALUES (%s, '王芳的住址')", [number])
            row = connection.execute("SELECT clock_timestamp()").fetchone()
            assert row is not None
            told.append((number, row[0]))
            if ends.wait(0.002):
                return


def test_what_was_acknowledged_before_the_moment_is_there_and_nothing_later(written: Kept) -> None:
    after_base = [row for row in written.told if row[1] > written.base.manifest.ended]
    moment = after_base[len(after_base) // 2][1]
    done, rows = written.restored("middle", moment)
    acknowledged = [number for number, at in written.told if at <= moment]
    assert rows[: len(acknowledged)] == acknowledged and len(rows) <= len(acknowledged) + 1
    assert done.whole and done.last is not None and done.last <= moment
    assert (done.home / "connectors.yaml").read_text() == "kept: true\n" and not (done.home / "keys").exists()


def test_a_moment_after_the_last_commit_leads_to_the_end_of_the_archive(written: Kept) -> None:
    done, rows = written.restored("end", dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert not done.whole and rows == [number for number, _ in written.told]


def test_a_moment_before_the_first_base_is_refused_with_the_earliest_that_can_be_reached(written: Kept) -> None:
    with pytest.raises(NoBackupFits) as refused:
        written.restored("early", written.base.manifest.began)
    assert written.base.manifest.ended.isoformat() in str(refused.value)


def test_a_restore_never_writes_over_anything(written: Kept) -> None:
    (written.root / "full").mkdir()
    (written.root / "full" / "precious").touch()
    with pytest.raises(TargetNotEmpty):
        written.restored("full", None)
    assert [path.name for path in (written.root / "full").iterdir()] == ["precious"]


def test_only_the_operators_key_opens_a_backup_and_nothing_of_it_is_readable_without(written: Kept) -> None:
    make_identity(written.root / "stranger.txt")
    with pytest.raises(IdentityWrong):
        stranger = read_identity(written.root / "stranger.txt")
        restore(written.archive, stranger, written.root / "s", None, print, written.trust)
    files = list(written.plan.destination.rglob("*.age"))
    assert len(files) >= 3
    assert not any(word in path.read_bytes() for path in files for word in (written.secret.encode(), b"PGCOPY"))
    assert not any("vault" in str(path) for path in written.plan.destination.rglob("*"))


def test_one_changed_byte_of_a_base_is_noticed(written: Kept) -> None:
    copy = Archive(written.root / "copy", written.archive.folder.name)
    shutil.copytree(written.archive.folder, copy.folder)
    file = copy.bases()[0].folder / "base.tar.gz.age"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupAltered, match=r"base\.tar\.gz\.age"):
        operator = read_identity(written.root / "operator.txt")
        restore(copy, operator, written.root / "changed", None, print, written.trust)


def _packed(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    out.seek(0)
    return out


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def _resealed(base: Base, content: io.BytesIO, recipients: list[str], signer: Signer | None = None) -> None:
    """What somebody does who may write to the destination: seals a file of their own for the operator's public key."""
    (base.folder / "home.tar.gz.age").unlink()
    size, digest = seal_stream(content, base.folder / "home.tar.gz.age", recipients)
    changed = msgspec.structs.replace(base.manifest, size=size, digests={**base.manifest.digests, HOME: digest})
    if signer is not None:
        signature = base64.b64encode(signer.private.sign(changed.signed_text().encode())).decode()
        changed = msgspec.structs.replace(changed, log_keys=[str(signer.verifier)], signature=signature)
    (base.folder / "manifest.json").write_bytes(msgspec.json.encode(changed))


OUTSIDE: dict[str, tuple[tuple[tarfile.TarInfo, bytes], ...]] = {
    "a path upwards": ((_member("../../evil"), b"x"),),
    "a path from the root": ((_member("/../evil"), b"x"),),
    "a link out": ((_member("keys", tarfile.SYMTYPE, "/etc"), b""),),
    "a link upwards, and through it": (
        (_member("a", tarfile.SYMTYPE, "../.."), b""),
        (_member("a/evil"), b"x"),
    ),
    "a hard link out": ((_member("b", tarfile.LNKTYPE, "/etc/passwd"), b""),),
    "a device": ((_member("c", tarfile.CHRTYPE), b""),),
    "a pipe": ((_member("d", tarfile.FIFOTYPE), b""),),
}


@pytest.mark.parametrize("what", [*OUTSIDE, "no archive", "half an archive", "nothing"])
def test_an_archive_that_somebody_put_there_writes_nothing_outside_its_folder(written: Kept, what: str) -> None:
    place = Path(tempfile.mkdtemp(dir=written.root))
    copy = Archive(place, written.archive.folder.name)
    shutil.copytree(written.archive.folder, copy.folder)
    whole = _packed((_member("connectors.yaml"), b"x" * 9000)).getvalue()
    content = {"no archive": b"x" * 4000, "half an archive": whole[: len(whole) // 2], "nothing": b""}
    sent = _packed(*OUTSIDE[what]) if what in OUTSIDE else io.BytesIO(content[what])
    _resealed(copy.bases()[0], sent, written.plan.recipients)
    trust = msgspec.structs.replace(written.trust, unproven=True)
    with pytest.raises(BackupAltered):
        restore(copy, read_identity(written.root / "operator.txt"), place / "in" / "it", None, lambda _: None, trust)
    assert not (place / "evil").exists() and not list(place.rglob("evil"))


@pytest.mark.parametrize("what", ["base", "home", "swapped", "cut", "of another day"])
def test_a_file_that_the_manifest_is_not_about_is_refused(written: Kept, what: str) -> None:
    copy = Archive(Path(tempfile.mkdtemp(dir=written.root)), written.archive.folder.name)
    shutil.copytree(written.archive.folder, copy.folder)
    folder = copy.bases()[0].folder
    base, home = folder / "base.tar.gz.age", folder / "home.tar.gz.age"
    if what in ("base", "home"):
        file = base if what == "base" else home
        file.write_bytes(file.read_bytes()[:-1] + b"\0")
    elif what == "swapped":
        base.write_bytes(home.read_bytes())
    elif what == "cut":
        base.write_bytes(base.read_bytes()[:-100])
    else:
        home.unlink()
        seal_stream(_packed((_member("connectors.yaml"), b"evil: true")), home, written.plan.recipients)
    with pytest.raises(BackupAltered):
        restore(copy, read_identity(written.root / "operator.txt"), copy.folder / "new", None, print, written.trust)


def test_a_backup_that_another_made_for_the_same_operator_is_told_by_its_signature(written: Kept) -> None:
    """Whoever may write to the destination knows the operator's public key: it stands in the manifest."""
    own = log_signer(written.root / "home" / "keys" / "log.pem", "log.example.test")
    assert written.base.manifest.by(own.verifier) and foreign(written.base, Home(written.root / "home")) == []
    for signer in (None, log_signer(written.root / "thief.pem", "log.example.test")):
        copy = Archive(Path(tempfile.mkdtemp(dir=written.root)), written.archive.folder.name)
        shutil.copytree(written.archive.folder, copy.folder)
        _resealed(
            copy.bases()[0], _packed((_member("connectors.yaml"), b"evil: true")), written.plan.recipients, signer
        )
        forged = copy.bases()[0]
        forged.check()
        assert not forged.manifest.by(own.verifier)
        assert "not signed by this node" in foreign(forged, Home(written.root / "home"))[0]
    unsigned = msgspec.structs.replace(written.base.manifest, signature="")
    assert not unsigned.by(own.verifier)


def test_a_segment_that_another_made_is_never_replayed_and_the_proven_part_is_restored(written: Kept) -> None:
    copy = Archive(Path(tempfile.mkdtemp(dir=written.root)), written.archive.folder.name)
    shutil.copytree(written.archive.folder, copy.folder)
    last = copy.segments(written.base.manifest.segment)[-1]
    last.write_bytes(sealed(written.root / "operator.txt", written.plan.recipients))
    with pytest.raises(LogAltered, match=last.name):
        written.restored("forged", None, copy)
    assert not (written.root / "forged").exists()
    done, rows = written.restored("proven", None, copy, as_proven=True)
    told = [number for number, _ in written.told]
    assert done.signed and isinstance(done.fault, LogAltered)
    assert rows == told[: len(rows)] and written.told[len(rows)][1] > written.base.manifest.began


@pytest.mark.long
def test_a_restored_node_goes_on_with_the_signed_log_and_is_restored_again_over_both_time_lines(written: Kept) -> None:
    """Its history of the time line is in the chain: from the old base to the new end, and from its own base."""
    archive = Archive(Path(tempfile.mkdtemp(dir=written.root)), written.archive.folder.name)
    shutil.copytree(written.archive.folder, archive.folder)
    done, rows = written.restored("second", None, archive)
    home, signer = done.home, log_signer(written.root / "home" / "keys" / "log.pem", "log.example.test")
    server = EmbeddedPostgres(home / "postgres", fast=True)
    address = server.start()
    try:
        chain = LogChain(archive, signer, Home(home).log_memory, written.plan.recipients)
        before = chain.head.number
        keeper = LogKeeper(written.plan, chain, address, home / "wal")
        keeper.start()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("INSERT INTO told VALUES (1000001, 'after the restore')")
        base = take_base(written.plan, archive, address, home, LogName("log.example.test", [], signer))
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("INSERT INTO told VALUES (1000002, 'after its base')")
        seal_now(address)
        while chain.head.number < before + 3:
            keeper.tend()
            time.sleep(0.05)
        keeper.stop()
    finally:
        server.stop(immediate=True)
    trust = {"newest": remembered(Home(home).log_memory)}
    assert base.manifest.segment.startswith("00000002")
    assert written.restored("from the new base", None, archive, **trust)[1] == [*rows, 1000001, 1000002]
    (base.folder / "manifest.json").unlink()
    assert written.restored("from the old base", None, archive, **trust)[1] == [*rows, 1000001, 1000002]
    (archive.wal_folder / "00000002.history.gz.age").unlink()
    with pytest.raises(LogMissing):
        written.restored("an older line", None, archive, **trust)


def test_a_segment_that_is_missing_is_named(written: Kept) -> None:
    first = written.base.manifest.segment
    assert written.archive.gaps(first) == []
    sealed = written.archive.segments(first)[0]
    aside = sealed.rename(written.root / "aside")
    try:
        assert len(written.archive.gaps(first)) == 1
    finally:
        aside.rename(sealed)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"destination": Path("relative")}, "destination"),
        ({"recipients": []}, "recipients"),
        ({"recipients": ["age1nothing"]}, "recipients"),
        ({"at": "25:00"}, "at"),
        ({"keep_days": 0}, "keep_days"),
    ],
)
def test_a_plan_that_can_not_be_followed_is_refused_by_its_key(
    written: Kept, change: dict[str, object], named: str
) -> None:
    plan = BackupPlan(**{**{name: getattr(written.plan, name) for name in BackupPlan.__struct_fields__}, **change})
    with pytest.raises(BackupPlanWrong, match=named):
        write_plan(written.root, plan)


def test_keys_never_lie_with_the_backups(written: Kept) -> None:
    inside = written.plan.destination / "keys"
    inside.mkdir(exist_ok=True)
    plan = BackupPlan(written.plan.destination, written.plan.recipients, keys_to=inside)
    with pytest.raises(BackupPlanWrong, match="keys_to"):
        write_plan(written.root / "home", plan)


@given(st.lists(st.integers(0, 400 * 24), min_size=1, max_size=60), st.integers(1, 30), st.integers(0, 20))
def test_young_bases_and_the_newest_always_stay(hours: list[int], days: int, weeks: int) -> None:
    made = [NOW - dt.timedelta(hours=age) for age in hours]
    staying = kept(made, NOW, days, weeks)
    assert staying <= set(made) and max(made) in staying
    assert all(moment in staying for moment in made if NOW - moment <= dt.timedelta(days=days))
    covered = {moment.isocalendar()[:2] for moment in staying}
    assert {moment.isocalendar()[:2] for moment in made if NOW - moment <= dt.timedelta(weeks=weeks)} <= covered


@pytest.mark.parametrize(
    ("newest", "tried", "wanted"),
    [
        (None, None, True),
        (NOW - dt.timedelta(hours=30), None, True),
        (NOW - dt.timedelta(hours=8), None, False),
        (None, NOW - dt.timedelta(minutes=3), False),
        (None, NOW - dt.timedelta(minutes=11), True),
    ],
)
def test_a_base_is_made_once_a_day_and_tried_again_after_a_failure(
    newest: dt.datetime | None, tried: dt.datetime | None, wanted: bool
) -> None:
    plan = BackupPlan(Path("/backup"), ["age1"], at="02:30")
    assert due(plan, newest, tried, NOW) is wanted
