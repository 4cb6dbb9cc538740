"""The stories that ``tongban run`` tells: the birth journey through the running server, as a readable timeline,
and once more while systems of departments fail.

Everything printed was read back from the server or verified apart from it, see ``verifying``.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from msgspec import structs
from rich.console import Console
from rich.table import Table

from tongban.assembly.definitions import Story
from tongban.assembly.platform import Platform
from tongban.assembly.playing import play
from tongban.basics.calendar import CST, local_day
from tongban.cases.views.shapes import CasePage, EventLine, NotAsked
from tongban.cli.errors import StoryFailed
from tongban.cli.home import Home
from tongban.cli.http_stage import HttpStage, roles_of
from tongban.cli.kernel_stage import people_by_name
from tongban.cli.node_group import NodeGroup
from tongban.cli.sharing import check_logs, failing, print_sharing, uses_of
from tongban.cli.verifying import Evidence, verify_everything

WORDS = {
    "case.submitted": "提交申请",
    "case.accepted": "受理",
    "case.closed": "全部办结",
    "task.decided": "办结",
    "question.asked": "提问",
    "question.answered": "答复",
}


async def tell(address: str, platform: Platform, journey_id: str, story: Story, node: NodeGroup, conninfo: str) -> None:
    """Play ``story`` at ``address``, print each act as it is made, then the timeline and every check.

    Raises ``StoryFailed`` with the first that fails.
    """
    async with _told(address, platform, journey_id, story, node) as (stage, page):
        print_timeline(node.console, page)
        print_not_asked(node.console, page)
        await _print_sharing(platform, stage, story, node, conninfo)
        node.console.print("\n[bold]逐项核验[/]（都在服务器之外进行）")
        evidence = Evidence(stage.client, stage, page, stage.journey, node.settings.home, conninfo)
        async for check in verify_everything(evidence):
            node.console.print(f"[green]✓[/] {check.what}：{check.found}")


async def tell_sharing(
    address: str, platform: Platform, journey_id: str, story: Story, node: NodeGroup, conninfo: str
) -> None:
    """Play ``story`` while systems fail as it says; print what each department answered and what took its place.

    Raises ``StoryFailed``.
    """
    async with (
        failing(Home(node.settings.home), platform, story.faults),
        _told(address, platform, journey_id, story, node) as (stage, page),
    ):
        await _print_sharing(platform, stage, story, node, conninfo)
        node.console.print(
            f"[green]✓[/] {stage.applicant}交了 {page.count.materials_asked} 件，"
            f"没有让交的 {page.count.materials_not_asked} 件；没有一步停下来等"
        )


async def _print_sharing(platform: Platform, stage: HttpStage, story: Story, node: NodeGroup, conninfo: str) -> None:
    uses = await uses_of(conninfo, stage.region, stage.case)
    print_sharing(node.console, platform, stage.journey, stage.region, uses)
    compared = await check_logs(Home(node.settings.home), platform, story, stage.case, uses)
    node.console.print(f"[green]✓[/] 两边对得上：{compared}")


@asynccontextmanager
async def _told(
    address: str, platform: Platform, journey_id: str, story: Story, node: NodeGroup
) -> AsyncIterator[tuple[HttpStage, CasePage]]:
    """The stage on which ``story`` was played, and the case as the applicant sees it. Raises ``StoryFailed``."""
    version = platform.catalogue.journey(journey_id)
    region = next(iter(platform.directory.regions.values()))
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        people = people_by_name(platform.seeds.people)
        stage = HttpStage(client, version.journey, region.code, people, roles_of(platform.directory), node.say)
        await stage.wait(0)
        played = await play(undated(told_on(story, local_day(dt.datetime.now(dt.UTC)))), stage, version)
        for failure in played.failures:
            raise StoryFailed(what=f"{story.it}: {failure.line} ({failure.found})")
        yield stage, await stage.page(stage.applicant)


def undated(story: Story) -> Story:
    """``story`` without the sentences that name a day: it is told today, and days are counted apart from it."""
    return structs.replace(story, then=[line for line in story.then if "DATE '" not in line])


def told_on(story: Story, today: dt.date) -> Story:
    """``story`` as told on ``today``: the days in its forms lie as far ahead as they lay from its own day."""
    later = today - (story.on or today)
    return structs.replace(story, steps=[_moved(step, later) for step in story.steps])


def _moved(said: Any, later: dt.timedelta) -> Any:
    if isinstance(said, dict):
        return {name: _moved(value, later) for name, value in said.items()}
    return said + later if isinstance(said, dt.date) else said


def _local(at: dt.datetime) -> str:
    return at.astimezone(CST).strftime("%m-%d %H:%M")


def print_timeline(console: Console, page: CasePage) -> None:
    """Who did what when, from the case's own events."""
    console.print(f"\n[bold]{page.case.name}[/]  办件编号 {page.case.number}  申请人 {page.applicant_name}")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading, fixed in (("时间", True), ("谁", True), ("做了什么", True), ("依据", False)):
        table.add_column(heading, no_wrap=fixed, overflow="fold")
    for event in page.events:
        table.add_row(_local(event.at), event.actor_name, _said(event), event.basis or "")
    console.print(table, soft_wrap=False)
    promised = page.line.promise_days
    console.print(f"受理后 {page.used_days} 个工作日办结（承诺 {promised} 个工作日），跑动 0 次")


def _said(event: EventLine) -> str:
    word = WORDS.get(event.kind, event.kind)
    return f"{word}：{event.task_name}" if event.task_name and event.kind == "task.decided" else word


def print_not_asked(console: Console, page: CasePage) -> None:
    """What the person did not have to bring, by where it came from and on what ground."""
    console.print(
        f"\n[bold]没有让申请人交的[/]：{page.count.materials_not_asked} 件材料、{page.count.fields_prefilled} 个栏目"
    )
    groups: dict[tuple[str, str], list[NotAsked]] = defaultdict(list)
    for line in page.not_asked:
        groups[line.provider, line.basis].append(line)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for (provider, basis), lines in groups.items():
        table.add_row(provider, "、".join(line.name for line in lines))
        table.add_row("", f"[dim]依据 {basis}，{_local(min(line.at for line in lines))} 查询[/]")
    console.print(table, soft_wrap=False)
