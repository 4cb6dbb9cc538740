"""``tongban department``: run an invented departmental system as a process of its own.

Started by ``tongban run`` in a demonstration and by tests. It shares no database and no memory with the
platform, which reaches it as it would reach a real one: over HTTP, by a table of its own PostgreSQL, or by the
file that it drops.
"""

import asyncio
import csv
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Annotated

import msgspec
import yaml
from cyclopts import App, Parameter

from tongban.assembly.definitions import Records
from tongban.cli.department_errors import DepartmentPortTaken, DepartmentRefused
from tongban.cli.department_store import DepartmentStore
from tongban.connectors.folders import prepare_folder

department_app = App(name="department", help="Run an invented departmental system.")


@department_app.command
def serve(
    *,
    resource: list[str],
    data: list[Path],
    port: int,
    storage: Path,
    token_file: Path,
    admin_token_file: Path | None = None,
    faults: Annotated[bool, Parameter(negative="")] = False,
    own_api: Annotated[bool, Parameter(negative="")] = False,
    pause: float = 0.0,
) -> None:
    """Answer look-ups of a department's resources on 127.0.0.1 until interrupted.

    Parameters
    ----------
    resource
        Id of the resource, for instance civil-affairs.marriage. May be repeated, with as many data files.
    data
        Records file (YAML or JSON) that seeds the storage the first time.
    port
        TCP port.
    storage
        Folder that keeps records and access log.
    token_file
        File with the bearer token that the platform shows.
    admin_token_file
        File with the token that may add and remove records and read the access log.
    faults
        Allow faults to be switched on (with the admin token).
    own_api
        Speak an interface of its own, described by OpenAPI, instead of the platform's protocol.
    pause
        Seconds that every answer takes.
    """
    # Imported here because the two other kinds of system answer no HTTP, and start the sooner.
    from tongban.cli.department_app import department_application

    if len(resource) != len(data):
        raise _refused(data[-1], "与 --resource 的个数不一致", "has no --resource of its own, or one has no file")
    token = read_token(token_file)
    admin_token = read_token(admin_token_file) if admin_token_file else None
    rows = [_rows_of(one, path) for one, path in zip(resource, data, strict=True)]
    folder = prepare_folder(storage, mode=0o700)
    stores = {one: DepartmentStore(folder, one, known) for one, known in zip(resource, rows, strict=True)}
    application = department_application(stores, token, admin_token, faults=faults, own_api=own_api, pause=pause)
    try:
        asyncio.run(_serve(application, port))
    finally:
        for store in stores.values():
            store.close()


@department_app.command
def table(*, resource: list[str], data: list[Path], storage: Path, password_file: Path, port: int) -> None:
    """Keep a PostgreSQL of the department's own with tables that the platform may read, until interrupted.

    Parameters
    ----------
    resource
        Ids of the resources; each table is called after the last part.
    data
        Records files that fill the tables the first time, in the order of ``resource``.
    storage
        Folder that keeps the server.
    password_file
        File with the password that the account ``reader`` is made with.
    port
        TCP port.
    """
    # Imported here because the other systems need no database, and start the sooner.
    from tongban.cli.department_table import keep_tables

    tables = {one: _rows_of(one, file) for one, file in zip(resource, data, strict=True)}
    keep_tables(tables, storage, read_token(password_file), port)


@department_app.command
def drop(*, resource: str, data: Path, file: Path, every: float = 86_400.0) -> None:
    """Drop a CSV file of all records now and again after some time, until interrupted.

    Parameters
    ----------
    resource
        Id of the resource.
    data
        Records file with what is dropped.
    file
        The file that the platform reads; it is replaced whole.
    every
        Seconds between two drops.
    """
    rows = _rows_of(resource, data)
    done = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    while not done.is_set():
        write_drop(file, rows)
        done.wait(every)


def write_drop(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Replace ``file`` by a CSV of ``rows`` whose first line names the fields."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = file.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    unfinished.replace(file)


def _rows_of(resource: str, path: Path) -> list[dict[str, object]]:
    records = read_records(path)
    if records.resource != resource:
        raise _refused(path, f"属于 {records.resource}，不是 {resource}", f"is for {records.resource}")
    return records.rows


def read_records(path: Path) -> Records:
    """The records in ``path`` (YAML, of which JSON is a part). Raises ``DepartmentRefused``."""
    try:
        return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Records)
    except OSError as fault:
        raise _refused(path, f"无法读取（{fault.strerror}）", f"can not be read ({fault.strerror})") from fault
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        reason = " ".join(str(fault).split())
        raise _refused(path, f"内容不对（{reason}）", f"has wrong content ({reason})") from fault


def read_token(path: Path) -> str:
    """The token in ``path``, without white space around it. Raises ``DepartmentRefused``."""
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise _refused(path, "无法读取", "can not be read as an ASCII token") from fault
    if len(token) < 16:
        raise _refused(path, "的令牌不足 16 个字符", "holds a token of fewer than 16 characters")
    return token


async def _serve(application: object, port: int) -> None:
    from tongban.web.listener import Embedded

    server = Embedded.of(application, port)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.stop)
    try:
        await server.serve()
    except OSError as fault:
        raise DepartmentPortTaken(port=port, reason=fault.strerror or str(fault)) from fault


def _refused(path: Path, problem_zh: str, problem_en: str) -> DepartmentRefused:
    return DepartmentRefused(path=str(path), problem_zh=problem_zh, problem_en=problem_en)
