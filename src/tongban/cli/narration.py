"""The story that ``tongban run`` tells: the birth journey through the running server, as a readable timeline.

Everything printed was read back from the server or verified apart from it: dates by another calendar,
receipts by the single-file verifier in a process of its own, licences by the public page's call.
"""

import asyncio
import datetime as dt
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from tongban.assembly.definitions import Story
from tongban.assembly.platform import Platform
from tongban.assembly.playing import play
from tongban.basics.calendar import CST, local_day
from tongban.basics.errors import TongbanError
from tongban.cases.views.shapes import CasePage, EventLine
from tongban.cli.expected import after
from tongban.cli.http_stage import HttpStage
from tongban.cli.kernel_stage import people_by_name
from tongban.ledger import verify_receipt

PATIENCE_SECONDS = 60.0
WORDS = {
    "case.submitted": "提交申请",
    "case.accepted": "受理",
    "case.closed": "办结",
    "task.decided": "办结环节",
    "question.asked": "提问",
    "question.answered": "答复",
}


class StoryFailed(TongbanError):
    """The demonstration's story did not come out as it must."""

    code = "run.story_failed"
    zh = "演示没有按预期完成：{what}"
    en = "The demonstration did not come out as it must: {what}"


class Check(Struct, frozen=True):
    """One thing verified apart from the server: what, and what was found."""

    what: str
    found: str


def expect(holds: bool, what: str) -> None:
    """Raise ``StoryFailed`` unless it holds."""
    if not holds:
        raise StoryFailed(what=what)


async def tell(address: str, platform: Platform, journey_id: str, story: Story, home: Path, console: Console) -> None:
    """Play ``story``, print the timeline and every check. Raises ``StoryFailed`` with the first that fails."""
    version = platform.catalogue.journey(journey_id)
    region = next(iter(platform.directory.regions.values()))
    roles = {role: department.id for department in region.departments for role in department.roles}
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        people = people_by_name(platform.seeds.people)
        stage = HttpStage(client, version.journey, region.code, people, roles)
        await stage.wait(0)
        played = await play(story, stage, version)
        for failure in played.failures:
            raise StoryFailed(what=f"{story.it}: {failure.line} ({failure.found})")
        page = await stage.page(stage.applicant)
        print_timeline(console, page, stage)
        print_not_asked(console, page)
        checks = [
            *check_dates(page, version.journey.promise.days, {t.id: t.days for t in version.journey.tasks}),
            await check_receipts(client, stage, page, home),
            *await check_licences(client, stage, page),
            await check_uses(stage, page),
        ]
    for check in checks:
        console.print(f"[green]✓[/] {check.what}：{check.found}")


def _local(at: dt.datetime) -> str:
    return at.astimezone(CST).strftime("%m-%d %H:%M")


def print_timeline(console: Console, page: CasePage, stage: HttpStage) -> None:
    """Who did what when, from the case's own events."""
    console.print(f"\n[bold]{page.case.name}[/] 办件编号 {page.case.number} 申请人 {page.applicant_name}")
    table = Table("时间", "谁", "做了什么", "依据", box=None, pad_edge=False)
    for event in page.events:
        table.add_row(_local(event.at), event.actor_name, _said(event), event.basis or "")
    console.print(table)
    promised = page.line.promise_days
    console.print(f"受理后 {page.used_days} 个工作日办结（承诺 {promised} 个工作日），跑动 0 次")


def _said(event: EventLine) -> str:
    word = WORDS.get(event.kind, event.kind)
    return f"{word}：{event.task_name}" if event.task_name and event.kind == "task.decided" else word


def print_not_asked(console: Console, page: CasePage) -> None:
    """What the person did not have to bring, and where it came from."""
    console.print(f"\n没有让申请人交的：{page.count.materials_not_asked} 件材料、{page.count.fields_prefilled} 个栏目")
    table = Table("材料或栏目", "来自", "依据", "查询时间", box=None, pad_edge=False)
    for line in page.not_asked:
        table.add_row(line.name, line.provider, line.basis, _local(line.at))
    console.print(table)


