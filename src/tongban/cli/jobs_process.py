"""The jobs process: seals, drains, makes documents and papers, works due dates out anew, tidies.

Started by the supervisor.
"""

import asyncio
import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from cyclopts import App
from psycopg.rows import namedtuple_row

from tongban.assembly.installing import load_installed, stamp
from tongban.basics.database import Connection, platform_now
from tongban.basics.sql import load_queries
from tongban.cases.actions import young
from tongban.cases.actions.drafts import purge_old_drafts
from tongban.cases.kernel import Kernel
from tongban.cases.retention import actions as retention
from tongban.cases.rights.copying import drop_expired
from tongban.cli.compose import Node, definitions_stamp, kernel_anew, make_node
from tongban.cli.settings import Settings, read_settings
from tongban.cli.vault_watch import VaultWatch
from tongban.connectors.text_gateway import TextGateway
from tongban.jobs.calendars import recompute_batch
from tongban.jobs.queue import Queue
from tongban.jobs.worker import work
from tongban.ledger.cosigner import WitnessAddress
from tongban.ledger.verify_receipt import parse_keys
from tongban.licences.listing.actions import publish as publish_list
from tongban.messages.channels import TextChannel
from tongban.parties.access.allowances import purge as purge_allowances
from tongban.parties.access.denials import purge as purge_denials
from tongban.parties.actions import purge_sessions
from tongban.parties.applications import telling as applications
from tongban.parties.representing.reviewing import review
from tongban.resources.verifying import enterprise_register

if TYPE_CHECKING:
    from tongban.connectors.documents import DocumentMaker

DRAFT_DAYS = 30
JOBS_POOL = 14
"""One connection for each of nine loops, and some for the verbs and documents that open one beside them."""
_basics = load_queries("tongban.basics")
_log_in = load_queries("tongban.parties.log_in")


jobs_app = App(name="jobs", help="Seal, drain the outbox, make documents, tidy (started by run and serve).")


@jobs_app.default
def jobs(*, witness: str | None = None) -> None:
    """Work until SIGTERM.

    Parameters
    ----------
    witness
        Address of the witness whose key the node knows.
    """
    asyncio.run(_main(read_settings(), witness))


async def _main(settings: Settings, witness_url: str | None) -> None:
    conninfo = settings.database_url or ""
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        node = await make_node(settings, connection, conninfo, pool=JOBS_POOL)
    documents, kernel_now, database = Documents(node), InstalledKernel(node).now, node.kernel.database

    async def make_notice(region: str, case_id: UUID, notice: UUID) -> None:
        async with database.connection() as connection:
            kernel = await kernel_now(connection)
        from tongban.connectors.notices import make_case_notice

        await make_case_notice(kernel, await documents.maker(), region, case_id, notice)

    async def recompute(order: dict[str, Any]) -> dict[str, Any] | None:
        return await recompute_batch(database, kernel_now, order)

    async def tidy_up() -> None:
        await tidy(node)
        async with database.connection() as connection:
            kernel, now = await kernel_now(connection), await platform_now(connection)
        await review_representatives(kernel, now)

    queue = Queue(conninfo, documents.make, tidy_up, make_notice, recompute)
    keys = asyncio.create_task(VaultWatch(node.home, node.kernel.vault, "jobs").run(database))
    witness, provider = witness_of(node, witness_url), node.identity_provider()
    try:
        await work(database, queue, node.kernel.signer, witness, kernel_now, provider, texts_of(node))
    finally:
        keys.cancel()


def witness_of(node: Node, url: str | None) -> WitnessAddress | None:
    """The witness at ``url``, if the node knows its key."""
    if url is None or not node.home.witnesses.exists():
        return None
    return WitnessAddress(url, parse_keys(node.home.witnesses.read_text("utf-8"))[0])


def texts_of(node: Node) -> TextChannel | None:
    """The operator of text messages, if the deployment names one."""
    url = node.settings.text_gateway
    return TextGateway(url, node.home.path / "text-gateway.token") if url else None


class InstalledKernel:
    """The kernel with the packs and calendars of now: one may have come since the process started."""

    def __init__(self, node: Node) -> None:
        self._kernel = node.kernel
        self._stamp: str | None = None

    async def now(self, connection: Connection) -> Kernel:
        """The newest kernel; asks the store only whether anything changed."""
        seen = await definitions_stamp(connection)
        if seen != self._stamp:
            self._kernel, self._stamp = await kernel_anew(connection, self._kernel), seen
        return self._kernel


class Documents:
    """Makes documents with the layouts installed now: a pack may have come since the process started.

    What signs and typesets is large and is loaded with the first document, so that work begins sooner.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._maker: DocumentMaker | None = None
        self._stamp: str | None = None

    async def maker(self) -> "DocumentMaker":
        """What makes documents now."""
        if self._maker is None:
            self._maker = await asyncio.to_thread(self._node.documents)
        return self._maker

    async def make(self, region: str, licence: UUID) -> None:
        """Make, sign and keep one licence's document, once however often it is asked."""
        from tongban.connectors.documents import make_document

        database, maker = self._node.kernel.database, await self.maker()
        async with database.connection() as connection:
            seen = await stamp(connection)
            if seen != self._stamp:
                platform = await load_installed(connection)
                self._maker, self._stamp = replace(maker, layouts=platform.layouts), seen
        await make_document(database, await self.maker(), region, licence)


async def review_representatives(kernel: Kernel, now: dt.datetime) -> int:
    """Ask whom the register still names, where it is connected; how many were answered. Raises ``StoreUnavailable``."""
    register = enterprise_register(kernel.registers())
    return 0 if register is None else await review(kernel.database, kernel.vault, register, now)


async def tidy(node: Node) -> None:
    """What grows without use goes: old drafts' values, ended sessions, old idempotency keys, copies of people's data
    past their days; guardians' consents end where the child decides. Lists of licences that are
    not in force are made anew where something changed or a day is over."""
    async with node.kernel.database.connection() as connection:
        now = await platform_now(connection)
        await purge_sessions(connection)
        await purge_denials(connection)
        await purge_allowances(connection)
        await _log_in.tidy(connection)
        await applications.tidy(connection)
        await _basics.forget_keys(connection)
        await retention.run(connection)
        await drop_expired(connection)
        await young.age(connection, now)
        for region in sorted(node.kernel.directory.regions):
            await publish_list(connection, node.kernel.signer, region, now)
    while await purge_old_drafts(node.kernel, now, DRAFT_DAYS) == 100:
        continue
