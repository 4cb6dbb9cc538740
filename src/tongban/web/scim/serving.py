"""What each SCIM call does, once it is known who calls: discovery, lists with filters, one resource, and its changes.

Follows RFC 7644 sections 3.2 to 3.6 and 3.14 (ETags, weak, of what would be shown). Loaded by ``door`` with the first
call.
"""

import json
from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct, structs
from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    InvalidSyntaxException,
    ListResponse,
    Meta,
    NotFoundException,
    PatchOp,
    PreconditionFailedException,
    ResourceType,
    ResponseParameters,
    Schema,
    SCIMException,
    SearchRequest,
)
from scim2_models.path import Comparison, FilterVisitor, LogicalExpr, Not, Present, ValuePath

from tongban.basics.database import Connection
from tongban.basics.vault import Vault
from tongban.parties.actions import Signed
from tongban.parties.organisation.provisioning import note_question
from tongban.parties.organisation.recording import lock
from tongban.web.scim.groups import Groups
from tongban.web.scim.shapes import MOST, PROVIDER, Group, User
from tongban.web.scim.users import Users

REFUSALS = (SCIMException, ValidationError)


class Call(Struct, frozen=True):
    """One call. ``path`` is below the door, ``base`` the door's own address."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    headers: dict[str, str]
    base: str


class Question(Struct, frozen=True):
    """What was read: names of the attributes that a filter asks about, never its values, and how many were found."""

    attributes: tuple[str, ...]
    found: int


class Given(Struct, frozen=True):
    """What is answered. ``question``: where people or units were read."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}
    question: Question | None = None


class Kept(Protocol):
    """One kind of resource: how it is read and changed. ``shape`` is its SCIM model."""

    shape: type[Any]

    async def every(self, narrowed: str) -> list[Any]:
        """All of them, or those that a filter of this text can only mean."""

    async def one(self, name: str) -> Any:
        """The one with this id. Raises ``NotFoundException``."""

    async def make(self, wanted: Any) -> str:
        """Make it; returns its id."""

    async def change(self, name: str, before: Any, wanted: Any) -> None:
        """Make it as wanted."""

    async def remove(self, name: str) -> None:
        """Remove it."""


async def serve(connection: Connection, vault: Vault, signed: Signed, region: str, call: Call) -> Given:
    """Answer ``call``; what was read is noted with it. Raises ``TongbanError``, and what stands in ``REFUSALS``."""
    given = await _given(connection, vault, signed, region, call)
    if given.question is not None:
        asked = given.question
        of = call.path.partition("/")[0]
        await note_question(connection, signed.actor, region, of, asked.attributes, asked.found, signed.now)
    return given


async def _given(connection: Connection, vault: Vault, signed: Signed, region: str, call: Call) -> Given:
    kind, _, name = call.path.partition("/")
    if kind in DISCOVERY:
        return _discovered(kind, name, call)
    makers: dict[str, Any] = {"Users": Users, "Groups": Groups}
    if kind == ".search" and call.method == "POST":
        every = [make(connection, vault, signed, region, call.base) for make in makers.values()]
        return await _listed(every, User | Group, _body(call), call)
    if kind not in makers:
        raise NotFoundException(detail=f"There is nothing at {call.path!r}")
    if call.method in ("POST", "PUT", "PATCH", "DELETE") and name != ".search":
        await lock(connection, region)
    kept: Kept = makers[kind](connection, vault, signed, region, call.base)
    if not name or name == ".search":
        return await _collection(kept, call, searching=bool(name))
    return await _resource(kept, name, call)


def _not_taken(call: Call) -> Given:
    return refused(405, f"{call.path} does not take {call.method}", None)


