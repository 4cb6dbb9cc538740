"""A database with every table, and a civil-affairs system that runs as a process of its own."""

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tongban.basics.database import Database
from tongban.basics.vault import Vault
from tongban.connectors.departmental import HttpProvider

RESOURCE = "civil-affairs.marriage"
# Invented people; the numbers have wrong check digits on purpose.
FANG = {
    "id_number": "33090319900101000A",
    "name": "王芳",
    "registered_on": "2019-05-20",
    "copies": 2,
    "valid": True,
}
MEI = {
    "id_number": "33090319910202000B",
    "name": "周梅",
    "registered_on": "2020-10-01",
    "copies": 1,
    "valid": True,
}


class RunningDepartment:
    """A departmental system as a child process on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, rows: list[dict[str, Any]], *, faults: bool = True) -> None:
        self.folder = folder
        self.token, self.admin_token = secrets.token_hex(16), secrets.token_hex(16)
        (folder / "token").write_text(self.token)
        (folder / "admin").write_text(self.admin_token)
        (folder / "records.json").write_text(json.dumps({"resource": RESOURCE, "rows": rows}))
        self.faults = faults
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [
            sys.executable,
            "-c",
            "from tongban.cli.department import department_app; department_app()",
        ]
        given = {"resource": RESOURCE, "data": "records.json", "port": port, "storage": "storage"}
        given |= {"token-file": "token", "admin-token-file": "admin"}
        options = [f"--{name}={value}" for name, value in given.items()] + ["--faults"] * self.faults
        self.process = subprocess.Popen([*command, "serve", *options], cwd=self.folder)
        self._wait()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(10) == 0
            self.process = None

    def administer(self, method: str, path: str, body: object = None) -> Any:
        """A call of the department's own administrator."""
        headers = {"authorization": f"Bearer {self.admin_token}"}
        answer = httpx.request(method, self.url + path, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _wait(self) -> None:
        for _ in range(200):
            assert self.process is not None and self.process.poll() is None, "the department ended early"
            try:
                assert httpx.get(self.url + "/health").json() == {"status": "ok", "resource": RESOURCE}
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the department does not answer")


@pytest.fixture(scope="session")
def department_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDepartment]:
    department = RunningDepartment(tmp_path_factory.mktemp("civil-affairs"), [FANG, MEI])
    department.start()
    yield department
    department.stop()


@pytest.fixture
def department(department_process: RunningDepartment) -> Iterator[RunningDepartment]:
    yield department_process
    department_process.administer("PUT", "/fault", {})


@pytest.fixture
async def provider(department: RunningDepartment) -> AsyncIterator[HttpProvider]:
    async with httpx.AsyncClient() as client:
        yield HttpProvider(department.url + "/look-up", department.token, client)


@pytest.fixture(scope="session")
def dsn(migrated: Callable[[str], str]) -> str:
    return migrated("production")


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    database = Database(dsn, size=3)
    await database.open()
    yield database
    async with database.connection() as connection:
        await connection.execute("DELETE FROM look_ups")
        await connection.execute("DELETE FROM grant_days")
        await connection.execute("DELETE FROM grants")
    await database.close()


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault({"k1": secrets.token_bytes(32)}, "k1", secrets.token_bytes(32))
