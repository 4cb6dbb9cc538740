"""What ``tongban run`` verifies of the story it played, apart from the server that played it.

Dates by another calendar, receipts by the single-file verifier in a process of its own, licences by what anybody
may call, the whole log by ``tongban ledger verify`` as an auditor runs it. Called by ``narration``.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.cases.views.shapes import CasePage, EventLine, LicenceLine
from tongban.cli.errors import StoryFailed
from tongban.cli.expected import after
from tongban.cli.http_stage import HttpStage
from tongban.ledger import verify_receipt
from tongban.services.definitions import Journey

PATIENCE_SECONDS = 60.0


class Check(Struct, frozen=True):
    """One thing verified: what, and what was found."""

    what: str
    found: str


@dataclass(frozen=True)
class Evidence:
    """What the checks work on. ``client`` is nobody in particular; ``stage`` acts as people."""

    client: httpx.AsyncClient
    stage: HttpStage
    page: CasePage
    journey: Journey
    home: Path
    conninfo: str


def expect(holds: bool, what: str) -> None:
    """Raise ``StoryFailed`` unless it holds."""
    if not holds:
        raise StoryFailed(what=what)


async def verify_everything(evidence: Evidence) -> AsyncIterator[Check]:
    """Every check in turn. Raises ``StoryFailed`` with the first that fails."""
    yield check_dates(evidence)
    yield await check_receipts(evidence)
    expect(bool(evidence.page.licences), "no licence was issued")
    documents = []
    for licence in evidence.page.licences:
        pdf = await _until("the document", partial(_document, evidence, licence))
        documents.append(pdf)
        yield await check_licence(evidence, licence, pdf)
    yield await check_tampered(evidence, evidence.page.licences[0], documents[0])
    yield await check_uses(evidence)
    yield await check_log(evidence)


def check_dates(evidence: Evidence) -> Check:
    """Due days as the platform states them, against plain counting with another calendar."""
    page, journey = evidence.page, evidence.journey
    expect(page.accepted_at is not None, "the case was not accepted")
    assert page.accepted_at is not None
    due = after(local_day(page.accepted_at), journey.promise.days)
    expect(page.case.due_on == due, f"due on {page.case.due_on}, counted {due}")
    days, counted = {task.id: task.days for task in journey.tasks}, 0
    for station in page.line.stations:
        if station.state == "done" and station.starts_on is not None:
            expected = after(station.starts_on, days[station.task])
            expect(station.ends_on == expected, f"{station.name} due on {station.ends_on}, counted {expected}")
            counted += 1
    return Check("时限核对", f"承诺办结日 {due}，{counted} 个环节的期限与另一套逐日计算一致")


async def _until(what: str, ready: Callable[[], Any]) -> Any:
    """Wait for what follows a change: sealing, documents. Raises ``StoryFailed`` when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (found := await ready()) is not None:
            return found
        await asyncio.sleep(0.3)
    raise StoryFailed(what=f"{what} did not come within {PATIENCE_SECONDS:.0f} s")


async def check_receipts(evidence: Evidence) -> Check:
    """Every event's receipt, verified offline by the single file, with nothing but public keys."""
    folder = evidence.home / "demonstration"
    folder.mkdir(parents=True, exist_ok=True)
    keys = folder / "keys.txt"
    keys.write_text((await evidence.client.get("/keys")).text, "utf-8")
    for event in evidence.page.events:
        receipt = await _until("the receipt", partial(_receipt, evidence.stage, event))
        path = folder / f"receipt-{event.id}.json"
        path.write_text(json.dumps(receipt, ensure_ascii=False), "utf-8")
        said = await _run("-I", verify_receipt.__file__, str(path), str(keys))
        expect(said[0] == 0, f"receipt not verified: {said[1][-300:]}")
    return Check("回执离线验证", f"{len(evidence.page.events)} 步全部通过（独立进程、只用公钥、含见证方签名）")


async def _receipt(stage: HttpStage, event: EventLine) -> Any:
    found = await stage.call(stage.applicant, "GET", f"/cases/{stage.region}/{stage.case}/receipts/{event.id}")
    cosigned = str(found.get("checkpoint", "")).rpartition("\n\n")[2].count("\n") > 1
    return found if cosigned else None