def check_dates(page: CasePage, promise: int, days: dict[str, int]) -> list[Check]:
    """Due days as the platform states them, against plain counting with another calendar."""
    expect(page.accepted_at is not None, "the case was not accepted")
    assert page.accepted_at is not None
    due = after(local_day(page.accepted_at), promise)
    expect(page.case.due_on == due, f"due on {page.case.due_on}, counted {due}")
    counted = 0
    for station in page.line.stations:
        if station.state == "done" and station.starts_on is not None:
            expected = after(station.starts_on, days[station.task])
            expect(station.ends_on == expected, f"{station.name} due on {station.ends_on}, counted {expected}")
            counted += 1
    return [Check("时限核对", f"承诺办结日 {due}，{counted} 个环节的期限与另一套逐日计算一致")]


async def _until(what: str, ready: Callable[[], Any]) -> Any:
    """Wait for what follows a change: sealing, documents. Raises ``StoryFailed`` when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (found := await ready()) is not None:
            return found
        await asyncio.sleep(0.3)
    raise StoryFailed(what=f"{what} did not come within {PATIENCE_SECONDS:.0f} s")


async def check_receipts(client: httpx.AsyncClient, stage: HttpStage, page: CasePage, home: Path) -> Check:
    """Every event's receipt, verified offline by the single file, with nothing but public keys."""
    folder = home / "demonstration"
    folder.mkdir(parents=True, exist_ok=True)
    keys = folder / "keys.txt"
    keys.write_text((await client.get("/keys")).text, "utf-8")
    for event in page.events:
        receipt = await _until("the receipt", partial(_receipt, stage, event))
        path = folder / f"receipt-{event.id}.json"
        path.write_text(json.dumps(receipt, ensure_ascii=False), "utf-8")
        await _verify_offline(path, keys)
    return Check("回执离线验证", f"{len(page.events)} 步全部通过（独立进程、只用公钥、含见证方签名）")


async def _receipt(stage: HttpStage, event: EventLine) -> Any:
    found = await stage.call(stage.applicant, "GET", f"/cases/{stage.region}/{stage.case}/receipts/{event.id}")
    cosigned = str(found.get("checkpoint", "")).rpartition("\n\n")[2].count("\n") > 1
    return found if cosigned else None


async def _verify_offline(receipt: Path, keys: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", verify_receipt.__file__, str(receipt), str(keys),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    expect(process.returncode == 0, f"receipt not verified: {said.decode()[-300:]}")


async def check_licences(client: httpx.AsyncClient, stage: HttpStage, page: CasePage) -> list[Check]:
    """Every licence: public verification by its code, the signed PDF, and a tampered one refused."""
    expect(bool(page.licences), "no licence was issued")
    checks = []
    for licence in page.licences:
        verified = (await client.get(f"/api/v1/verify/{licence.code}")).json()
        expect(verified.get("state") == "valid", f"{licence.name} is not valid: {verified}")
        place = f"/api/v1/licences/{licence.region}/{licence.id}/document"
        pdf = await _until("the document", partial(_document, client, stage, place))
        expect(pdf.startswith(b"%PDF-"), f"{licence.name} has no PDF")
        checks.append(Check(f"证照核验 {licence.name}", f"{licence.number} 有效，已签名 PDF {len(pdf) // 1024} kB"))
    return checks


async def _document(client: httpx.AsyncClient, stage: HttpStage, place: str) -> bytes | None:
    headers = {"authorization": f"Bearer {await stage.token(stage.applicant)}"}
    answer = await client.get(place, headers=headers)
    return answer.content if answer.status_code == 200 else None


async def check_uses(stage: HttpStage, page: CasePage) -> Check:
    """The person sees every use of the data that this case made."""
    uses = await stage.call(stage.applicant, "GET", "/my-data")
    here = [use for use in uses if use["case"] == str(page.case.id)]
    seen = {line.look_up for line in page.not_asked}
    expect({str(one) for one in seen} <= {use["id"] for use in here}, "a use is missing from my data")
    return Check("我的数据", f"本件 {len(here)} 次查询，申请人都能看到谁、为什么、依据什么")
