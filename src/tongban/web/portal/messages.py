"""Messages: what happened to my matters, and the number beside the bell."""

import datetime as dt

from litestar import Response, get

from tongban.messages import actions
from tongban.messages.actions import PAGE, Message
from tongban.web.pages import page
from tongban.web.portal.parts import kernel_of
from tongban.web.portal.progress import SENTENCES
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest


@get("/messages")
async def mine(request: WebRequest, before: str | None = None) -> Response[str]:
    """One's messages, newest first; opening the page marks them as read."""
    signed = await signed_in(request)
    kernel = kernel_of(request)
    async with kernel.database.connection() as connection:
        found = await actions.mine(connection, signed.actor.account, _moment(before))
        if before is None:
            await actions.seen(connection, signed.actor.account, signed.now)
    names = {journey: version.journey.name for journey, version in kernel.catalogue.active.items()}
    more = found[-1].at.isoformat().replace("+00:00", "Z") if len(found) == PAGE else None
    return page(
        request, "portal/messages.html", messages=[(one, sentence(one)) for one in found], names=names, more=more,
        first=before is None,
    )  # fmt: skip


@get("/messages/unread")
async def unread(request: WebRequest) -> Response[str]:
    """The number beside the bell, as a fragment."""
    signed = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        count = await actions.unread(connection, signed.actor.account)
    return page(request, "portal/unread.html", count=count)


def sentence(message: Message) -> str:
    """What a message says, a text of the web floor."""
    inner = message.detail.get("detail") or {}
    if inner.get("decision") == "declined":
        return "不予通过"
    if message.kind == "case.closed" and inner.get("outcome") == "declined":
        return "办结：不予通过"
    return SENTENCES.get(message.kind, "有新的进展")


def _moment(text: str | None) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None