async def _collection(kept: Kept, call: Call, *, searching: bool) -> Given:
    if call.method == "GET" and not searching:
        return await _listed([kept], kept.shape, call.query, call)
    if call.method == "POST" and searching:
        return await _listed([kept], kept.shape, _body(call), call)
    if call.method != "POST":
        return _not_taken(call)
    wanted = kept.shape.model_validate(_body(call), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    name = await kept.make(wanted)
    return _shown(await kept.one(name), call, Context.RESOURCE_CREATION_RESPONSE, 201)


async def _resource(kept: Kept, name: str, call: Call) -> Given:
    if call.method not in ("GET", "PUT", "PATCH", "DELETE"):
        return _not_taken(call)
    before = await kept.one(name)
    version = before.meta.version
    if call.method == "GET":
        if _names(call.headers.get("if-none-match", ""), version):
            return Given(304, headers={"etag": version}, question=Question((), 1))
        return structs.replace(_shown(before, call, Context.RESOURCE_QUERY_RESPONSE), question=Question((), 1))
    if "if-match" in call.headers and not _names(call.headers["if-match"], version):
        raise PreconditionFailedException()
    if call.method == "DELETE":
        await kept.remove(name)
        return Given(204)
    wanted, changed = _wanted(kept, before, call)
    if changed:
        await kept.change(name, before, wanted)
    context = Context.RESOURCE_PATCH_RESPONSE if call.method == "PATCH" else Context.RESOURCE_REPLACEMENT_RESPONSE
    return _shown(await kept.one(name), call, context)


def _wanted(kept: Kept, before: Any, call: Call) -> tuple[Any, bool]:
    """What a replacement or a patch makes of ``before``, and whether that is anything else."""
    if call.method == "PUT":
        wanted = kept.shape.model_validate(_body(call), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        wanted.replace(before)
        return wanted, True
    patch = PatchOp[kept.shape].model_validate(_body(call), scim_ctx=Context.RESOURCE_PATCH_REQUEST)  # type: ignore
    wanted = before.model_copy(deep=True)
    return wanted, patch.patch(wanted)


def _names(header: str, version: str) -> bool:
    return header.strip() == "*" or version in (one.strip() for one in header.split(","))


def _body(call: Call) -> Any:
    try:
        found = json.loads(call.body)
    except ValueError:
        raise InvalidSyntaxException(detail="The body is no JSON") from None
    if not isinstance(found, dict):
        raise InvalidSyntaxException(detail="The body is no JSON object")
    return found


async def _listed(several: Sequence[Kept], shape: Any, asked: Any, call: Call) -> Given:
    context = Context.SEARCH_REQUEST if call.method == "POST" else Context.RESOURCE_QUERY_REQUEST
    search = SearchRequest[shape].model_validate(asked, scim_ctx=context)
    text = str(asked.get("filter", ""))
    found = [one for kept in several for one in await kept.every(text)]
    if search.filter is not None:
        found = [one for one in found if search.filter.match(one)]
    if search.sort_by is not None:
        found = search.sort(found)
    first = max(search.start_index or 1, 1)
    most = min(MOST, max(search.count, 0) if search.count is not None else MOST)
    page = found[first - 1 : first - 1 + most]
    listed = ListResponse[shape](total_results=len(found), start_index=first, items_per_page=len(page), resources=page)
    content = listed.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search)
    attributes = () if search.filter is None else tuple(sorted(set(Attributes().visit(search.filter.ast))))
    return Given(200, content.encode(), question=Question(attributes, len(found)))


class Attributes(FilterVisitor[list[str]]):
    """The names of the attributes that a filter asks about. Only declared ones come this far."""

    def visit_comparison(self, node: Comparison) -> list[str]:
        """A name compared with a value."""
        return [node.attr_path.attr.lower()]

    def visit_present(self, node: Present) -> list[str]:
        """A name that is there."""
        return [node.attr_path.attr.lower()]

    def visit_not(self, node: Not) -> list[str]:
        """The opposite of something."""
        return self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> list[str]:
        """Several together."""
        return [name for term in node.terms for name in self.visit(term)]

    def visit_value_path(self, node: ValuePath) -> list[str]:
        """Some values of a name."""
        return [node.attr_path.attr.lower()]


def _shown(one: Any, call: Call, context: Context, status: int = 200) -> Given:
    asked = {name: call.query[name] for name in ("attributes", "excludedAttributes") if call.query.get(name)}
    chosen = ResponseParameters[type(one)].model_validate(asked)  # type: ignore[misc]
    content = one.model_dump_json(scim_ctx=context, response_parameters=chosen)
    return Given(status, content.encode(), {"etag": one.meta.version, "location": str(one.meta.location)})


# ---- discovery -----------------------------------------------------------------------------------------------

DISCOVERY = ("ServiceProviderConfig", "ResourceTypes", "Schemas")


def _discovered(kind: str, name: str, call: Call) -> Given:
    if call.method != "GET":
        return _not_taken(call)
    if "filter" in call.query:  # RFC 7644 section 4: no filter on these
        return refused(403, "Discovery endpoints take no filter", None)
    if kind == "ServiceProviderConfig":
        return _told(PROVIDER.config, call, kind)
    shape: type[Any] = ResourceType if kind == "ResourceTypes" else Schema
    known = PROVIDER.resource_types if kind == "ResourceTypes" else PROVIDER.schemas
    if name:
        found = next((one for one in known if str(one.id) == name or one.name == name), None)
        if found is None:
            raise NotFoundException(detail=f"There is no {name!r}")
        return _told(found, call, f"{kind}/{name}")
    listed = ListResponse[shape](  # type: ignore[valid-type]
        total_results=len(known), start_index=1, items_per_page=len(known),
        resources=[_located(one, f"{call.base}/{kind}/{one.id or one.name}") for one in known],
    )  # fmt: skip
    return Given(200, listed.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE).encode())


def _located(one: Any, address: str) -> Any:
    made = one.model_copy(deep=True)
    made.meta = Meta(resource_type=type(one).__name__, location=address)
    return made


def _told(one: Any, call: Call, path: str) -> Given:
    located = _located(one, f"{call.base}/{path}")
    return Given(200, located.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE).encode())


# ---- refusals ------------------------------------------------------------------------------------------------


def refused(status: int, detail: str, kind: str | None) -> Given:
    """A refusal in the protocol's shape. What cannot be processed is a bad request there."""
    plain = 400 if status == 422 else status
    headers = {"www-authenticate": "Bearer"} if plain == 401 else {}
    return Given(plain, Error(status=plain, detail=detail, scim_type=kind).model_dump_json().encode(), headers)


def refused_by_shape(error: SCIMException | ValidationError) -> Given:
    """What the library found wrong, without repeating what was sent."""
    if isinstance(error, SCIMException):
        return refused(error.status, error.detail, error.scim_type or None)
    first = error.errors(include_input=False, include_url=False)[0]
    kind = str(first.get("ctx", {}).get("scim_type") or "invalidValue")
    field = ".".join(str(part) for part in first["loc"])
    return refused(400, f"{field}: {first['msg']}" if field else first["msg"], kind)
