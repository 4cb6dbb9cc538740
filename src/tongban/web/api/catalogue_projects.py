"""Projects for programs: propose, read what is like it, answer, approve or decline."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from tongban.resources.catalogue import projects
from tongban.resources.catalogue.definitions import Project
from tongban.resources.catalogue.models import Answer, ProjectState
from tongban.web.api.catalogue import TAGS, Department, Why
from tongban.web.api.once import once
from tongban.web.api.paging import CursorUnfit
from tongban.web.api.parameters import Cursor, Key, Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class NewProject(Struct, forbid_unknown_fields=True):
    """A project to propose for one's department."""

    department: Department
    project: Project


class ProjectList(Struct):
    """A page of projects, the newest first; ``next`` goes on."""

    items: list[ProjectState]
    next: Annotated[str | None, Meta(description="Cursor of the next page.")] = None


@get("/projects/{region:str}", responses=answers(401, 403, 404), tags=TAGS, **SIGNED_IN)
async def list_projects(request: WebRequest, region: Region, cursor: Cursor = None) -> ProjectList:
    """Projects of one's departments, or all for a data administrator."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    kernel.directory.region(region)
    try:
        before = UUID(cursor) if cursor else None
    except ValueError as error:
        raise CursorUnfit(field="cursor") from error
    async with kernel.database.connection() as connection:
        found = await projects.projects(connection, signed.actor, region, before, projects.PAGE + 1)
    more = str(found[projects.PAGE - 1].id) if len(found) > projects.PAGE else None
    return ProjectList(found[: projects.PAGE], more)


@get("/projects/{region:str}/{project:uuid}", responses=answers(401, 403, 404), tags=TAGS, **SIGNED_IN)
async def read_project(request: WebRequest, region: Region, project: FromPath[UUID]) -> ProjectState:
    """One project with what was found and answered."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        return await projects.read_project(connection, signed.actor, region, project)


@post("/projects/{region:str}", responses=answers(401, 403, 404, 422), tags=TAGS, **SIGNED_IN)
async def propose_project(
    request: WebRequest, region: Region, data: JSONBody[NewProject], key: Key
) -> Response[ProjectState]:
    """Propose a project; it is compared with what exists at once."""

    async def act() -> ProjectState:
        signed, kernel = await signed_in(request), site_of(request).kernel
        async with kernel.database.connection() as connection:
            return await projects.propose(
                connection, signed.actor, kernel.directory, region, data.department, data.project, signed.now
            )

    return await once(request, key, act)


@post(
    "/projects/{region:str}/{project:uuid}/answers/{entry:uuid}",
    responses=answers(401, 403, 404, 409, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def answer_finding(
    request: WebRequest,
    region: Region,
    project: FromPath[UUID],
    entry: FromPath[UUID],
    data: JSONBody[Answer],
    key: Key,
) -> Response[ProjectState]:
    """Answer one likeness: what exists will be used, or why it does not serve."""

    async def act() -> ProjectState:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            return await projects.answer(connection, signed.actor, region, project, entry, data, signed.now)

    return await once(request, key, act)


@post(
    "/projects/{region:str}/{project:uuid}/approval", responses=answers(401, 403, 404, 409, 422), tags=TAGS, **SIGNED_IN
)
async def approve_project(
    request: WebRequest, region: Region, project: FromPath[UUID], key: Key
) -> Response[ProjectState]:
    """Approve a project every likeness of which was answered; it is compared anew before."""

    async def act() -> ProjectState:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            return await projects.approve(connection, signed.actor, region, project, signed.now)

    return await once(request, key, act)


@post(
    "/projects/{region:str}/{project:uuid}/refusal", responses=answers(401, 403, 404, 409, 422), tags=TAGS, **SIGNED_IN
)
async def decline_project(
    request: WebRequest, region: Region, project: FromPath[UUID], data: JSONBody[Why], key: Key
) -> Response[ProjectState]:
    """Decline a project, with reasons."""

    async def act() -> ProjectState:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            return await projects.decline(connection, signed.actor, region, project, data.reasons, signed.now)

    return await once(request, key, act)


ROUTES = [list_projects, read_project, propose_project, answer_finding, approve_project, decline_project]
