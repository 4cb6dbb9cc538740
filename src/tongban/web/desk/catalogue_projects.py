"""Projects on the desk: propose one, see what is like it, answer, approve or decline."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.faults import Fault
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Subject
from tongban.parties.rules import may
from tongban.resources.catalogue import projects, uses
from tongban.resources.catalogue.definitions import Project
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.resources.catalogue.models import Answer
from tongban.web.desk.catalogue import PATH, catalogue_region, frame_of
from tongban.web.desk.catalogue_acts import Act, acted, number_of, texts_of
from tongban.web.desk.catalogue_words import DONE, KINDS
from tongban.web.desk.errors import PlaceUnfit
from tongban.web.desk.places import places_of
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.problems import faults, sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PROJECTS = PATH + "/projects"
STATES = {
    "open": (mark("待审批"), "yellow"),
    "approved": (mark("已批准建设"), "green"),
    "declined": (mark("不予批准"), "red"),
}
CHOICES = {"reuse": mark("改用已有的"), "differs": mark("已有的不能满足")}


@get(PROJECTS)
async def listed(request: WebRequest) -> Response[str]:
    """Projects of one's departments, or all for a data administrator, and the form. Raises ``NotAllowed``."""
    return await _list(request, {})


async def _list(request: WebRequest, typed: dict[str, str], refused: TongbanError | None = None) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    region = catalogue_region(request, signed)
    before = _id(request.query_params.get("after"))
    async with site.kernel.database.connection() as connection:
        found = await projects.projects(connection, signed.actor, region, before, projects.PAGE + 1)
    words = site.words(request_language(request))
    more = found[projects.PAGE - 1].id if len(found) > projects.PAGE else None
    return page(
        request,
        "desk/catalogue_projects.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, PATH),
        frame=frame_of(request, signed, region),
        found=found[: projects.PAGE],
        names=_names(request, region),
        states=STATES,
        next_href=more and f"{PROJECTS}?region={region}&after={more}",
        first_href=before and f"{PROJECTS}?region={region}",
        typed=typed,
        said=sentence(refused, words) if refused else None,
        faults=faults(refused, words) if isinstance(refused, EntryUnfit) else [],
    )


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise PlaceUnfit() from error


def _names(request: WebRequest, region: str) -> dict[str, str]:
    return {d.id: d.name for d in site_of(request).kernel.directory.region(region).departments}


@post(PROJECTS, status_code=200)
async def propose(request: WebRequest) -> Response[str] | Redirect:
    """Propose a project; it is compared at once."""
    signed, site, typed = await signed_in(request), site_of(request), await texts_of(request)
    region = catalogue_region(request, signed)
    try:
        project = _project(typed)
        async with site.kernel.database.connection() as connection:
            department = typed.get("department", "")
            made = await projects.propose(
                connection, signed.actor, site.kernel.directory, region, department, project, signed.now
            )
    except TongbanError as error:
        if error.status >= 500 or isinstance(error, NotAllowed):
            raise
        return await _list(request, typed, error)
    return Redirect(f"{PROJECTS}/{region}/{made.id}?done=proposed", status_code=303)


def _project(typed: dict[str, str]) -> Project:
    values: dict[str, Any] = {name: typed.get(name, "").strip() for name in ("title", "purpose")}
    values |= {name: _lines(typed.get(name, "")) for name in ("functions", "data")}
    values["cost"] = number_of(typed, "cost") or None
    try:
        return msgspec.convert(values, Project)
    except msgspec.ValidationError as error:
        zh = "项目名称不能为空，各项不能太长"
        raise EntryUnfit([Fault("title", zh, f"A text is missing or too long: {error}")]) from error


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\r", "").split("\n") if line.strip()]


@get(PROJECTS + "/{region:str}/{project:uuid}")
async def read(request: WebRequest, region: FromPath[str], project: FromPath[UUID]) -> Response[str]:
    """One project with what is like it. Raises ``ProjectUnknown``."""
    return await _one(request, region, project)


async def _one(
    request: WebRequest, region: str, project: UUID, refused: TongbanError | None = None, typed: str = ""
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    site.kernel.directory.region(region)
    async with site.kernel.database.connection() as connection:
        found = await projects.read_project(connection, signed.actor, region, project)
        chosen = await uses.settings(connection, region)
    words, subject = site.words(request_language(request)), Subject(region=region, department=found.department)
    return page(
        request,
        "desk/catalogue_project.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, PATH),
        found=found,
        chosen=chosen,
        names=_names(request, region),
        states=STATES,
        kinds=KINDS,
        choices=CHOICES,
        path=f"{PROJECTS}/{region}/{project}",
        answers=may(signed.actor, "project.propose", subject) and found.state == "open",
        decides=may(signed.actor, "project.approve", subject) and found.state == "open",
        typed=typed,
        said=sentence(refused, words) if refused else None,
        faults=faults(refused, words) if isinstance(refused, EntryUnfit) else [],
        done=DONE.get(request.query_params.get("done", "")) if refused is None else None,
    )


async def _acted(request: WebRequest, region: str, project: UUID, done: str, act: Act) -> Response[str] | Redirect:
    async def again(refused: TongbanError, reasons: str) -> Response[str]:
        return await _one(request, region, project, refused, reasons)

    return await acted(request, f"{PROJECTS}/{region}/{project}?done={done}", act, again)


@post(PROJECTS + "/{region:str}/{project:uuid}/answers/{entry:uuid}", status_code=200)
async def answer(
    request: WebRequest, region: FromPath[str], project: FromPath[UUID], entry: FromPath[UUID]
) -> Response[str] | Redirect:
    """Say why what exists does not serve, or that it will be used."""

    async def act(connection: Connection, signed: Signed, typed: dict[str, str]) -> None:
        said = Answer("reuse" if typed.get("choice") == "reuse" else "differs", typed.get("reasons", ""))
        await projects.answer(connection, signed.actor, region, project, entry, said, signed.now)

    return await _acted(request, region, project, "answered", act)


@post(PROJECTS + "/{region:str}/{project:uuid}/approval", status_code=200)
async def approve(request: WebRequest, region: FromPath[str], project: FromPath[UUID]) -> Response[str] | Redirect:
    """Approve it, once every likeness is answered."""
    return await _acted(
        request, region, project, "approved", lambda c, s, _: projects.approve(c, s.actor, region, project, s.now)
    )


@post(PROJECTS + "/{region:str}/{project:uuid}/refusal", status_code=200)
async def decline(request: WebRequest, region: FromPath[str], project: FromPath[UUID]) -> Response[str] | Redirect:
    """Decline it, with reasons."""
    return await _acted(
        request,
        region,
        project,
        "declined",
        lambda c, s, typed: projects.decline(c, s.actor, region, project, typed.get("reasons", ""), s.now),
    )


ROUTES = (listed, propose, read, answer, approve, decline)
