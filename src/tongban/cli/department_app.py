"""An invented departmental system as a small web application of its own.

Built by ``department``; it knows nothing of the platform but the protocol in docs/departments.md. Faults
can be switched on only where the process was started with them, for demonstrations and tests.
"""

import asyncio
import hmac
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from litestar import Litestar, Response, get, post, put
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from tongban.cli.department_store import DepartmentStore

FaultKind = Literal["slow", "wrong", "garbage", "huge", "types", "extra", "down"]
LARGEST_QUESTION = 64 * 1024  # bytes
_HUGE = 200_000  # bytes, well past what the platform reads

Plain = dict[str, str | int | float | bool | None]
AnyConnection = ASGIConnection[Any, Any, Any, Any]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A look-up: without case, purpose, basis and consumer it is refused."""

    match: dict[str, str]
    fields: list[str]
    case: str
    purpose: str
    basis: str
    consumer: str
    request_id: str

    def __post_init__(self) -> None:
        for name in ("match", "fields", "case", "purpose", "basis", "consumer", "request_id"):
            if not getattr(self, name):
                raise ValueError(f"{name} must not be empty")


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer; ``match`` repeats the matched key fields as the record itself has them."""

    found: bool
    match: Plain = {}
    fields: Plain = {}


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong from now on; None: nothing. ``seconds`` is for ``slow``."""

    kind: FaultKind | None = None
    seconds: float = 10.0


class Removal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which records go. In a body and not in the address, because a personal number never stands in a URL."""

    match: dict[str, str]


class Removed(msgspec.Struct, frozen=True):
    """The records that went, to be put back with ``POST /records``."""

    rows: list[dict[str, Any]]


class _Desk:
    """The state of one running system: its store, the tokens it knows, the fault that is on."""

    def __init__(self, store: DepartmentStore, token: str, admin_token: str | None) -> None:
        self.store = store
        self.fault = Fault()
        self._token = token
        self._admin_token = admin_token

    def consumer(self, connection: AnyConnection, _: BaseRouteHandler) -> None:
        """Let in who shows the token for look-ups; runs before a body is read."""
        _check(connection, self._token)

    def admin(self, connection: AnyConnection, _: BaseRouteHandler) -> None:
        """Let in who shows the administrator's token."""
        _check(connection, self._admin_token)

    async def answer(self, asked: Asked) -> Response[Any]:
        """The record, as far as the fault that is on allows, after the access was written down."""
        found = self.store.find(asked.match)
        self.store.note(_access(asked, found))
        if self.fault.kind == "slow":
            await asyncio.sleep(self.fault.seconds)
        if self.fault.kind in ("down", "garbage", "huge"):
            return _broken(self.fault.kind)
        if self.fault.kind == "wrong":
            other = self.store.another(asked.match)
            return Response(_told(asked, other) if other else Told(False))
        if len(found) > 1:
            return Response({"detail": "several records match"}, status_code=409)
        told = _told(asked, next(iter(found.values()))) if found else Told(False)
        return Response(_distorted(told, self.fault.kind))


def department_application(
    store: DepartmentStore, resource: str, token: str, admin_token: str | None, *, faults: bool
) -> Litestar:
    """The application that answers for ``resource``. Without ``admin_token`` nothing can be changed."""
    desk = _Desk(store, token, admin_token)
    handlers: list[ControllerRouterHandler] = [*_public(desk, resource), *_administration(desk)]
    if faults:
        handlers.append(_fault_switch(desk))
    return Litestar(handlers, request_max_body_size=LARGEST_QUESTION, openapi_config=None)


def _check(connection: AnyConnection, wanted: str | None) -> None:
    given = connection.headers.get("authorization", "").removeprefix("Bearer ")
    if wanted is None or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise NotAuthorizedException()


def _public(desk: _Desk, resource: str) -> Iterable[ControllerRouterHandler]:
    @get("/health", sync_to_thread=False)
    def health() -> dict[str, str]:
        return {"status": "ok", "resource": resource}

    @post("/look-up", status_code=200, guards=[desk.consumer])
    async def look_up(data: Asked) -> Response[Any]:
        return await desk.answer(data)

    return health, look_up


def _administration(desk: _Desk) -> Iterable[ControllerRouterHandler]:
    @post("/records", guards=[desk.admin], sync_to_thread=False, status_code=204)
    def add(data: dict[str, Any]) -> None:
        desk.store.add(data)

    @post("/records/remove", guards=[desk.admin], sync_to_thread=False, status_code=200)
    def remove(data: Removal) -> Removed:
        return Removed(desk.store.remove(data.match) if data.match else [])

    @get("/accesses", guards=[desk.admin], sync_to_thread=False)
    def accesses() -> list[dict[str, Any]]:
        return desk.store.accesses()

    return add, remove, accesses


def _fault_switch(desk: _Desk) -> ControllerRouterHandler:
    @put("/fault", guards=[desk.admin], sync_to_thread=False, status_code=204)
    def switch(data: Fault) -> None:
        desk.fault = data

    return switch


def _access(asked: Asked, found: Iterable[int]) -> dict[str, str]:
    return {
        "consumer": asked.consumer,
        "case_id": asked.case,
        "purpose": asked.purpose,
        "basis": asked.basis,
        "fields": ",".join(asked.fields),
        "request_id": asked.request_id,
        "records": ",".join(map(str, found)),
    }


def _told(asked: Asked, row: dict[str, Any]) -> Told:
    echo = {name: row.get(name) for name in asked.match}
    return Told(True, echo, {name: row[name] for name in asked.fields if name in row})


def _broken(kind: FaultKind) -> Response[Any]:
    if kind == "down":
        return Response({"detail": "closed for maintenance"}, status_code=503)
    filler = b"x" * _HUGE if kind == "huge" else "<html>系统繁忙</html>".encode()
    return Response(filler, media_type="application/json", status_code=200)


def _distorted(told: Told, kind: FaultKind | None) -> Told:
    if kind == "types":
        return msgspec.structs.replace(told, fields=dict.fromkeys(told.fields, 12.5))
    if kind == "extra":
        return msgspec.structs.replace(told, fields={**told.fields, "unasked_address": "不该流出的地址"})
    return told
