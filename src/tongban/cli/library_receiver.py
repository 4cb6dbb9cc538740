"""Receive the feed in another process: pull, verify, keep, acknowledge, for ever or until nothing is newer.

Called by ``tongban library receive``. At least once, effective once: whatever is cut off is asked again from the
cursor that lies in the same transaction as the records.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import TypeVar

import httpx
import msgspec

from tongban.basics.errors import TongbanError
from tongban.cases.library.batches import MOST, Batch, DigestList, verify
from tongban.cases.library.errors import BatchRefused
from tongban.cli.library_errors import FileUnreadable, KeysChanged, NodeRefused, NodeUnreachable
from tongban.cli.library_store import LibraryStore
from tongban.ledger.keys import write_durably
from tongban.ledger.verify_receipt import LOG_KEY, InvalidProof, VerifierKey, parse_keys

KEYS_FILE = "node-keys.txt"
LARGEST = 32 * 1024 * 1024
"""Bytes of the largest answer that is read."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 15.0
Shape = TypeVar("Shape")
Say = Callable[[str], None]


class Source:
    """One node that is received from. ``token`` is the institution's own."""

    def __init__(self, url: str, token: str, timeout: float = 10.0) -> None:
        self.url = url.rstrip("/")
        # Identity: an answer's size is what is counted.
        headers = {"authorization": f"Bearer {token}", "accept-encoding": "identity", "accept-language": "zh-CN"}
        self._client = httpx.Client(timeout=timeout, trust_env=False, headers=headers)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def batch(self, after: int, most: int = MOST) -> Batch:
        """The records after ``after``, unverified. Raises ``NodeUnreachable``, ``NodeRefused``, ``BatchRefused``."""
        return _read(self.call("GET", f"/api/v1/library/feed?after={after}&most={most}"), Batch)

    def digests(self, after: int, most: int = MOST) -> DigestList:
        """The digests after ``after``, unverified."""
        return _read(self.call("GET", f"/api/v1/library/digests?after={after}&most={most}"), DigestList)

    def acknowledge(self, cursor: int) -> None:
        """Tell that everything up to ``cursor`` is kept."""
        self.call("POST", "/api/v1/library/acknowledgements", msgspec.json.encode({"cursor": cursor}))

    def keys(self) -> str:
        """The public keys that the node shows."""
        return self.call("GET", "/keys").decode("utf-8", "replace")

    def call(self, method: str, path: str, content: bytes | None = None) -> bytes:
        """What the node answers, unread. Raises ``NodeUnreachable``, ``NodeRefused``."""
        headers = {"content-type": "application/json"} if content else {}
        try:
            with self._client.stream(method, self.url + path, content=content, headers=headers) as answer:
                body = self._body(answer)
        except httpx.HTTPError as error:
            raise NodeUnreachable(url=self.url, reason=type(error).__name__) from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise NodeUnreachable(url=self.url, reason=str(answer.status_code))
        if answer.status_code >= 300:
            raise _refusal(answer.status_code, body)
        return body

    def _body(self, answer: httpx.Response) -> bytes:
        held = bytearray()
        for part in answer.iter_raw():
            held += part
            if len(held) > LARGEST:
                raise NodeUnreachable(url=self.url, reason=f"> {LARGEST} bytes")
        return bytes(held)


class _Problem(msgspec.Struct):
    code: str = ""
    detail: str = ""


def _refusal(status: int, body: bytes) -> NodeRefused:
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    return NodeRefused(status=status, problem=problem.code, detail=problem.detail)


def _read(body: bytes, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError as error:
        raise BatchRefused(reason_zh="格式不对", reason_en="it is malformed") from error


def trusted_keys(source: Source, folder: Path, given: Path | None, say: Say) -> list[VerifierKey]:
    """The node's keys: from ``given``, else those noted at the first contact, which is said aloud.

    Keys that were handed over in person are better: at the first contact one trusts the connection.
    Raises ``KeysChanged`` when ``given`` is not what was noted.
    """
    noted = folder / KEYS_FILE
    if given is None and noted.exists():
        return _log_keys(noted.read_text("utf-8"))
    text = read_text(given) if given else source.keys()
    keys = _log_keys(text)
    if noted.exists():
        if keys != _log_keys(noted.read_text("utf-8")):
            raise KeysChanged(file=str(noted))
        return keys
    if given is None:
        say("首次连接，已记录平台公钥，请当面核对 first contact, compare the key: " + " ".join(map(str, keys)))
    write_durably(noted, "".join(f"{key}\n" for key in keys).encode())
    return keys


def read_text(path: Path) -> str:
    """The text in ``path``. Raises ``FileUnreadable``."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(path=str(path), reason=type(error).__name__) from error


def _log_keys(text: str) -> list[VerifierKey]:
    try:
        return [key for key in parse_keys(text) if key.kind == LOG_KEY]
    except InvalidProof as error:
        raise BatchRefused(reason_zh="平台公钥格式不对", reason_en="the node's keys are malformed") from error


class Receiving:
    """One run of receiving. ``once``: end when nothing is newer; ``patience``: seconds to wait for a silent node then.

    ``every``: seconds between two questions while nothing is newer.
    """

    def __init__(
        self,
        source: Source,
        store: LibraryStore,
        say: Say,
        *,
        once: bool,
        every: float,
        patience: float,
        most: int = MOST,
    ) -> None:
        self.stop = Event()
        self._source, self._store, self._say = source, store, say
        self._once, self._every, self._patience, self._most = once, every, patience, most
        self._acknowledged: int | None = None

    def run(self, keys: Callable[[], Sequence[VerifierKey]]) -> None:
        """Receive until ``stop`` is set, or with ``once`` until nothing is newer.

        A silent node is asked again with growing pauses. Raises ``NodeRefused`` and ``RecordChanged``; with ``once``
        also ``BatchRefused``, and ``NodeUnreachable`` when patience ends.
        """
        pause, silent_since = SHORTEST_PAUSE, time.monotonic()
        while not self.stop.is_set():
            try:
                if not self._step(keys()):
                    if self._once:
                        return
                    self.stop.wait(self._every)
                pause, silent_since = SHORTEST_PAUSE, time.monotonic()
            except (NodeUnreachable, BatchRefused) as error:
                self._give_up_if_due(error, silent_since)
                self._say(f"{error.code}: {error.message('zh-CN')}")
                self.stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _give_up_if_due(self, error: TongbanError, silent_since: float) -> None:
        impatient = isinstance(error, BatchRefused) or time.monotonic() - silent_since > self._patience
        if self._once and impatient:
            raise error

    def _step(self, keys: Sequence[VerifierKey]) -> bool:
        """One batch; False when nothing was newer. Acknowledged is only what the disk has."""
        store = self._store
        batch = self._source.batch(store.cursor, self._most)
        verify(batch, keys, store.cursor, store.region)
        fresh = store.keep(batch)
        if store.cursor != self._acknowledged:
            self._source.acknowledge(store.cursor)
            self._acknowledged = store.cursor
        if batch.entries:
            self._say(f"收到 received {fresh}, 至 up to {batch.next}/{batch.last}")
        return bool(batch.entries)
