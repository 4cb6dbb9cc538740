"""Under load, backed up, lost, restored elsewhere to a moment: nothing acknowledged before it is missing."""

import asyncio
import copy
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tongban.cli.home import Home
from tongban.connectors.backup.base import archive_of
from tongban.connectors.backup.chain import Trust, remembered
from tongban.connectors.backup.plan import BackupPlan, write_plan
from tongban.connectors.backup.restoring import restore
from tongban.connectors.backup.sealing import make_identity, read_identity
from tongban.connectors.backup.store import Archive
from tongban.connectors.backup.wal import seal_now

from .checker import check
from .clients import Load
from .node import Node
from .rounds import _people
from .told import Told


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node that is backed up from its first moment."""
    (tmp_path / "backup").mkdir()
    (tmp_path / "home").mkdir()
    recipient = make_identity(tmp_path / "operator.txt")
    write_plan(tmp_path / "home", BackupPlan(tmp_path / "backup", [recipient], seal_seconds=5))
    made = Node(tmp_path / "home")
    made.start()
    yield made
    made.stop()


def clock(node: Node) -> dt.datetime:
    """The server's, by which commits are stamped."""
    with psycopg.connect(node.conninfo, autocommit=True) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    return row[0]


async def archived(archive: Archive, moment: dt.datetime) -> None:
    """Wait until a base stands, and then until a segment was sealed after ``moment``."""
    for _ in range(600):
        sealed = archive.segments()
        if archive.bases() and sealed and sealed[-1].stat().st_mtime > moment.timestamp():
            return
        await asyncio.sleep(0.2)
    raise AssertionError("nothing was archived")


@pytest.mark.long
async def test_nothing_acknowledged_before_the_moment_is_missing_after_a_restore(node: Node, tmp_path: Path) -> None:
    archive = archive_of(BackupPlan(tmp_path / "backup", []), node.conninfo)
    await archived(archive, dt.datetime.fromtimestamp(0, dt.UTC))
    told = Told()
    applicants, handlers = await _people(node)
    load = Load(node.url, told, handlers)
    running = asyncio.create_task(load.run(applicants))
    await asyncio.sleep(6)
    before = copy.deepcopy(told)
    moment = clock(node)
    await asyncio.sleep(3)
    load.stopping.set()
    await running
    seal_now(node.conninfo)
    await archived(archive, dt.datetime.now(dt.UTC))
    node.stop()
    assert len(before.submitted) >= 5 and len(told.submitted) > len(before.submitted)

    identity = read_identity(tmp_path / "operator.txt")
    kept = Home(node.home)
    trust = Trust(kept.log_key(archive.bases()[-1].manifest.log_origin), remembered(kept.log_memory))
    done = restore(archive, identity, tmp_path / "restored", moment, lambda _: None, trust)
    assert trust.newest.number > 0 and done.signed and done.fault is None
    assert done.whole and done.last is not None and done.last <= moment
    shutil.copytree(node.home / "keys", done.home / "keys")
    (done.home / "backup.yaml").unlink()
    restored = Node(done.home)
    try:
        restored.start()
        faults = await asyncio.to_thread(check, restored, before, [(moment - dt.timedelta(seconds=5), clock(restored))])
        later = {one.case for one in told.submitted} - {one.case for one in before.submitted}
        with psycopg.connect(restored.conninfo) as connection:
            rows = connection.execute("SELECT count(*) FROM cases WHERE id::text = ANY(%s)", [sorted(later)]).fetchone()
    finally:
        restored.stop()
    assert faults == []
    assert rows is not None and rows[0] < len(later)