async def _run(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit status and output of another Python process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace")


async def check_licence(evidence: Evidence, licence: LicenceLine, pdf: bytes) -> Check:
    """A licence is verified by its code, by whoever has the code, who learns no identity number by it."""
    answer = await evidence.client.get(f"/api/v1/verify/{licence.code}")
    expect(answer.json().get("state") == "valid", f"{licence.name} is not valid: {answer.text}")
    page = await evidence.client.get(f"/verify/{licence.code}")
    for number in evidence.stage.identity_numbers():
        expect(number not in answer.text + page.text, f"{licence.name}: public verification shows a resident's number")
    found = await _shown(evidence, pdf)
    expect(found.status_code == 200, f"{licence.name}: its own PDF is refused ({found.status_code})")
    return Check(f"证照核验 {licence.name}", f"有效，签名 PDF {len(pdf) // 1024} kB，公开页只见最少信息")


async def check_tampered(evidence: Evidence, licence: LicenceLine, pdf: bytes) -> Check:
    """A PDF with one changed byte is refused, and so is a mistyped code."""
    middle = len(pdf) // 2
    changed = pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]
    answer = await _shown(evidence, changed)
    expect(answer.status_code in (400, 422), f"a changed PDF was answered with {answer.status_code}")
    typed = licence.code[:-1] + ("2" if licence.code[-1] != "2" else "3")
    for place in ("/verify/", "/api/v1/verify/"):
        answer = await evidence.client.get(f"{place}{typed}")
        expect(answer.status_code in (404, 422), f"a mistyped code was answered with {answer.status_code} at {place}")
    return Check("篡改与误输", "改动一个字节的 PDF、输错一位的核验码，都被拒绝")


async def _shown(evidence: Evidence, pdf: bytes) -> httpx.Response:
    """The public page's answer to an uploaded PDF, asked as a browser asks that is signed in nowhere."""
    address = evidence.client.base_url
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as browser:
        await browser.get("/verify")
        token = browser.cookies.get("tongban_form") or ""
        files = {"document": ("licence.pdf", pdf, "application/pdf")}
        return await browser.post("/verify", files=files, headers={"x-csrftoken": token})


async def _document(evidence: Evidence, licence: LicenceLine) -> bytes | None:
    headers = {"authorization": f"Bearer {await evidence.stage.token(evidence.stage.applicant)}"}
    place = f"/api/v1/licences/{licence.region}/{licence.id}/document"
    answer = await evidence.client.get(place, headers=headers)
    return answer.content if answer.status_code == 200 else None


async def check_uses(evidence: Evidence) -> Check:
    """The person sees every use of the data that this case made."""
    stage, page = evidence.stage, evidence.page
    uses = await stage.call(stage.applicant, "GET", "/my-data")
    here = [use for use in uses if use["case"] == str(page.case.id)]
    seen = {str(line.look_up) for line in page.not_asked}
    expect(seen <= {use["id"] for use in here}, "a use is missing from my data")
    return Check("我的数据", f"本件 {len(here)} 次查询，申请人都能看到谁、为什么、依据什么")


async def verify_log(home: Path, conninfo: str, **settings: str) -> Mapping[str, Any]:
    """The report on a whole log, as an auditor makes it: every entry, leaf, tile, checkpoint and promise."""
    environment = {"TONGBAN_HOME": str(home), "TONGBAN_DATABASE_URL": conninfo, **settings}
    status, said = await _run("-m", "tongban.cli", "ledger", "verify", "--json", **environment)
    expect(status == 0, f"the log does not verify: {said[-600:]}")
    report: dict[str, Any] = json.loads(said)
    return report


async def check_log(evidence: Evidence) -> Check:
    """The whole log of this node."""
    report = await verify_log(evidence.home, evidence.conninfo)
    size, heads, witnessed = report["size"], report["checkpoints"], report["cosigned_size"]
    return Check("全部存证", f"{size} 条、{heads} 个检查点逐一重算，见证方会签至第 {witnessed} 条")
