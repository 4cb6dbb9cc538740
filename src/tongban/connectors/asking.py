"""What every connector over HTTP does alike: ask within a time, spare who is silent, read no more than is believed.

Called by the connectors.
"""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from tongban.connectors.breaker import Breaker
from tongban.resources.provider import Answer, Unavailable


async def within(seconds: float, breaker: Breaker, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of ``ask``, or why there is none after ``seconds``. Raises nothing of HTTP: every fault is an answer.

    ``breaker`` learns what came of it. A caller that gives up first is a silence too: its patience ended because
    nothing came.
    """
    if not breaker.admits():
        return Unavailable("it has not answered lately; asked again in a few seconds")
    answer: Answer = Unavailable("no answer in time")
    try:
        async with asyncio.timeout(seconds):
            answer = await ask()
    except (TimeoutError, httpx.TimeoutException):
        answer = Unavailable("no answer in time")
    except httpx.RemoteProtocolError:
        answer = Unavailable("the connection broke")
    except httpx.HTTPError as fault:
        answer = Unavailable(f"not reachable ({type(fault).__name__})")
    finally:
        (breaker.failed if isinstance(answer, Unavailable) else breaker.succeeded)()
    return answer


async def reached(client: httpx.AsyncClient, address: str, seconds: float) -> str | None:
    """None when somebody answers at ``address``, whatever it says, else the reason. For the doctor."""
    try:
        async with asyncio.timeout(seconds):
            await client.get(address, follow_redirects=False)
    except (TimeoutError, httpx.HTTPError) as fault:
        return f"not reachable ({type(fault).__name__})"
    return None


async def received(client: httpx.AsyncClient, request: httpx.Request, largest: int) -> tuple[int, bytes | None]:
    """Status and body of ``request``; None instead of a body that is packed or longer than ``largest`` bytes."""
    response = await client.send(request, stream=True, follow_redirects=False)
    try:
        if "content-encoding" in response.headers:
            return response.status_code, None
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > largest:
                return response.status_code, None
        return response.status_code, bytes(content)
    finally:
        await response.aclose()
