"""What ``tongban run`` verifies of the second node when its stories are told: both logs, all signatures, its ledger.

Called by ``run``.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongban.assembly.platform import Platform
from tongban.basics.database import Database
from tongban.cli.errors import StoryFailed
from tongban.cli.home import Home
from tongban.cli.node_logs import clock_of, compared, signed_on_both_sides
from tongban.cli.second_node import HELD, NAME, SecondNode
from tongban.cli.verifying import verify_log

EVER = dt.timedelta(days=3650)
LOOKS = 20
"""How often it is looked whether the second node has sealed everything, half a second apart."""


async def check_second_node(second: SecondNode, platform: Platform, conninfo: str) -> list[str]:
    """What was found, a sentence each. Raises ``StoryFailed`` at the first difference."""
    home, region = Home(second.settings.home), next(iter(platform.directory.regions))
    database, calls = Database(conninfo, size=2), 0
    await database.open()
    try:
        now = (await clock_of(database))()
        for resource in (name for name, one in platform.resources.items() if one.provider in HELD):
            found = await compared(database, home, region, resource, now - EVER, now)
            for difference in found.differences:
                raise StoryFailed(what=f"{resource}: {difference}")
            calls += found.calls
        signed = await signed_on_both_sides(database, home.exchange_keys(True), NAME)
    finally:
        await database.close()
    report = await _sealed(second)
    return [
        f"{calls} 次查询，两个节点的日志逐条一致；{signed} 次有回答的，提问和回答的签名都重新验过",
        f"它自己的存证 {report['size']} 条、{report['checkpoints']} 个检查点逐一重算",
    ]


async def _sealed(second: SecondNode) -> Mapping[str, Any]:
    """The report on its whole log once nothing waits to be sealed."""
    for _ in range(LOOKS):
        own = second.own
        report = await verify_log(own.home, own.database_url or "", TONGBAN_LOG_ORIGIN=own.log_origin)
        if not report["unsealed"]:
            return report
        await asyncio.sleep(0.5)
    raise StoryFailed(what=f"{NAME}: {report['unsealed']} entries are not sealed")
