"""One act on the catalogue or on a project: what was typed, the verb, and the page again with what is wrong.

Called by the pages of entries, of projects and of the editor.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Response
from litestar.response import Redirect

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.faults import Fault
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

Act = Callable[[Connection, Signed, dict[str, str]], Awaitable[Any]]
Again = Callable[[TongbanError, str], Awaitable[Response[str]]]
"""(what was refused, the reasons that were typed) → the page they were typed on."""


async def texts_of(request: WebRequest) -> dict[str, str]:
    """The texts of a form, the first of each name."""
    form = await request.form()
    return {name: value for name, value in reversed(list(form.multi_items())) if isinstance(value, str)}


async def acted(request: WebRequest, done: str, act: Act, again: Again) -> Response[str] | Redirect:
    """Act and go on to the address ``done``. What the reader can repair comes back on the page.

    Raises ``NotAllowed`` and what is not found or fails.
    """
    signed, typed = await signed_in(request), await texts_of(request)
    try:
        async with site_of(request).kernel.database.connection() as connection:
            await act(connection, signed, typed)
    except TongbanError as error:
        if error.status >= 500 or error.status == 404 or isinstance(error, NotAllowed):
            raise
        return await again(error, typed.get("reasons", ""))
    return Redirect(done, status_code=303)


def date_of(typed: Mapping[str, str], name: str) -> dt.date:
    """A day as typed. Raises ``EntryUnfit``."""
    try:
        return dt.date.fromisoformat(typed.get(name, "").strip())
    except ValueError as error:
        raise EntryUnfit([Fault(name, "请填写日期，如 2026-01-31", "Write a date such as 2026-01-31")]) from error


def number_of(typed: Mapping[str, str], name: str) -> int:
    """A whole number as typed, 0 where nothing is. Raises ``EntryUnfit``."""
    text = typed.get(name, "").strip() or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise EntryUnfit([Fault(name, "请填不小于 0 的整数", "Write a whole number from 0")])
    return int(text)
