"""An invented departmental system as a small web application of its own.

Built by ``department``; it knows nothing of the platform but the protocol in docs/departments.md. Faults
can be switched on only where the process was started with them, for demonstrations and tests.
"""

import asyncio
import hmac
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from litestar import Litestar, Response, get, post, put
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, NotFoundException, ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from tongban.cli import department_api
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
    """The state of one running system: a store a resource, the tokens it knows, the fault that is on.

    ``pause``: seconds that every answer takes, as an old system's does.
    """

    def __init__(
        self, stores: Mapping[str, DepartmentStore], token: str, admin_token: str | None, pause: float = 0.0
    ) -> None:
        self.stores, self.pause = stores, pause
        self.fault = Fault()
        self._token = token
        self._admin_token = admin_token

    def consumer(self, connection: AnyConnection, _: BaseRouteHandler) -> None:
        """Let in who shows the token for look-ups; runs before a body is read."""
        _check(connection, self._token)

    def key_holder(self, connection: AnyConnection, _: BaseRouteHandler) -> None:
        """Let in who shows the platform's key in the header that the system's own interface names."""
        given = connection.headers.get(department_api.KEY_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise NotAuthorizedException()

    def admin(self, connection: AnyConnection, _: BaseRouteHandler) -> None:
        """Let in who shows the administrator's token."""
        _check(connection, self._admin_token)

    def store(self, resource: str | None) -> DepartmentStore:
        """The store of ``resource``, by default the first. Raises ``NotFoundException``."""
        try:
            return self.stores[resource or next(iter(self.stores))]
        except KeyError as fault:
            raise NotFoundException() from fault

    async def answer(self, asked: Asked, resource: str | None = None) -> Response[Any]:
        """The record, as far as the fault that is on allows, after the access was written down."""
        store = self.store(resource)
        found = store.find(asked.match)
        store.note(_access(asked, found))
        await asyncio.sleep(self.fault.seconds if self.fault.kind == "slow" else self.pause)
        if self.fault.kind in ("down", "garbage", "huge"):
            return _broken(self.fault.kind)
        if self.fault.kind == "wrong":
            other = store.another(asked.match)
            return Response(_told(asked, other) if other else Told(False))
        if len(found) > 1:
            return Response({"detail": "several records match"}, status_code=409)
        told = _told(asked, next(iter(found.values()))) if found else Told(False)
        return Response(_distorted(told, self.fault.kind))


def department_application(
    stores: Mapping[str, DepartmentStore],
    token: str,
    admin_token: str | None,
    *,
    faults: bool,
    own_api: bool = False,
    pause: float = 0.0,
) -> Litestar:
    """The application that answers for the resources of ``stores``. Without ``admin_token`` nothing can be changed.

    ``own_api``: it speaks an interface of its own, see ``department_api``, instead of the platform's protocol.
    """
    desk = _Desk(stores, token, admin_token, pause)
    look_ups = _own_api(desk) if own_api else _look_ups(desk)
    handlers: list[ControllerRouterHandler] = [_health(desk), *look_ups, *_administration(desk)]
    if faults:
        handlers.append(_fault_switch(desk))
    return Litestar(handlers, request_max_body_size=LARGEST_QUESTION, openapi_config=None)


def _check(connection: AnyConnection, wanted: str | None) -> None:
    given = connection.headers.get("authorization", "").removeprefix("Bearer ")
    if wanted is None or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise NotAuthorizedException()


def _health(desk: _Desk) -> ControllerRouterHandler:
    @get("/health", sync_to_thread=False)
    def health() -> dict[str, str]:
        return {"status": "ok", "resource": ", ".join(desk.stores)}

    return health


def _look_ups(desk: _Desk) -> Iterable[ControllerRouterHandler]:
    @post("/look-up", status_code=200, guards=[desk.consumer])
    async def look_up(data: Asked) -> Response[Any]:
        return await desk.answer(data)

    @post("/look-up/{resource:str}", status_code=200, guards=[desk.consumer])
    async def look_up_one(resource: str, data: Asked) -> Response[Any]:
        return await desk.answer(data, resource)

    return look_up, look_up_one


def _own_api(desk: _Desk) -> Iterable[ControllerRouterHandler]:
    @post("/v1/{resource:str}/queries", status_code=200, guards=[desk.key_holder])
    async def query(resource: str, data: dict[str, str]) -> Response[Any]:
        try:
            asked = Asked(**department_api.asked(data, desk.store(resource).names()))
        except ValueError as fault:
            raise ValidationException(str(fault)) from fault
        return _in_own_words(await desk.answer(asked, resource))

    return (query,)


def _in_own_words(answer: Response[Any]) -> Response[Any]:
    told = answer.content
    if not isinstance(told, Told):
        return answer
    if not told.found:
        return Response({"message": "没有这样的记录"}, status_code=404)
    return Response(department_api.told({**told.match, **told.fields}))


def _administration(desk: _Desk) -> Iterable[ControllerRouterHandler]:
    @post("/records", guards=[desk.admin], sync_to_thread=False, status_code=204)
    def add(data: dict[str, Any], resource: str | None = None) -> None:
        desk.store(resource).add(data)

    @post("/records/remove", guards=[desk.admin], sync_to_thread=False, status_code=200)
    def remove(data: Removal, resource: str | None = None) -> Removed:
        return Removed(desk.store(resource).remove(data.match) if data.match else [])

    @get("/accesses", guards=[desk.admin], sync_to_thread=False)
    def accesses(resource: str | None = None) -> list[dict[str, Any]]:
        return desk.store(resource).accesses()

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
