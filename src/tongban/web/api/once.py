"""Creating calls happen once: the same ``Idempotency-Key`` from the same account gets the same answer again.

Key, change and answer are committed together; a call that was refused leaves no key behind. A concurrent
second call waits for the first and then repeats its answer.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.enums import MediaType
from litestar.params import Parameter

from tongban.basics.errors import TongbanError
from tongban.basics.sql import load_queries
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

_queries = load_queries("tongban.basics")

Key = Annotated[
    str,
    Parameter(
        header="Idempotency-Key",
        min_length=8,
        max_length=100,
        pattern=r"^[!-~]{8,100}$",
        description="Chosen by the caller, new for every new wish, the same when a call is repeated.",
    ),
]


class KeyReused(TongbanError):
    """The key was used for another request."""

    code = "web.key_reused"
    status = 422
    zh = "Idempotency-Key 已用于另一个请求，请换一个新的。"
    en = "The Idempotency-Key was used for another request. Choose a new one."


async def once(request: WebRequest, key: str, act: Callable[[], Awaitable[object]], status: int = 201) -> Response[Any]:
    """Run ``act`` at most once for this account and ``key``; answer its result as JSON with ``status``."""
    account = (await signed_in(request)).actor.account
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + await request.body()).digest()
    async with site_of(request).kernel.database.one_transaction() as connection:
        claimed = await _queries.claim_key(connection, account=account, key=key, request=digest)
        if claimed is None:
            kept = await _queries.kept_answer(connection, account=account, key=key)
            if kept.request != digest:
                raise KeyReused(field="Idempotency-Key")
            return _json(kept.answer, kept.status)
        answer = msgspec.json.encode(await act())
        await _queries.keep_answer(connection, account=account, key=key, status=status, answer=answer)
    return _json(answer, status)


def _json(content: bytes, status: int) -> Response[Any]:
    return Response(content, status_code=status, media_type=MediaType.JSON)
