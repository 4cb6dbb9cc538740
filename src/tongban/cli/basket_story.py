"""The told story of a basket: three departments are asked at once, one gives less, one refuses; the grant is used
through the exchange, taken back, and the next question is refused.

Called by ``run``. Everybody acts through the HTTP API with a demonstration account; what is printed was read back.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import psycopg
from psycopg.rows import namedtuple_row
from rich.console import Console
from rich.table import Table

from tongban.assembly.platform import Platform
from tongban.basics.database import platform_now
from tongban.cli.errors import StoryFailed
from tongban.cli.http_stage import HttpStage, roles_of
from tongban.cli.kernel_stage import people_by_name
from tongban.cli.node_group import NodeGroup
from tongban.resources.exchange import subsystems

ASKS, SYSTEM = ("陈静", "market"), "restaurant-watch"
PURPOSE = "餐饮店日常监督检查前的信息核对"
BASIS = "食品安全法 第一百零九条"
TITLE = "日常检查前核对"
PREMISES, STAFF, RESIDENT = "housing.premises", "disease-control.staff-health", "police.resident"
LINES: Mapping[str, list[str]] = {
    PREMISES: ["address", "area", "use", "held_until", "landlord"],
    STAFF: ["examined", "valid_until"],
    RESIDENT: ["name", "valid_to"],
}
KEPT = ["address", "area", "use", "held_until"]
ANSWERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    PREMISES: ("韩露", {"verdict": "narrow", "reasons": "检查用不到出租人", "fields": KEPT, "quota": 50}),
    STAFF: ("宋岩", {"verdict": "grant"}),
    RESIDENT: ("李伟", {"verdict": "refuse", "reasons": "检查经营场所不需要个人的身份证件信息"}),
}
USCC = "91330103TB0000116U"
"""The restaurant that is asked about; invented, as its records are."""
REASONS = "本次专项检查已经结束"
VERDICTS = {"granted": "已授权", "narrowed": "收窄后授权", "refused": "不予共享"}


async def tell_basket(address: str, gateway: str, platform: Platform, node: NodeGroup, conninfo: str) -> None:
    """Tell it at the web's ``address`` and the exchange's ``gateway``. Raises ``StoryFailed``."""
    node.say("演示：市场监管一次向三个部门申请数据，用过以后被收回")
    async with _stage(address, platform, node) as stage, httpx.AsyncClient(trust_env=False, timeout=30) as system:
        basket = await _asked(stage)
        await _answered(stage, basket)
        page = await stage.call(ASKS[0], "GET", f"/baskets/{stage.region}/{basket}")
        _print_answers(node.console, page)
        token = await _token(conninfo, stage.region)
        first = await _question(system, gateway, node, platform, token)
        _expect(first.status_code == 200 and first.json()["found"], f"the grant can not be used: {first.text}")
        node.console.print(f"[green]✓[/] 授权当即能用：{_said(first.json()['fields'])}")
        await _revoked(stage, page)
        again = await _question(system, gateway, node, platform, token)
        fault = again.headers.get("x-road-error", "")
        _expect(fault.endswith("AccessDenied"), f"a revoked grant was used: {again.text}")
        node.console.print(f"[green]✓[/] 韩露 收回授权（{REASONS}）：下一次查询就被拒绝（{fault.rpartition('.')[2]}）")


@asynccontextmanager
async def _stage(address: str, platform: Platform, node: NodeGroup) -> AsyncIterator[HttpStage]:
    journey = platform.catalogue.journey("restaurant").journey
    region = next(iter(platform.directory.regions))
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        people = people_by_name(platform.seeds.people)
        yield HttpStage(client, journey, region, people, roles_of(platform.directory), node.say)


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise StoryFailed(what=what)


async def _asked(stage: HttpStage) -> str:
    lines = [
        {"resource": name, "fields": fields, "purpose": PURPOSE, "basis": BASIS, "days": 180}
        for name, fields in LINES.items()
    ]
    wanted = {"department": ASKS[1], "title": TITLE, "lines": lines}
    sent = await stage.call(ASKS[0], "POST", f"/baskets/{stage.region}", json=wanted)
    return str(sent["basket"])


async def _answered(stage: HttpStage, basket: str) -> None:
    """Each provider answers its own request; nobody waits for another."""
    asked = (await stage.call(ASKS[0], "GET", f"/baskets/{stage.region}/{basket}"))["requests"]
    _expect(len(asked) == len(ANSWERS), f"{len(asked)} requests instead of {len(ANSWERS)}")
    for who, answer in ANSWERS.values():
        open_ones = await stage.call(who, "GET", f"/sharing-requests/{stage.region}", params={"show": "open"})
        (request,) = [one["id"] for one in open_ones["requests"] if one["basket"] == basket]
        place = f"/sharing-requests/{stage.region}/{request}"
        seen = await stage.call(who, "GET", place)
        said = {line["line"]["id"]: answer for line in seen["lines"]}
        await stage.call(who, "POST", f"{place}/answer", json={"revision": seen["answer"]["revision"], "lines": said})


def _print_answers(console: Console, page: Mapping[str, Any]) -> None:
    console.print(f"\n[bold]数据怎么申请[/]：{page['consumer_name']} 一次发出，{len(page['requests'])} 个部门同时收到")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for fixed in (True, True, True, False):
        table.add_column(no_wrap=fixed, overflow="fold")
    for one in page["lines"]:
        line = one["line"]
        table.add_row(one["provider_name"], one["resource"]["name"], VERDICTS[line["state"]], line["reasons"] or "")
    console.print(table, soft_wrap=False)


async def _token(conninfo: str, region: str) -> str:
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        return await subsystems.register(connection, region, ASKS[1], SYSTEM, await platform_now(connection))


async def _question(
    system: httpx.AsyncClient, gateway: str, node: NodeGroup, platform: Platform, token: str
) -> httpx.Response:
    """What the inspectors' system asks through the gateway."""
    instance = node.settings.exchange_instance
    region = next(iter(platform.directory.regions))
    provider = platform.directory.department_for(region, platform.resources[PREMISES].provider).id
    headers = {
        "authorization": f"Bearer {token}",
        "x-road-client": f"{instance}/GOV/{ASKS[1]}/{SYSTEM}",
        "x-road-id": uuid4().hex,
        "x-road-userid": "CNchenjing",
        "tongban-purpose": quote(PURPOSE),
    }
    body = {"match": {"uscc": USCC}, "fields": KEPT}
    return await system.post(f"{gateway}/r1/{instance}/GOV/{provider}/data/{PREMISES}", json=body, headers=headers)


def _said(fields: Mapping[str, Any]) -> str:
    until = dt.date.fromisoformat(fields["held_until"])
    return f"{fields['address']}，{fields['area']} 平方米，{fields['use']}用房，使用到 {until.year} 年 {until.month} 月"


async def _revoked(stage: HttpStage, page: Mapping[str, Any]) -> None:
    (grant,) = [one["line"]["grant_id"] for one in page["lines"] if one["line"]["resource"] == PREMISES]
    who = ANSWERS[PREMISES][0]
    await stage.call(who, "POST", f"/grants/{stage.region}/{grant}/revoke", json={"reasons": REASONS})
