"""The signed log: who keeps it writes a record for each segment, who restores believes nothing without one.

The records form a chain, one number after the other whatever the time line, so that a segment that was made up,
exchanged or taken away is found before anything of it is replayed. What the newest record is, the node remembers beside
the archive: without that, an end that was cut off could not be told from a machine that was lost.
"""

import datetime as dt
import hashlib
from pathlib import Path

import msgspec

from tongban.connectors.backup.errors import LogAltered, LogCut, LogForeign, LogMissing, LogUnproven, NoLogKey
from tongban.connectors.backup.records import LogHead, LogRecord
from tongban.connectors.backup.sealing import put, sealed
from tongban.connectors.backup.store import SEALED, Archive, Base, position
from tongban.ledger.keys import Signer, sync_folder
from tongban.ledger.verify_receipt import VerifierKey

LogFault = LogAltered | LogCut | LogForeign | LogMissing


class Trust(msgspec.Struct, frozen=True):
    """What a restore believes.

    ``key``: the node's log key, None where its keys are not at hand; ``newest``: how far the log reached as far as is
    remembered; ``unproven``: take a log without signatures too, on the operator's own judgement; ``as_proven``: where
    something is wrong, lead to the last that is proven instead of refusing.
    """

    key: VerifierKey | None
    newest: LogHead = LogHead()
    unproven: bool = False
    as_proven: bool = False


class Proof(msgspec.Struct, frozen=True):
    """What of the log is proven, in order, and what ends it early. ``signed``: False where nothing could be proven."""

    segments: list[Path]
    fault: LogFault | None = None
    signed: bool = True


class LogChain:
    """The chain as it grows. ``memory``: the node's file that tells how far it reaches."""

    def __init__(self, archive: Archive, key: Signer, memory: Path, recipients: list[str]) -> None:
        self._archive, self._key, self._memory, self._recipients = archive, key, memory, recipients
        self.head = head_of(archive, key.verifier, memory)
        if not memory.exists():
            for one in records_after(archive, key.verifier, self.head):  # of a machine lost before it put the segment
                archive.record_file(one.name).unlink()

    def keep(self, path: Path) -> None:
        """Seal and sign the finished segment at ``path``, and remove it; on the disk when this returns.

        The record comes first, so that whoever reads at the same moment finds no segment without one. A segment that
        was kept already, streamed again after a restart, stays as it is.
        """
        name, system = path.name, self._archive.folder.name
        known = self._archive.record(name)
        if known is None or known.number > self.head.number or not known.by(self._key.verifier):
            content = sealed(path, self._recipients)
            record = LogRecord(
                system, self.head.number + 1, name, hashlib.sha256(content).hexdigest(), self.head.digest,
                dt.datetime.now(dt.UTC),
            ).signed(self._key)  # fmt: skip
            put(self._archive.record_file(name), msgspec.json.encode(record))
            put(self._archive.sealed_file(name), content)
            sync_folder(self._archive.wal_folder)
            self.head = record.head
            remember(self._memory, self.head)
        path.unlink()


def head_of(archive: Archive, key: VerifierKey, memory: Path) -> LogHead:
    """How far the log reaches: as the node remembers; a restored one asks its newest record in ``archive``."""
    if memory.exists():
        return remembered(memory)
    own = [one for one in records_after(archive, key, LogHead()) if archive.sealed_file(one.name).exists()]
    return own[-1].head if own else LogHead()


def records_after(archive: Archive, key: VerifierKey, head: LogHead) -> list[LogRecord]:
    """The node's own records after ``head``, by number.

    Read from the newest name down: a time line's names grow with the numbers, so that of thousands only those are read.
    """
    found = list[LogRecord]()
    for record in archive.records():
        if not record.by(key) or record.system != archive.folder.name:
            continue
        if record.number > head.number:
            found.append(record)
        elif ".history" not in record.name:
            break
    return sorted(found, key=lambda one: one.number)


def remembered(memory: Path) -> LogHead:
    """What the file ``memory`` tells; where there is none, that nothing is known."""
    return msgspec.json.decode(memory.read_bytes(), type=LogHead) if memory.exists() else LogHead()


def remember(memory: Path, head: LogHead) -> None:
    """Keep how far the log reaches, on the disk when this returns."""
    put(memory, msgspec.json.encode(head))
    sync_folder(memory.parent)


def believed(archive: Archive, base: Base, trust: Trust) -> Proof:
    """The segments that may be replayed over ``base``.

    Raises ``NoLogKey``, ``LogUnproven``, and what is wrong with the log, unless ``trust`` says otherwise.
    """
    if trust.key is None or base.manifest.log is msgspec.UNSET or not base.manifest.by(trust.key):
        if trust.unproven:
            return Proof(archive.segments(base.manifest.segment), signed=False)
        if trust.key is None:
            raise NoLogKey(base=base.folder.name)
        raise LogUnproven(base=base.folder.name)
    proof = proven(archive, base, trust.key, trust.newest)
    if proof.fault is not None and not trust.as_proven:
        raise proof.fault
    return proof


def proven(archive: Archive, base: Base, key: VerifierKey, newest: LogHead, *, contents: bool = True) -> Proof:
    """What of the log after ``base``, which the node with ``key`` signed, is that node's and whole.

    ``contents``: also compare every file with its digest, which reads all of them.
    """
    present = archive.segments(base.manifest.segment)  # before the records: each of them has one by now
    head = base.manifest.log
    assert isinstance(head, LogHead)
    records = records_after(archive, key, head)
    proof = _walk(archive, head, records, newest, contents)
    known = {one.name for one in records}
    foreign = [one for one in present if one.name.removesuffix(SEALED) not in known and _counts(one.name, base)]
    return Proof(proof.segments, LogForeign(file=str(foreign[0]))) if foreign and proof.fault is None else proof


def _counts(name: str, base: Base) -> bool:
    """Whether a restore of ``base`` would read the file: nothing of an older time line, or before the base."""
    line, own = name[:8], base.manifest.segment[:8]
    return line > own or (line == own and ".history" not in name and position(name) >= position(base.manifest.segment))


def _walk(archive: Archive, head: LogHead, records: list[LogRecord], newest: LogHead, contents: bool) -> Proof:
    found = list[Path]()
    for record in records:
        path = archive.sealed_file(record.name)
        if record.number != head.number + 1 or record.previous != head.digest:
            return Proof(found, LogMissing(after=head.number, until=record.number, file=record.name))
        if not path.exists():
            if record is records[-1] and newest.number < record.number:
                break  # its record was written, and the machine was lost before the segment was
            return Proof(found, LogMissing(after=head.number, until=record.number + 1, file=record.name))
        if contents and hashlib.sha256(path.read_bytes()).hexdigest() != record.digest:
            return Proof(found, LogAltered(file=str(path)))
        found.append(path)
        head = record.head
    if newest.number > head.number or (newest.number == head.number and newest != head):
        return Proof(found, LogCut(reached=head.number, known=newest.number))
    return Proof(found)
