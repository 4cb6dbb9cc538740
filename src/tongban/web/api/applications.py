"""Applications for programs of administrators: register, change, close; what one agreed to oneself, and takes back."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from tongban.parties.applications import actions, consents
from tongban.parties.applications.models import Application, Consent, Registration
from tongban.web.api.once import once
from tongban.web.api.parameters import REGION, Key
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.portal.parts import kernel_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest


class RegisteredApplication(Struct):
    """An application as registered. ``id`` is its client id; ``revision`` is sent back with a change."""

    id: UUID
    region: str
    revision: int
    closed: bool
    stated: Registration


class ApplicationList(Struct):
    """The applications of one's regions, those in use first."""

    items: list[RegisteredApplication]


class NewApplication(Struct, forbid_unknown_fields=True):
    """A registration in a region."""

    region: Annotated[str, Meta(pattern=REGION)]
    stated: Registration


class ChangedApplication(Struct, forbid_unknown_fields=True):
    """What is stated from now on, on top of ``revision``."""

    revision: int
    stated: Registration


class Secret(Struct):
    """A secret, told this once; the one before goes on for a day."""

    secret: str


class ConsentList(Struct):
    """What one agreed to, the newest first."""

    items: list[Consent]


def _shown(application: Application) -> RegisteredApplication:
    closed = application.closed_at is not None
    return RegisteredApplication(application.id, application.region, application.revision, closed, application.stated)


@get("/applications", responses=answers(401, 403), tags=["applications"], **SIGNED_IN)
async def list_applications(request: WebRequest) -> ApplicationList:
    """The applications of the regions that one looks after; for administrators."""
    known = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        return ApplicationList([_shown(one) for one in await actions.listed(connection, known.actor)])


@get("/applications/{application:uuid}", responses=answers(401, 404), tags=["applications"], **SIGNED_IN)
async def read_application(request: WebRequest, application: FromPath[UUID]) -> RegisteredApplication:
    """One application."""
    known = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        return _shown(await actions.read(connection, known.actor, application))


@post("/applications", responses=answers(401, 403, 404, 409, 422), tags=["applications"], **SIGNED_IN)
async def register_application(
    request: WebRequest, data: JSONBody[NewApplication], key: Key
) -> Response[RegisteredApplication]:
    """Register an application. Its secret is not in the answer, which is kept for repeated calls: ask for one next."""

    async def act() -> RegisteredApplication:
        known, kernel = await signed_in(request), kernel_of(request)
        async with kernel.database.connection() as connection:
            made, _ = await actions.register(
                connection, known.actor, kernel.directory, data.region, data.stated, known.now
            )
        return _shown(made)

    return await once(request, key, act)


@put("/applications/{application:uuid}", responses=answers(401, 404, 409, 422), tags=["applications"], **SIGNED_IN)
async def change_application(
    request: WebRequest, application: FromPath[UUID], data: JSONBody[ChangedApplication]
) -> RegisteredApplication:
    """State something else from now on; what shrinks ends the sign-ins that rest on more."""
    known, kernel = await signed_in(request), kernel_of(request)
    async with kernel.database.connection() as connection:
        return _shown(
            await actions.change(
                connection, kernel.vault, known.actor, kernel.directory, application, data.revision, data.stated,
                known.now,
            )
        )  # fmt: skip


@put("/applications/{application:uuid}/secret", responses=answers(401, 404, 409), tags=["applications"], **SIGNED_IN)
async def renew_application_secret(request: WebRequest, application: FromPath[UUID]) -> Response[Secret]:
    """A new secret, told this once."""
    known = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        secret = await actions.renew_secret(connection, known.actor, application, known.now)
    return Response(Secret(secret), headers={"cache-control": "no-store"})


@delete(
    "/applications/{application:uuid}", responses=answers(401, 404), status_code=204, tags=["applications"], **SIGNED_IN
)
async def close_application(request: WebRequest, application: FromPath[UUID]) -> None:
    """Close an application: every sign-in ends at once. Its registration stays and can be opened again on the desk."""
    known, kernel = await signed_in(request), kernel_of(request)
    async with kernel.database.connection() as connection:
        await actions.close(connection, kernel.vault, known.actor, application, known.now)


@get("/consents", responses=answers(401), tags=["applications"], **SIGNED_IN)
async def list_consents(request: WebRequest) -> ConsentList:
    """The applications that may sign one in, with what each may know."""
    known = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        return ConsentList(await consents.mine(connection, known.actor))


@delete(
    "/consents/{application:uuid}", responses=answers(401, 404), status_code=204, tags=["applications"], **SIGNED_IN
)
async def withdraw_consent(request: WebRequest, application: FromPath[UUID]) -> None:
    """Take an agreement back: every sign-in there ends at once."""
    known, kernel = await signed_in(request), kernel_of(request)
    async with kernel.database.connection() as connection:
        await consents.withdraw(connection, kernel.vault, known.actor, application, known.now)


ROUTES: list[Any] = [
    list_applications,
    read_application,
    register_application,
    change_application,
    renew_application_secret,
    close_application,
    list_consents,
    withdraw_consent,
]
