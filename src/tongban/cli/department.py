"""``tongban department``: run an invented departmental system as a process of its own.

Started by ``tongban run`` in a demonstration and by tests. It shares no database and no memory with the
platform; the platform reaches it over HTTP only, as it would reach a real one.
"""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import msgspec
import yaml
from cyclopts import App, Parameter
from granian.constants import Interfaces
from granian.server.embed import Server

from tongban.assembly.definitions import Records
from tongban.cli.department_app import department_application
from tongban.cli.department_errors import DepartmentPortTaken, DepartmentRefused
from tongban.cli.department_store import DepartmentStore
from tongban.connectors.folders import prepare_folder

department_app = App(name="department", help="Run an invented departmental system.")


@department_app.command
def serve(
    *,
    resource: str,
    data: Path,
    port: int,
    storage: Path,
    token_file: Path,
    admin_token_file: Path | None = None,
    faults: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Answer look-ups of one resource on 127.0.0.1 until interrupted.

    Parameters
    ----------
    resource
        Id of the resource, for instance civil-affairs.marriage.
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
    """
    records = read_records(data)
    if records.resource != resource:
        raise _refused(data, f"属于 {records.resource}，不是 {resource}", f"is for {records.resource}")
    token = read_token(token_file)
    admin_token = read_token(admin_token_file) if admin_token_file else None
    store = DepartmentStore(prepare_folder(storage, mode=0o700), resource, records.rows)
    application = department_application(store, resource, token, admin_token, faults=faults)
    try:
        asyncio.run(_serve(application, port))
    finally:
        store.close()


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
    server = Server(application, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_access=False)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.stop)
    try:
        await server.serve()
    except RuntimeError as fault:  # what Granian raises when it can not bind, with its own backtrace inside
        raise DepartmentPortTaken(port=port, reason=str(fault).splitlines()[0]) from fault


def _refused(path: Path, problem_zh: str, problem_en: str) -> DepartmentRefused:
    return DepartmentRefused(path=str(path), problem_zh=problem_zh, problem_en=problem_en)
