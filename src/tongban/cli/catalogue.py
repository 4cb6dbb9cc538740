"""``tongban catalogue``: let other nodes harvest this one's catalogue, and harvest theirs.

Mounted by the main command. ``harvest`` is incremental: it goes on from the cursor that lies in the database beside
what was kept, so it may be cut off anywhere and started again.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psycopg
from cyclopts import App
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection
from tongban.cli.catalogue_errors import KeyChanged, KeyMissing
from tongban.cli.library_errors import NodeUnreachable
from tongban.cli.library_receiver import Source, read_text
from tongban.cli.running import database_address, with_database
from tongban.cli.settings import read_settings
from tongban.cli.tokens import end_token, give_token
from tongban.ledger.verify_receipt import LOG_KEY, InvalidProof, VerifierKey, parse_keys
from tongban.resources.catalogue.batches import MOST, FeedBatch, verify
from tongban.resources.catalogue.errors import FeedRefused

catalogue_app = App(name="catalogue", help="Let other nodes harvest the catalogue, harvest theirs.")
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 15.0


@catalogue_app.command
def register(name: str, /, *, region: str | None = None) -> None:
    """Register a node that may harvest a region's catalogue and print its token, this once.

    Parameters
    ----------
    name
        Name of the node.
    region
        Six-digit code of the region that it harvests; may be left out where the node serves one.
    """
    from tongban.resources.catalogue.feed import register as register_harvester

    give_token(register_harvester, name, region, ("采集方", "harvester"))


@catalogue_app.command
def revoke(name: str, /, *, region: str | None = None) -> None:
    """End a harvesting node's token at once.

    Parameters
    ----------
    name
        Name of the node.
    region
        Six-digit code of its region; may be left out where the node serves one.
    """
    from tongban.resources.catalogue.feed import revoke as revoke_harvester

    end_token(revoke_harvester, name, region)


@catalogue_app.command(name="list")
def show() -> None:
    """List who may harvest here, and which nodes are harvested, how far."""
    from tongban.resources.catalogue.feed import harvesters, sources

    async def act(connection: Connection) -> list[str]:
        connection.row_factory = namedtuple_row
        lines = []
        for one in await harvesters(connection):
            state = "已撤销 revoked" if one.revoked_at else "可采集 may harvest"
            lines.append(f"← {one.region} {one.name}: {state}")
        for source in await sources(connection):
            lines.append(f"→ {source.url} {source.region} {source.node}: {source.entries} 条 entries, {source.cursor}")
        return lines

    print("\n".join(with_database(act)))


@catalogue_app.command
def harvest(
    url: str, /, *, token_file: Path, keys: Path | None = None, patience: float = 30.0, most: int = MOST
) -> None:
    """Fetch what is new in another node's catalogue, verify and keep it; end when nothing is newer.

    Parameters
    ----------
    url
        Address of the node.
    token_file
        File with the token that the node printed at registration.
    keys
        File with the node's public key as handed over; without it the key is noted at the first contact.
    patience
        Seconds that a silent node is waited for.
    most
        Entries in one batch.
    """
    source = Source(url, read_text(token_file).strip())
    try:
        with psycopg.connect(database_address(read_settings())):
            pass  # a database that is away is said before the other node is asked
        kept = _harvest(source, keys, patience, most)
    finally:
        source.close()
    print(f"已采集 harvested: {kept} 条变化 changes", file=sys.stderr)


def _harvest(source: Source, keys: Path | None, patience: float, most: int) -> int:
    from tongban.resources.catalogue.feed import Source as Known
    from tongban.resources.catalogue.feed import keep
    from tongban.resources.catalogue.feed import source as known_source

    async def known(connection: Connection) -> Known | None:
        connection.row_factory = namedtuple_row
        return await known_source(connection, source.url)

    kept = 0
    while True:
        before = with_database(known)
        trusted = _trusted(source, before.key if before else None, keys)
        cursor, region = (before.cursor, before.region) if before else (0, None)
        batch = _patiently(source, cursor, most, patience)
        verify(batch, trusted, cursor, region)
        text = "".join(f"{key}\n" for key in trusted)

        async def store(connection: Connection, batch: FeedBatch = batch, text: str = text) -> int:
            connection.row_factory = namedtuple_row
            return await keep(connection, source.url, text, batch)

        kept += with_database(store)
        if batch.next >= batch.last:
            return kept


def _patiently(source: Source, after: int, most: int, patience: float) -> FeedBatch:
    """The next batch; a silent node is asked again with growing pauses until patience ends."""
    pause, since = SHORTEST_PAUSE, time.monotonic()
    while True:
        try:
            body = source.call("GET", f"/api/v1/catalogue-feed?after={after}&most={most}")
            return msgspec.json.decode(body, type=FeedBatch)
        except msgspec.DecodeError as error:
            raise FeedRefused(reason_zh="格式不对", reason_en="it is malformed") from error
        except NodeUnreachable:
            if time.monotonic() - since > patience:
                raise
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _trusted(source: Source, noted: str | None, given: Path | None) -> Sequence[VerifierKey]:
    """The node's keys: as handed over, else those noted at the first contact, which is said aloud."""
    if given is None and noted is not None:
        return _log_keys(noted)
    found = _log_keys(read_text(given) if given else source.keys())
    if noted is not None and found != _log_keys(noted):
        raise KeyChanged(url=source.url)
    if given is None:
        shown = " ".join(map(str, found))
        print(f"首次连接，已记录平台公钥，请当面核对 first contact, compare the key: {shown}", file=sys.stderr)
    return found


def _log_keys(text: str) -> list[VerifierKey]:
    try:
        found = [key for key in parse_keys(text) if key.kind == LOG_KEY]
    except InvalidProof as error:
        raise KeyMissing() from error
    if not found:
        raise KeyMissing()
    return found
