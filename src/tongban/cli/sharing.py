"""Which department answered what, how fast, and what happened where one did not: the data half of the told story.

Called by ``narration``. What is printed was read from the platform's record of uses and compared with the log that
the departments' own processes keep.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import psycopg
import yaml
from psycopg.rows import namedtuple_row
from rich.console import Console
from rich.table import Table

from tongban.assembly.definitions import Story, SystemFault
from tongban.assembly.platform import Platform
from tongban.basics.sql import load_queries
from tongban.cli.department import read_token
from tongban.cli.errors import StoryFailed
from tongban.cli.home import Home
from tongban.cli.second_node import TITLE, second_home
from tongban.services.definitions import Journey

SLOW = 500  # milliseconds from which an answer is called slow
SECONDS = 30.0  # a fault that is played as slow lasts longer than anybody waits
OUTCOMES = {
    "found": "查到",
    "missing": "没有记录",
    "unavailable": "没有回音",
    "invalid": "不可信",
    "refused": "没有授权",
}
_queries = load_queries("tongban.cli")


async def uses_of(conninfo: str, region: str, case: str) -> Sequence[Any]:
    """What was asked for a case, in this order: material, source, provider, outcome, reason, milliseconds."""
    async with await psycopg.AsyncConnection.connect(conninfo, row_factory=namedtuple_row) as connection:
        return [row async for row in _queries.look_ups_of_case(connection, region=region, case_id=case)]


def print_sharing(console: Console, platform: Platform, journey: Journey, region: str, uses: Sequence[Any]) -> None:
    """One line a question: who was asked what, what came, in how many milliseconds, and what followed."""
    asked = [use for use in uses if use.source.startswith("resource:")]
    departments = len({use.provider for use in asked})
    console.print(f"\n[bold]数据怎么来的[/]：向 {departments} 个部门问了 {len(asked)} 次")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for fixed in (True, True, True, False):
        table.add_column(no_wrap=fixed, overflow="fold", justify="left")
    for number, use in enumerate(uses):
        department = platform.directory.department(region, use.provider)
        took = f"{use.answered_ms} 毫秒" if use in asked else "本人证照"
        table.add_row(
            department.short if department else use.provider,
            _name(platform, use.source),
            took,
            f"{_said(use, uses[number + 1 :], journey)}{f'（经{TITLE}）' if use.peer else ''}",
        )
    console.print(table, soft_wrap=False)


def _name(platform: Platform, source: str) -> str:
    kind, _, name = source.partition(":")
    return platform.resources[name].name if kind == "resource" else platform.licence_types[name].name


def _said(use: Any, later: Sequence[Any], journey: Journey) -> str:
    """The outcome, and where it was none, what took its place."""
    word = OUTCOMES[use.outcome]
    if use.outcome == "found":
        return f"{word}，答得慢" if use.answered_ms >= SLOW else word
    instead = next((one for one in later if one.material == use.material and one.outcome == "found"), None)
    material = next((m.name for m in journey.materials if m.id == use.material), use.material)
    if instead is None and any(one.material == use.material for one in later):
        return f"{word}，接着问下一处"
    return f"{word}，请申请人上传{material}" if instead is None else f"{word}，改用另一处查到的"


@asynccontextmanager
async def failing(home: Home, platform: Platform, faults: Sequence[SystemFault]) -> AsyncIterator[None]:
    """Within, the processes behind ``faults`` fail as they say. Raises ``StoryFailed`` where one can not be told to."""
    for fault in faults:
        await _switch(home, platform, fault.resource, {"kind": fault.kind, "seconds": SECONDS})
    try:
        yield
    finally:
        for fault in faults:
            await _switch(home, platform, fault.resource, {})


async def _switch(home: Home, platform: Platform, resource: str, fault: Mapping[str, object]) -> None:
    place = _places(home).get(resource)
    if place is None:
        raise StoryFailed(what=f"{resource}: 没有可以设置故障的系统")
    async with _administrator(place.home, platform.resources[resource].provider) as client:
        (await client.put(f"{place.address}/fault", json=fault)).raise_for_status()


async def check_logs(home: Home, platform: Platform, story: Story, case: str, uses: Sequence[Any]) -> str:
    """Compare with the departments' own logs what the platform recorded. Raises ``StoryFailed`` at a difference."""
    places, compared = _places(home), 0
    for resource in sorted({use.source.removeprefix("resource:").partition("#")[0] for use in uses} & set(places)):
        place = places[resource]
        async with _administrator(place.home, platform.resources[resource].provider) as client:
            answer = await client.get(f"{place.address}/accesses", params={"resource": resource})
        theirs = sum(access["case_id"] == case for access in answer.raise_for_status().json())
        ours = sum(use.source.partition("#")[0] == f"resource:{resource}" for use in uses)
        if theirs != ours:
            raise StoryFailed(what=f"{story.it}: {resource} 的日志有 {theirs} 次，平台记了 {ours} 次")
        compared += ours
    return f"{compared} 次查询，部门自己的日志一次不多、一次不少"


class _Place(NamedTuple):
    """A department's own process: its address, and the node in whose folder its secrets lie."""

    address: str
    home: Home


def _places(home: Home) -> dict[str, _Place]:
    """Resource → the process that answers for it over HTTP, here or behind the second node."""
    found: dict[str, _Place] = {}
    for name, entry in yaml.safe_load(home.connectors.read_text("utf-8")).items():
        if entry.get("kind") == "node":
            found[name] = _places(Home(second_home(home.path)))[name]
        elif address := entry.get("url") or entry.get("server"):
            parts = urlsplit(address)
            found[name] = _Place(f"{parts.scheme}://{parts.netloc}", home)
    return found


def _administrator(home: Home, role: str) -> httpx.AsyncClient:
    token = read_token(home.path / "systems" / role / "admin-token")
    return httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, trust_env=False, timeout=20)
