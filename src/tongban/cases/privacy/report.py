"""A year's evidence, for ``tongban privacy report`` and the desk of those who administer data.

Read on demand, from the tables themselves; nothing is kept and no hot path does anything for it.
"""

import datetime as dt

import msgspec

from tongban.basics.calendar import CST
from tongban.basics.database import Connection, platform_now
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.privacy import counting
from tongban.cases.privacy.assessing import Granted, assess
from tongban.cases.privacy.models import Kept, Report
from tongban.cases.retention.actions import rules
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import require

_queries = load_queries("tongban.cases.privacy")


async def privacy_report(kernel: Kernel, actor: Actor, region: str, year: int) -> Report:
    """The evidence of one region for who administers or supervises it. Raises ``NotAllowed``."""
    require(actor, "privacy.read", Subject(region=region))
    with as_platform("a year's evidence is counted: numbers, purposes and departments, nothing of persons"):
        async with kernel.database.connection() as connection:
            return await make_report(connection, kernel, year, region)


async def make_report(connection: Connection, kernel: Kernel, year: int, region: str | None = None) -> Report:
    """The evidence of ``year`` (Chinese days); of the whole node without ``region``, assessed in its first one."""
    since, until = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    within = {"since": _begin(since), "until": _begin(until), "region": region}
    given, withdrawn = await counting.consents(connection, within)
    grants = [msgspec.convert(row._asdict(), Granted) async for row in _queries.grants(connection, region=region)]
    regions = [region] if region else sorted(kernel.directory.regions)[:1]
    return Report(
        year=year,
        region=region,
        since=since,
        until=until,
        made_at=await platform_now(connection),
        uses=tuple(await counting.uses(connection, kernel, within)),
        consents_given=given,
        consents_withdrawn=withdrawn,
        asked=tuple(await counting.asked(connection, kernel, within)),
        destroyed=tuple(await counting.destroyed(connection, within)),
        denied=tuple(await counting.denied(connection, within)),
        kept=tuple(Kept(**msgspec.structs.asdict(rule)) for rule in await rules(connection)),
        assessment=tuple(section for one in regions for section in assess(kernel, one, grants)),
    )


def _begin(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), CST)
