"""What is carried out of a node holds no number of anybody else: backups, papers and licences, Excel files, messages.

Beside what lies in it (tests/api/test_privacy.py), after the same whole story of a case. The log of the database
(``pg_wal``) is left out: it repeats whole pages, those of installed packs with their invented people among them, and is
sealed in a backup like everything else. There is no output of measurements that could carry one: no endpoint, no agent.
"""

import io
import json
import re
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from tests.api.test_privacy import _numbers, _told
from tests.api_client import Program
from tests.cases.papers_made import jobs_of
from tests.licences.cast import FONTS
from tests.world import FANG, LEAD, MOBILE, REGION, WEI, World

from tongban.cases.views.notices import listed, read
from tongban.connectors.authority import DemonstrationAuthority
from tongban.connectors.backup.base import LogName, archive_of, take_base
from tongban.connectors.backup.plan import BackupPlan
from tongban.connectors.backup.sealing import make_identity, opened, read_identity
from tongban.connectors.backup.wal import drop_slot
from tongban.connectors.documents import DocumentMaker, make_document
from tongban.connectors.text_gateway import TextGateway
from tongban.connectors.typesetting import Typesetter
from tongban.jobs.texts import send_waiting
from tongban.ledger.keys import log_signer
from tongban.parties.actions import open_session
from tongban.parties.log_in.codes import send_code
from tongban.web.signed_in import SESSION_COOKIE

pytestmark = pytest.mark.long
DIGITS = re.compile(rb"[0-9]{11,}[Xx]?")
ADMINISTRATOR, SUPERVISOR = "吴浩", "许宁"


def found_in(content: bytes, numbers: set[str]) -> set[str]:
    """Which of ``numbers`` stand in ``content``."""
    runs = {run.decode().upper() for run in DIGITS.findall(content)}
    return {number for number in numbers if any(number in run for run in runs)}


async def test_nothing_that_leaves_the_node_holds_a_number_of_anybody_else(api: Program, tmp_path: Path) -> None:
    world = api.world
    await _told(api)
    numbers = _numbers(world)
    assert found_in(f"x{MOBILE}y".encode(), numbers) == {MOBILE}
    papers = await _papers(world, tmp_path)
    assert len(papers) >= 8
    wrong = [f"{name}: {found}" for name, own, text in papers if (found := found_in(text, numbers - own))]
    wrong += [f"{name}: {found}" for name, text in await _sheets(api) if (found := found_in(text, numbers))]
    wrong += [f"message: {found}" for text in await _messages(world) if (found := found_in(text, numbers))]
    wrong += await _documents_in_the_clear(world, numbers)
    wrong += await _backup(world, tmp_path, numbers)
    assert wrong == []


