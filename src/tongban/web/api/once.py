"""Creating calls happen once: the same ``Idempotency-Key`` from the same account gets the same answer again.

Key, change and answer are committed together; a call that was refused leaves no key behind. A concurrent
second call waits for the first and then repeats its answer. Answers may hold personal data: they are sealed.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Response
from litestar.enums import MediaType
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

_queries = load_queries("tongban.basics")
T = TypeVar("T")


class KeyReused(TongbanError):
    """The key was used for another request."""

    code = "web.key_reused"
    status = 422
    zh = "Idempotency-Key 已用于另一个请求，请换一个新的。"
    en = "The Idempotency-Key was used for another request. Choose a new one."


class _Call(Struct, frozen=True):
    """One call under a key. ``request`` digests what is wished, so that the key serves one wish only."""

    kernel: Kernel
    account: UUID
    key: str
    request: bytes

    @property
    def context(self) -> bytes:
        """What binds a kept answer to its call."""
        return _context(self.account, self.key)


def _context(account: UUID, key: str) -> bytes:
    return f"idempotency:{account}:{key}".encode()


SEALED = SealedColumn("idempotency", "answer", ("account", "key"), lambda row: _context(row.account, row.key))


async def once(
    request: WebRequest, key: str, act: Callable[[], Awaitable[object]], *, wish: bytes | None = None
) -> Response[Any]:
    """Run ``act`` at most once for this account and ``key``; answer its result as JSON with 201.

    ``wish``: what the call is about, where its body differs each time it is sent (multipart boundaries do).
    """
    return await _done(await _call(request, key, wish), act)


async def once_prepared(
    request: WebRequest, key: str, prepare: Callable[[], Awaitable[T]], act: Callable[[T], Awaitable[object]]
) -> Response[Any]:
    """As ``once``, with ``prepare`` run before and outside of the transaction.

    For calls that ask other departments: their records must stand even if the call is then refused.
    """
    call = await _call(request, key, None)
    if (answer := await _answered(call)) is not None:
        return answer
    try:
        prepared = await prepare()
    except TongbanError:
        # The same call may have been done meanwhile, and its change be what stands in the way.
        if (answer := await _answered(call)) is not None:
            return answer
        raise
    return await _done(call, lambda: act(prepared))


async def _call(request: WebRequest, key: str, wish: bytes | None) -> _Call:
    account = (await signed_in(request)).actor.account
    about = await request.body() if wish is None else wish
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + about).digest()
    return _Call(site_of(request).kernel, account, key, digest)


async def _answered(call: _Call) -> Response[Any] | None:
    async with call.kernel.database.connection() as connection:
        return await _kept(connection, call)


async def _kept(connection: Connection, call: _Call) -> Response[Any] | None:
    kept = await _queries.kept_answer(connection, account=call.account, key=call.key)
    if kept is None:
        return None
    if kept.request != call.request:
        raise KeyReused(field="Idempotency-Key")
    return _json(call.kernel.vault.open(kept.answer, call.context), kept.status)


async def _done(call: _Call, act: Callable[[], Awaitable[object]], status: int = 201) -> Response[Any]:
    async with call.kernel.database.one_transaction() as connection:
        claimed = await _queries.claim_key(connection, account=call.account, key=call.key, request=call.request)
        if claimed is None and (answer := await _kept(connection, call)) is not None:
            return answer
        content = msgspec.json.encode(await act())
        sealed = call.kernel.vault.seal(content, call.context)
        await _queries.keep_answer(connection, account=call.account, key=call.key, status=status, answer=sealed)
    return _json(content, status)


def _json(content: bytes, status: int) -> Response[Any]:
    return Response(content, status_code=status, media_type=MediaType.JSON)
