"""After the dust has settled: is everything that clients were told true, and is nothing half-done?

The checker believes ``Told`` alone and looks the node over from outside: its database row by row, its log
through ``tongban ledger verify`` with every promise that clients hold.

A promise to seal within ten seconds cannot be kept by a node that lies dead for longer. Such a breach is no
fault of the drill as long as the audit *names* it; it counts as excused only when the ten seconds of the
promise touch an outage that the killer made. A breach without an outage, and one that the audit does not
name, are faults.
"""

import asyncio
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import aiosql
import psycopg
from psycopg.rows import namedtuple_row

from tongban.basics.key_file import load_or_create
from tongban.cases.rows import open_form
from tongban.ledger.audit import verify_log
from tongban.ledger.report import SHOWN, Report
from tongban.ledger.verify_receipt import VerifierKey, parse_keys

from .clients import REGION
from .node import Node
from .told import Told

CHECKS = aiosql.from_path(Path(__file__).with_name("checks.sql"), "psycopg", mandatory_parameters=False)
HALF_DONE = (
    "drafts_submitted_without_case", "cases_without_submitted_draft", "cases_without_their_tasks",
    "cases_without_one_submission_event", "events_without_entry", "entries_without_event", "events_not_told",
    "decisions_unlike_events", "cases_unlike_tasks", "licences_unlike_approvals", "licences_without_entry",
    "keys_without_answer",
)  # fmt: skip
SETTLE = ("entries_waiting", "messages_waiting", "documents_missing")
STUCK_SECONDS = 60.0
"""How long nothing of what has to settle may get less before it counts as stuck; a slow machine is no fault."""
PROMISED = dt.timedelta(seconds=10)
WORDS = {"accept": "accepted", "approve": "approved"}
Outage = tuple[dt.datetime, dt.datetime]


def check(node: Node, told: Told, outages: Sequence[Outage]) -> list[str]:
    """Every fault found, each a sentence; empty when the node kept its word."""
    with psycopg.connect(node.conninfo, autocommit=True, row_factory=namedtuple_row) as connection:
        faults = [*_unsettled(connection), *told.wrong]
        faults += _submissions(connection, told)
        faults += _decisions(connection, told)
        faults += _drafts(connection, node, told)
        for name in HALF_DONE:
            faults += [f"{name}: {tuple(row)}" for row in getattr(CHECKS, name)(connection)]
        faults += _ledger(connection, node, told, outages)
    return faults


def _unsettled(connection: Any) -> list[str]:
    least, deadline = sys.maxsize, 0.0
    while True:
        left = [f"{name}: {tuple(row)}" for name in SETTLE for row in getattr(CHECKS, name)(connection)]
        if len(left) < least:
            least, deadline = len(left), time.monotonic() + STUCK_SECONDS
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.25)


def _submissions(connection: Any, told: Told) -> Iterator[str]:
    numbers: dict[str, str] = {}
    for one in told.submitted:
        if numbers.setdefault(one.case, one.number) != one.number:
            yield f"doubled: case {one.case} was told as {numbers[one.case]} and as {one.number}"
        row = CHECKS.told_case(connection, region=REGION, case=one.case)
        if row is None:
            yield f"lost: case {one.number} ({one.case}) was acknowledged and is not there"
        elif (row.number, row.account, row.entry) != (one.number, one.account, one.entry):
            yield f"changed: {one} stands as {tuple(row)}"
        elif row.leaf_index is None:
            yield f"unsealed: {one.number}"
    for row in CHECKS.cases_of_accounts(connection, accounts=sorted(told.accounts)):
        if row.id not in told.drafts:
            yield f"unasked: case {row.id} belongs to no draft that its client was given"


def _decisions(connection: Any, told: Told) -> Iterator[str]:
    for one in told.decided:
        row = CHECKS.told_task(connection, region=REGION, case=one.case, task=one.task)
        if row is None or (row.state, row.decision) != ("done", WORDS[one.kind]):
            yield f"lost: decision {one.kind} of {one.task} in {one.case} stands as {row and tuple(row)}"


def _drafts(connection: Any, node: Node, told: Told) -> Iterator[str]:
    vault = load_or_create(node.home / "keys" / "vault.json")
    for one in told.saved.values():
        row = CHECKS.told_draft(connection, region=REGION, draft=one.draft)
        if row is None or row.revision < one.revision:
            yield f"lost: draft {one.draft} was saved as revision {one.revision}, is {row and row.revision}"
            continue
        form = open_form(vault, REGION, UUID(one.draft), row.form)
        if row.revision == one.revision and any(form.get(k) != v for k, v in one.values.items()):
            yield f"lost: draft {one.draft} holds {form} instead of {one.values}"


def _ledger(connection: Any, node: Node, told: Told, outages: Sequence[Outage]) -> Iterator[str]:
    report = audit(node, told.promises())
    broken = [f.where["entry"] for f in report.findings if f.code == "promise.broken"]
    yield from (f"audit: {found}" for found in report.findings if found.code != "promise.broken")
    late = {row.entry: row.include_by for row in CHECKS.late_seals(connection)}
    # The report shows the first of many findings and counts them all.
    if len(set(broken)) < min(len(late), SHOWN) or report.counts.get("promise.broken", 0) < len(late):
        yield f"unnamed: {len(late)} promises were broken, the audit names {report.counts}"
    yield from (f"slandered: {entry} was sealed in time" for entry in broken if entry not in late)
    for entry, include_by in late.items():
        if not any(begin < include_by and end > include_by - PROMISED for begin, end in outages):
            yield f"broken: {entry} was to be sealed by {include_by}, and no outage excuses it"


def audit(node: Node, promises: Sequence[Mapping[str, Any]]) -> Report:
    """The audit with every promise that clients hold; ``tongban ledger verify`` must come to the same verdict."""
    keys = parse_keys("\n".join(_told(node, "keys").split()))
    report = asyncio.run(_verify(node.conninfo, keys, promises))
    printed = json.loads(_told(node, "verify", "--json"))
    assert printed["size"] >= report.size and set(printed["counts"]) <= set(report.counts), printed
    return report


async def _verify(conninfo: str, keys: Sequence[VerifierKey], promises: Sequence[Mapping[str, Any]]) -> Report:
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        return await verify_log(connection, keys, promises=promises)


def _told(node: Node, *words: str) -> str:
    """What ``tongban ledger`` prints."""
    command = [sys.executable, "-m", "tongban.cli", "ledger", *words]
    done = subprocess.run(command, env=node.environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1) and done.stdout, done.stderr
    return done.stdout