def text_of(pdf: bytes) -> bytes:
    """What a PDF says, and what lies in it unpacked."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s|\u200b", "", "".join(page.extract_text() for page in pages)).encode() + pdf


async def _papers(world: World, folder: Path) -> list[tuple[str, set[str], bytes]]:
    """Every paper of her case and every licence: whose it is by its numbers, and what it says."""
    keys = DemonstrationAuthority(folder / "authority")
    maker = DocumentMaker(Typesetter([FONTS]), keys, world.kernel.vault, "https://node.test", demonstration=True)
    await (await jobs_of(world, maker)).run()
    actor, case = await world.actor(FANG), await world.one("SELECT id FROM cases")
    told = [
        (
            line.title,
            {world.people[FANG].id_number},
            text_of((await read(world.kernel, actor, REGION, case, line.id)).pdf),
        )
        for line in await listed(world.kernel, actor, REGION, case)
    ]
    for row in await world.rows("SELECT id, type, holder_name FROM licences"):
        holder = world.people.get(row.holder_name)
        made = await make_document(world.database, maker, REGION, row.id)
        assert made is not None
        told.append((row.type, {holder.id_number} if holder else set(), text_of(made.pdf)))
    return told


async def _sheets(api: Program) -> list[tuple[str, bytes]]:
    """Every Excel file that officials take away."""
    places = [
        (LEAD, "/desk/export.xlsx"), (WEI, "/desk/export.xlsx"), (ADMINISTRATOR, "/desk/catalogue/export.xlsx"),
        (ADMINISTRATOR, "/desk/privacy.xlsx"), (ADMINISTRATOR, "/desk/directory/export.xlsx"),
        (SUPERVISOR, "/desk/league.xlsx"), (SUPERVISOR, "/desk/journeys/birth/export.xlsx"),
    ]  # fmt: skip
    told = []
    for name, path in places:
        async with api.world.database.connection() as connection:
            secret = await open_session(connection, api.world.accounts[name], "browser", factors=("password",))
        answer = await api.client.get(path, headers={"cookie": f"{SESSION_COOKIE}={secret}"})
        if answer.status_code == 200:
            book = openpyxl.load_workbook(io.BytesIO(answer.content))
            cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
            told.append((path, " ".join(cells).encode()))
    assert len(told) >= 4
    return told


class Gateway(BaseHTTPRequestHandler):
    """The operator's gateway: keeps what it was asked to send."""

    sent: list[dict[str, Any]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        """Take one message."""
        self.sent.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


async def _messages(world: World) -> list[bytes]:
    """What the text gateway is handed, but for the number to which it goes."""
    listening = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    vault, account = world.kernel.vault, world.accounts[FANG]
    async with world.database.connection() as connection:
        await send_code(connection, vault, mobile=MOBILE, bound_to=account.bytes, use="confirm", account=account)
        channel = TextGateway(f"http://127.0.0.1:{listening.server_port}/", Path("/nonexistent"))
        while await send_waiting(connection, vault, channel):
            continue
    listening.shutdown()
    assert Gateway.sent and all(one["to"] for one in Gateway.sent)
    return [json.dumps({name: value for name, value in one.items() if name != "to"}).encode() for one in Gateway.sent]


async def _documents_in_the_clear(world: World, numbers: set[str]) -> list[str]:
    """Documents that lie unsealed in a column: they are packed, so that a search for bytes would not find a number."""
    columns = await world.rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'bytea'"
    )
    wrong = []
    for table, column in columns:
        rows = await world.rows(
            f'SELECT "{column}" AS value FROM "{table}" WHERE substr("{column}", 1, 4) = \'%%PDF\'::bytea'
        )
        found = {number for row in rows for number in found_in(text_of(bytes(row.value)), numbers)}
        wrong += [f"{table}.{column}: {len(found)} numbers in {len(rows)} documents"] if found else []
    return wrong


async def _backup(world: World, folder: Path, numbers: set[str]) -> list[str]:
    """A base as it is stored, and every page of every table and index in it once it is opened with the right key."""
    (folder / "backup").mkdir()
    (folder / "home").mkdir()
    plan = BackupPlan(folder / "backup", [make_identity(folder / "operator.txt")])
    address, signer = world.database.conninfo, log_signer(folder / "log.pem", "scan.invalid/log")
    left_out = {
        f"base/{row.path.split('/')[1]}/{row.path.split('/')[2]}"
        for row in await world.rows(
            "SELECT pg_relation_filepath(c.oid) AS path FROM pg_class c WHERE c.relkind IN ('r', 't', 'i')"
            " AND (c.relname LIKE 'packs%%' OR c.oid IN (SELECT reltoastrelid FROM pg_class WHERE relname = 'packs'))"
        )
    }
    own = (await world.one("SELECT pg_relation_filepath('cases')")).rsplit("/", 1)[0]
    try:
        base = take_base(plan, archive_of(plan, address), address, folder / "home", LogName(signer.name, [], signer))
    finally:
        drop_slot(address)
    stored = [file for file in base.folder.iterdir() if found_in(file.read_bytes(), numbers)]
    wrong = [f"stored in the clear: {file.name}" for file in stored]
    pages = 0
    with (
        opened(base.folder / "base.tar.gz.age", read_identity(folder / "operator.txt")) as stream,
        tarfile.open(fileobj=stream, mode="r|gz") as tar,
    ):
        for member in tar:
            if member.isfile() and member.name.startswith(f"{own}/") and member.name.split(".")[0] not in left_out:
                file = tar.extractfile(member)
                content = file.read() if file else b""
                pages += len(content) // 8192
                if found := found_in(content, numbers):
                    wrong.append(f"{member.name}: {len(found)} numbers")
    assert pages > 1000
    return wrong
