"""No personal number stands in the clear: in no table, log line, address, outbox message or ledger entry."""

import logging
from typing import Any

import httpx
import pytest
import structlog
from tests.api_client import Program
from tests.world import BANK_ACCOUNT, CLAIM, FANG, LEAD, MOBILE, REGION, WEI, World

from tongban.basics.outbox import drain
from tongban.cases.library.definitions import LEAVING
from tongban.cases.library.writing import note, write_all
from tongban.cases.models import INTAKE
from tongban.cli.kernel_stage import photo
from tongban.jobs.events import TOLD, joined, tell_applicant
from tongban.ledger.sealer import seal_all

DECIDED = (
    (LEAD, INTAKE, "accept"),
    (LEAD, "maternity_registration", "approve"),
    (LEAD, "birth_certificate", "approve"),
    (WEI, "household_registration", "approve"),
    ("宋岩", "vaccination_record", "approve"),
    ("郭磊", "medical_insurance", "approve"),
    ("唐丽", "social_card", "approve"),
    ("郭磊", "reimbursement", "approve"),
)


def _numbers(world: World) -> set[str]:
    """Every number that belongs to one person alone, whoever it is."""
    people = world.people.values()
    numbers = {p.id_number for p in people} | {p.mobile for p in people if p.mobile}
    return numbers | {BANK_ACCOUNT, MOBILE}


async def _told(api: Program) -> None:
    """A whole story: with a claim, a file, a question, a refused save, every list read, everything drained."""
    draft = await api.ready(**CLAIM)
    place = f"/drafts/{REGION}/{draft['id']}"
    files = {"file": ("票据.jpg", photo(), "image/jpeg")}
    await api.did(FANG, "POST", f"{place}/materials/medical_bill/files", files=files)
    await api.refused(FANG, "PUT", f"{place}/form", 409, json={"revision": 1, "values": {"bank_account": BANK_ACCOUNT}})
    made = await api.did(FANG, "POST", f"{place}/submission", json={"revision": draft["revision"]})
    case = f"{REGION}/{made['id']}"
    await api.did(FANG, "POST", f"/cases/{case}/questions", json={"text": "什么时候能办好？"})
    for name, task, kind in DECIDED:
        page = await api.did(name, "GET", f"/desk/{REGION}/tasks/{made['id']}/{task}")
        body = {"kind": kind, "revision": page["task"]["revision"]}
        await api.did(name, "POST", f"/desk/{REGION}/tasks/{made['id']}/{task}/decision", json=body)
    assert (await api.did(FANG, "GET", f"/cases/{case}"))["case"]["state"] == "closed"
    for path in ("/cases", "/licences", "/my-data", "/messages", "/drafts"):
        await api.did(FANG, "GET", path)
    async with api.world.database.connection() as connection:
        while await drain(connection, joined(dict.fromkeys(TOLD, tell_applicant), dict.fromkeys(LEAVING, note))):
            continue
        assert await write_all(connection, api.world.kernel) > len(DECIDED)
        await seal_all(connection, api.world.kernel.signer)


async def _in_the_clear(world: World, numbers: set[str]) -> list[str]:
    """Where a number is found: every column of every table, as text and as bytes."""
    columns = await world.rows(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name IN (SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE')"
    )
    found = []
    for table, column, kind in columns:
        rows = await world.rows(f'SELECT "{column}" AS value FROM "{table}" WHERE "{column}" IS NOT NULL')
        hits = {n for row in rows for n in numbers if n.encode() in _bytes(row.value)}
        found += [f"{table}.{column} ({kind}): {len(hits)} numbers"] if hits else []
    return found


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


# A pack is content, invented people included; it is installed from files that say the same.
PACKS_THEMSELVES = "packs."


async def test_a_whole_story_leaves_no_personal_number_in_the_clear_anywhere(
    api: Program, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses: list[str] = []
    asked = httpx.AsyncClient.request

    async def noted(self: httpx.AsyncClient, method: str, url: str, **arguments: Any) -> httpx.Response:
        addresses.append(str(self.base_url.join(url)) + str(arguments.get("params", "")))
        return await asked(self, method, url, **arguments)

    monkeypatch.setattr(httpx.AsyncClient, "request", noted)
    numbers = _numbers(api.world)
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as events:
        await _told(api)
    said = caplog.text + repr(events) + "".join(capfd.readouterr()) + "".join(addresses)
    assert len(addresses) > 20 and "httpx" in caplog.text
    assert [number for number in numbers if number in said] == []
    found = [place for place in await _in_the_clear(api.world, numbers) if not place.startswith(PACKS_THEMSELVES)]
    assert found == []


async def test_the_scan_finds_a_number_that_lies_in_the_clear(world: World) -> None:
    await world.rows("UPDATE accounts SET login = %(n)s WHERE login = 'wangfang'", n=BANK_ACCOUNT)
    found = [place for place in await _in_the_clear(world, {BANK_ACCOUNT}) if not place.startswith(PACKS_THEMSELVES)]
    assert [place.partition(" ")[0] for place in found] == ["accounts.login"]


async def test_a_failure_of_ours_writes_no_number_into_the_log(api: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = await api.ready(**CLAIM)
    await api.world.rows("ALTER TABLE drafts ADD CONSTRAINT full_disk CHECK (revision < 3) NOT VALID")
    body = {"revision": draft["revision"], "values": {"bank_account": BANK_ACCOUNT[::-1]}}
    with structlog.testing.capture_logs() as events:
        problem = await api.refused(FANG, "PUT", f"/drafts/{REGION}/{draft['id']}/form", 500, json=body)
    assert problem["code"] == "web.unexpected" and "full_disk" not in problem["detail"]
    assert [event["event"] for event in events] == ["request.failed"]
    numbers = {*_numbers(api.world), BANK_ACCOUNT[::-1]}
    assert [number for number in numbers if number in repr(events)] == []
