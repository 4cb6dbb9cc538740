"""The league table on the desk: departments and regions by how they keep their time, with their weeks, and as Excel."""

import asyncio
from typing import Any

from litestar import Response, get
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.workbooks import Book
from tongban.cases.oversight.league import League, LeagueRow, league
from tongban.cases.oversight.standings import FEW, HIDDEN, LEAST, Week
from tongban.web.allowing import allowed
from tongban.web.desk.export import excel_file
from tongban.web.desk.places import places_of
from tongban.web.desk.tickets import region_asked
from tongban.web.language import Words
from tongban.web.pages import page
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

WIDTH, HEIGHT = 132, 36


class Point(Struct, frozen=True):
    """One week in a small chart: where it stands, and what it says in words."""

    x: float
    y: float
    week: Week


@get("/desk/league")
async def show(request: WebRequest) -> Response[str]:
    """The league table for heads and supervisors. Raises ``NotAllowed``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    region = region_asked(request, signed)
    table = await league(kernel, signed.actor, region)
    return page(
        request,
        "desk/league.html",
        places=places_of(signed.actor, region, "/desk/league"),
        region=region,
        table=table,
        charts={row.standing.id: points(row) for row in table.departments},
        width=WIDTH,
        height=HEIGHT,
        least=LEAST,
        few=FEW,
        hidden=HIDDEN,
    )


def points(row: LeagueRow) -> list[Point]:
    """The weeks of a row as points of a line; weeks about which nothing can be said are left out."""
    weeks = row.standing.weeks
    step = (WIDTH - 12) / max(len(weeks) - 1, 1)
    return [
        Point(round(6 + place * step, 1), round(HEIGHT - 6 - (HEIGHT - 12) * week.on_time / 100, 1), week)
        for place, week in enumerate(weeks)
        if week.on_time is not None
    ]


@get("/desk/league.xlsx", guards=[allowed("export")])
async def download(request: WebRequest) -> Response[bytes]:
    """The same table as an Excel file: departments, regions, weeks. Raises ``NotAllowed``."""
    signed, site = await signed_in(request), site_of(request)
    table = await league(site.kernel, signed.actor, region_asked(request, signed))
    content = await asyncio.to_thread(workbook, table, site.words(request_language(request)))
    name = f"tongban-league-{local_day(signed.now):%Y%m%d}.xlsx"
    return excel_file(content, name)


def workbook(table: League, words: Words) -> bytes:
    """The three sheets as a file."""
    book = Book()
    for title, rows in ((words.say("部门"), table.departments), (words.say("区划"), table.regions)):
        book.sheet(title, _titles(words)).add(_row(row, words) for row in rows)
    weeks = [[words.pack(row.name), *_week(week, words)] for row in table.departments for week in row.standing.weeks]
    titles = [words.say("部门"), words.say("周（星期一）"), *_titles(words)[2:5], words.say("工单"), words.say("重开")]
    book.sheet(words.say("每周"), titles).add(weeks)
    return book.content()


def _titles(words: Words) -> list[str]:
    return [
        words.say("名次"),
        words.say("名称"),
        words.say("办结环节"),
        words.say("按时率（%）"),
        words.say("平均工作日"),
        words.say("现在超期"),
        words.say("工单"),
        words.say("重开"),
        words.say("按时率变化（百分点）"),
    ]


def _row(row: LeagueRow, words: Words) -> list[Any]:
    one = row.standing
    counts = [_shown(n, words) for n in (one.overdue, one.tickets, one.reopened)]
    return [
        one.place,
        words.pack(row.name),
        _shown(one.decided, words),
        one.on_time,
        one.mean_days,
        *counts,
        one.change,
    ]


def _week(week: Week, words: Words) -> list[Any]:
    counts = [_shown(n, words) for n in (week.decided, week.tickets, week.reopened)]
    return [week.monday, counts[0], week.on_time, week.mean_days, counts[1], counts[2]]


def _shown(n: int | str, words: Words) -> int | str:
    if n == FEW:
        return words.say("少于 {n}", n=LEAST)
    return words.say("不公布") if n == HIDDEN else n


ROUTES = (show, download)
