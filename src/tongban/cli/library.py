"""``tongban library``: register who may read the feed; receive it in another process; compare both sides.

Mounted by the main command. ``register``, ``revoke`` and ``receivers`` are the node's; ``receive`` and ``reconcile``
belong to the institution that receives, on its own machine, and need neither the node's folder nor its database.
"""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection
from tongban.cases.library.batches import MOST
from tongban.cli.library_receiver import Receiving, Source, read_text, trusted_keys
from tongban.cli.library_reconciling import WORDS, Comparison, reconcile
from tongban.cli.library_store import LibraryStore
from tongban.cli.running import with_database
from tongban.cli.tokens import end_token, give_token
from tongban.connectors.folders import FolderLock, prepare_folder
from tongban.ledger.verify_receipt import VerifierKey

library_app = App(name="library", help="Feed the upper level's case library, receive it, compare both sides.")


@library_app.command
def register(name: str, /, *, region: str | None = None) -> None:
    """Register an institution as receiver of a region's feed and print its token, this once.

    Parameters
    ----------
    name
        Name of the institution.
    region
        Six-digit code of the region that it receives; may be left out where the node serves one.
    """
    from tongban.cases.library.feed import register as register_receiver

    give_token(register_receiver, name, region, ("接收方", "receiver"))


@library_app.command
def revoke(name: str, /, *, region: str | None = None) -> None:
    """End an institution's token at once.

    Parameters
    ----------
    name
        Name of the institution.
    region
        Six-digit code of its region; may be left out where the node serves one.
    """
    from tongban.cases.library.feed import revoke as revoke_receiver

    end_token(revoke_receiver, name, region)


@library_app.command(name="receivers")
def show_receivers() -> None:
    """List who may read the feed, how far each has got, and what waits to be written."""
    from tongban.cases.library.feed import receivers
    from tongban.cases.library.writing import waiting

    async def act(connection: Connection) -> list[str]:
        connection.row_factory = namedtuple_row
        lines = []
        for one in await receivers(connection):
            state = "已撤销 revoked" if one.revoked_at else f"待确认 to acknowledge {one.last - one.acknowledged}"
            lines.append(f"{one.region} {one.name}: 已确认 acknowledged {one.acknowledged}/{one.last}, {state}")
        left = await waiting(connection)
        return [*lines, f"待写 to be written {left.waiting}, 失败 failed {left.dead}"]

    print("\n".join(with_database(act)))


From = Annotated[str, Parameter(name="--from")]


@library_app.command
def receive(
    *,
    url: From,
    token_file: Path,
    storage: Path,
    once: Annotated[bool, Parameter(negative="")] = False,
    keys: Path | None = None,
    every: float = 5.0,
    patience: float = 30.0,
    most: int = MOST,
) -> None:
    """Pull the feed into a storage of one's own, verify and keep it, acknowledge what is kept, until interrupted.

    Parameters
    ----------
    url
        Address of the node.
    token_file
        File with the token that the node printed at registration.
    storage
        Folder that keeps the records; one process at a time.
    once
        End when nothing is newer.
    keys
        File with the node's public key as handed over; without it the key is noted at the first contact.
    every
        Seconds between two questions while nothing is newer.
    patience
        Seconds that a silent node is waited for with --once.
    most
        Records in one batch.
    """
    with _opened(url, token_file, storage) as (source, store, folder):
        receiving = Receiving(source, store, _say, once=once, every=every, patience=patience, most=most)

        def end(number: int, frame: FrameType | None) -> None:
            receiving.stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        known: list[VerifierKey] = []

        def trusted() -> Sequence[VerifierKey]:
            if not known:
                known.extend(trusted_keys(source, folder, keys, _say))
            return known

        receiving.run(trusted)
        records, cases = store.count()
        _say(f"已保存 kept: {records} 条记录 records, {cases} 个办件 cases, 游标 cursor {store.cursor}")


@library_app.command(name="reconcile")
def compare(
    *,
    url: From,
    token_file: Path,
    storage: Path,
    keys: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Compare what the node holds with what was received; exit 1 when anything differs.

    Parameters
    ----------
    url
        Address of the node.
    token_file
        File with the token that the node printed at registration.
    storage
        Folder that keeps the records.
    keys
        File with the node's public key as handed over.
    as_json
        Print the comparison as JSON.
    """
    with _opened(url, token_file, storage) as (source, store, folder):
        found = reconcile(source, store, trusted_keys(source, folder, keys, _say))
    print(msgspec.json.encode(found).decode() if as_json else _told(found))
    raise SystemExit(0 if found.same else 1)


@contextmanager
def _opened(url: str, token_file: Path, storage: Path) -> Iterator[tuple[Source, LibraryStore, Path]]:
    source = Source(url, read_text(token_file).strip())
    folder = prepare_folder(storage, mode=0o700)
    with FolderLock(folder / "receiver.lock"):
        store = LibraryStore(folder)
        try:
            yield source, store, folder
        finally:
            store.close()
            source.close()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _told(found: Comparison) -> str:
    lines = [
        f"区划 region {found.region or '-'}, 游标 cursor {found.cursor}, 尚未接收 not received yet {found.waiting}",
        f"记录 records: 本方 here {found.records_here}, 平台 there {found.records_there}",
        f"办件 cases: 本方 here {found.cases_here}, 平台 there {found.cases_there}",
    ]
    for one in found.differences:
        zh, en = WORDS[one.what]
        named = " ".join(part for part in (one.number, one.kind, one.id, "、".join(one.fields)) if part)
        lines.append(f"✗ {zh} {en}: 第 {one.position} 条 {named}".rstrip())
    return "\n".join([*lines, "✓ 一致 the same" if found.same else "✗ 不一致 differences found"])
