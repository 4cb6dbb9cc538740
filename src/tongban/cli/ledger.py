"""``tongban ledger``: verify the whole log or one receipt, show public keys, export the log as files.

Mounted by the main command. Exit status of the checks: 0 nothing wrong, 1 something found.
"""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from cyclopts import App, Parameter

from tongban.basics.database import Connection, Database
from tongban.basics.errors import TongbanError
from tongban.cli.running import database_address, with_database
from tongban.cli.settings import Settings, read_settings
from tongban.ledger import verify_receipt
from tongban.ledger.audit import verify_log
from tongban.ledger.cosigner import WitnessAddress, last_witnessed
from tongban.ledger.export import export as export_log
from tongban.ledger.keys import Signer, log_signer
from tongban.ledger.report import Report
from tongban.ledger.run import run as seal_and_cosign
from tongban.ledger.verify_receipt import WITNESS_KEY, InvalidProof, VerifierKey, parse_keys

ledger_app = App(name="ledger", help="Verify the ledger or one receipt, show its keys, export it.")

LOG_KEY_FILE = Path("keys") / "log.pem"
WITNESSES_FILE = Path("keys") / "witnesses.txt"
Result = TypeVar("Result")


class CannotVerify(TongbanError):
    """Something that the command needs is missing or unreadable."""

    code = "ledger.cannot_verify"
    zh = "缺少{what}：{place}。"
    en = "Missing {what}: {place}."


@ledger_app.command
def verify(
    *,
    database: str | None = None,
    keys: Path | None = None,
    witness: str | None = None,
    witness_note: Path | None = None,
    promise: list[Path] | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Check every entry, leaf, tile, checkpoint, erasure and promise; name whatever is wrong.

    Parameters
    ----------
    database
        libpq address; by default TONGBAN_DATABASE_URL, else the running embedded server.
    keys
        File of public keys (node and witnesses), one a line; by default this node's own.
    witness
        Address of the witness: asks it for the last head it cosigned.
    witness_note
        File with that head, where the witness cannot be reached from here.
    promise
        File with a promise that somebody holds; may be given several times.
    as_json
        Print the report as JSON.
    """
    settings = read_settings()
    trusted = _trusted(settings, keys)

    note = _witness_note(trusted, witness, witness_note)
    held = [_promise(file) for file in promise or []]

    async def check(conn: Connection) -> Report:
        return await verify_log(conn, trusted, note, promises=held)

    report = with_database(check, database)
    print(msgspec.json.encode(report).decode() if as_json else _told(report))
    raise SystemExit(0 if report.ok else 1)


@ledger_app.command
def receipt(document: Path, keys: Path, /) -> None:
    """Check one receipt or promise against public keys; needs neither database nor network.

    Parameters
    ----------
    document
        JSON file of the receipt or promise.
    keys
        File of public keys, one a line.
    """
    raise SystemExit(verify_receipt.main([str(document), str(keys)]))


@ledger_app.command(name="keys")
def show_keys() -> None:
    """Print the public keys of this node's log (made now if there are none) and of its witnesses."""
    for key in _trusted(read_settings(), None):
        print(key)


@ledger_app.command
def seal() -> None:
    """Seal what is recorded until interrupted: for a node that runs the exchange's door and no jobs process."""
    settings = read_settings()
    asyncio.run(_seal(database_address(settings), log_signer(settings.home / LOG_KEY_FILE, settings.log_origin)))


async def _seal(address: str, signer: Signer) -> None:
    stop, database = asyncio.Event(), Database(address, size=2)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await database.open()
    await seal_and_cosign(database, signer, None, stop)
    await database.close()


@ledger_app.command
def export(folder: Path, /, *, database: str | None = None) -> None:
    """Write the log as files (C2SP tlog-tiles) that any tool can read.

    Parameters
    ----------
    folder
        Where to write; tiles that are there already are kept.
    database
        libpq address; by default TONGBAN_DATABASE_URL, else the running embedded server.
    """

    async def write(conn: Connection) -> int:
        return await export_log(conn, folder)

    size = with_database(write, database)
    print(f"{size} 条存证已导出 {size} entries exported: {folder}")


def _trusted(settings: Settings, keys: Path | None) -> list[VerifierKey]:
    try:
        if keys is not None:
            return parse_keys(_read(keys))
        own = log_signer(settings.home / LOG_KEY_FILE, settings.log_origin).verifier
        witnesses = settings.home / WITNESSES_FILE
        return [own, *(parse_keys(_read(witnesses)) if witnesses.exists() else [])]
    except (OSError, InvalidProof) as error:
        raise CannotVerify(what="公钥 keys", place=str(error)) from error


def _witness_note(trusted: Sequence[VerifierKey], url: str | None, file: Path | None) -> str | None:
    if file is not None:
        return _read(file)
    if url is None:
        return None
    witnesses = [key for key in trusted if key.kind == WITNESS_KEY]
    logs = [key for key in trusted if key.kind != WITNESS_KEY]
    if not witnesses or not logs:
        raise CannotVerify(what="见证方公钥 the witness's key", place="--keys")
    return asyncio.run(last_witnessed(WitnessAddress(url, witnesses[0]), logs[0].name))


def _promise(file: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_read(file), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise CannotVerify(what="承诺 promise", place=f"{file}: {error}") from error


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise CannotVerify(what="文件 file", place=str(error)) from error


def _told(report: Report) -> str:
    lines = [
        f"日志 log: {report.origin or '-'}",
        f"存证 entries: {report.size} 已封存 sealed, {report.unsealed} 待封存 waiting",
        f"检查点 checkpoints: {report.checkpoints}, 会签至 cosigned up to {report.cosigned_size}",
    ]
    for finding in report.findings:
        lines += [f"✗ {finding.code}: {finding.sentence()}", f"  {finding.sentence('en')}"]
    hidden = sum(report.counts.values()) - len(report.findings)
    lines += [f"… 另有 and {hidden} more"] if hidden else []
    return "\n".join([*lines, "✓ 未发现问题 nothing wrong" if report.ok else "✗ 发现问题 faults found"])
