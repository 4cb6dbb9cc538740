"""For who administers data: the year's evidence of privacy, printable and as Excel, and what is kept and destroyed.

Read only. The same verbs answer ``tongban privacy report`` and ``tongban retention plan|proof``.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from tongban.basics.calendar import local_day
from tongban.basics.second_wall import as_platform
from tongban.cases.privacy.figures import Outcome, figures_of
from tongban.cases.privacy.models import GAPS
from tongban.cases.privacy.report import privacy_report
from tongban.cases.retention import actions as retention
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Subject
from tongban.parties.rules import may
from tongban.web.allowing import allowed
from tongban.web.desk.export import excel_file
from tongban.web.desk.places import places_of
from tongban.web.desk.privacy_book import ASKED, KEPT, LEGAL, denial, workbook
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

Year = Annotated[int | None, QueryParameter(name="year", ge=2000, le=2999, description="A year; this one without.")]
OUTCOMES: Mapping[Outcome, str] = {
    "found": mark("查到了"),
    "missing": mark("没有记录"),
    "failed": mark("没有结果"),
    "refused": mark("拒绝"),
}
ACTIONS: Mapping[str, str] = {"destroy": mark("到期销毁"), "archive": mark("到期移交档案")}


def _region(request: WebRequest, signed: Signed, action: str) -> str:
    """The region that the address names if ``action`` is allowed there, else the first one where it is.

    Raises ``NotAllowed``.
    """
    served = sorted(site_of(request).kernel.directory.regions)
    own = [region for region in served if may(signed.actor, action, Subject(region=region))]
    if not own:
        raise NotAllowed()
    asked = request.query_params.get("region")
    return asked if asked in own else own[0]


@get("/desk/privacy")
async def show(
    request: WebRequest,
    year: Year = None,
    everything: Annotated[str, QueryParameter(name="all", description="Any value: every section stands open.")] = "",
) -> Response[str]:
    """The evidence of a year for one's region, summed up first. Raises ``NotAllowed``."""
    signed, site = await signed_in(request), site_of(request)
    region, this = _region(request, signed, "privacy.read"), local_day(signed.now).year
    report = await privacy_report(site.kernel, signed.actor, region, year or this)
    return page(
        request,
        "desk/privacy.html",
        places=places_of(signed.actor, region, "/desk/privacy"),
        region=region,
        region_name=site.kernel.directory.region(region).name,
        report=report,
        figures=figures_of(report),
        outcomes=OUTCOMES,
        everything=bool(everything),
        years=range(this, this - 4, -1),
        asked=ASKED,
        kept=KEPT,
        legal=LEGAL,
        gaps=GAPS,
        denial=denial,
        english=request_language(request) == "en",
    )


@get("/desk/privacy.xlsx", guards=[allowed("export")])
async def download(request: WebRequest, year: Year = None) -> Response[bytes]:
    """The same as an Excel file. Raises ``NotAllowed``."""
    signed, site = await signed_in(request), site_of(request)
    wanted = year or local_day(signed.now).year
    report = await privacy_report(site.kernel, signed.actor, _region(request, signed, "privacy.read"), wanted)
    content = await asyncio.to_thread(workbook, report, site.words(request_language(request)))
    return excel_file(content, f"tongban-privacy-{wanted}.xlsx")


@get("/desk/retention")
async def kept(request: WebRequest, proof: FromQuery[str] = "") -> Response[str]:
    """The rules, what is due by each, what was destroyed last, and with ``proof`` whether all of it holds.

    Raises ``NotAllowed``.
    """
    signed, site = await signed_in(request), site_of(request)
    region = _region(request, signed, "retention.read")
    with as_platform("what is kept and destroyed is counted: numbers and rules, nothing of persons"):
        async with site.kernel.database.connection() as connection:
            plan = await retention.plan(connection)
            batches = await retention.newest(connection)
            proved = await retention.proof(connection) if proof else None
    return page(
        request,
        "desk/retention.html",
        places=places_of(signed.actor, region, "/desk/retention"),
        region=region,
        plan=plan,
        batches=batches,
        proved=proved,
        kept=KEPT,
        actions=ACTIONS,
    )


ROUTES = (show, download, kept)
