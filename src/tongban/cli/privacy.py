"""``tongban privacy report``: the yearly evidence, printed in short and written as a workbook.

Mounted by the main command. Exit status 0; the assessment's gaps are told, not refused.
"""

from pathlib import Path

from cyclopts import App
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection, platform_now
from tongban.cases.privacy.models import GAPS, Report
from tongban.cases.privacy.report import make_report
from tongban.cli.compose import make_node
from tongban.cli.running import database_address, with_database
from tongban.cli.settings import read_settings
from tongban.web.desk.privacy_book import ASKED, KEPT, denial, workbook
from tongban.web.language import Words

privacy_app = App(name="privacy", help="The yearly evidence of privacy, counted and assessed.")


@privacy_app.command
def report(
    *, year: int | None = None, region: str | None = None, out: Path | None = None, database: str | None = None
) -> None:
    """Count what was done with personal data in a year, and assess what packs and grants allow.

    Parameters
    ----------
    year
        This year by default.
    region
        Six-digit code; the whole node by default, assessed in its first region.
    out
        Where to write the workbook.
    database
        libpq address; by default this deployment's.
    """

    async def make(connection: Connection) -> Report:
        settings = read_settings()
        connection.row_factory = namedtuple_row
        node = await make_node(settings, connection, database or database_address(settings))
        wanted = year or (await platform_now(connection)).year
        return await make_report(connection, node.kernel, wanted, region)

    made = with_database(make, database)
    print("\n".join(summary(made)))
    if out is not None:
        out.write_bytes(workbook(made, Words("zh-CN")))
        print(out)


def summary(made: Report) -> list[str]:
    """The report in lines: counts, and how often the assessment finds what missing."""
    uses = f"查询 uses {sum(one.total for one in made.uses)}, 拒绝 refused {sum(one.refused for one in made.uses)}"
    lines = [
        f"{made.year} {made.region or '全部 all'}",
        uses,
        f"同意 consents {made.consents_given}, 撤回 withdrawn {made.consents_withdrawn}",
    ]
    lines += [
        f"{ASKED[one.kind]} {one.kind}: {one.asked}, 同意 granted {one.granted}, 不同意 refused {one.refused},"
        f" 等待 waiting {one.waiting}, 超期 late {one.late}"
        for one in made.asked
    ]
    lines += [f"销毁 destroyed {KEPT[one.kind]} {one.kind}: {one.things}; {one.basis}" for one in made.destroyed]
    lines += [f"拒绝访问 denied {denial(one.reason)[0]} {one.reason}: {one.times}" for one in made.denied]
    found = [gap for section in made.assessment for gap in section.gaps]
    found += [gap for section in made.assessment for line in section.lines for gap in line.gaps]
    lines += [f"缺 missing {GAPS[gap][0]} {gap}: {found.count(gap)}" for gap in sorted(set(found))]
    return lines
