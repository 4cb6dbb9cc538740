"""For whom one acts: chosen in the header, kept in a cookie of the browser, said by every page and every form.

A form carries the hat under which its page was shown. Sent after another tab has put on another hat it is refused
before anything is done, with everything that was typed on the page that says so. Nothing is asked of the store for it:
the hats are those of the actor whom the request reads anyway. What may be done says the checkpoint, never the hat.
"""

from typing import Any

from litestar import Response
from litestar.datastructures import Cookie, UploadFile

from tongban.parties.models import Actor, Mandate, Representation
from tongban.web.pages import page
from tongban.web.reading import HAT_COOKIE, hat_among
from tongban.web.signed_in import has_session, signed_in
from tongban.web.site import Site, WebRequest

SELF = "self"
FIELD, CONFIRMED = "_hat", "_hat_meant"
FREE = frozenset(("/acting/hat", "/sign-out", "/sign-in"))
"""What may be sent under any hat: it changes nothing that belongs to somebody."""
Hat = Mandate | Representation


def hat_of(request: WebRequest, actor: Actor) -> Hat | None:
    """For whom the actor acts in this browser now; None for themself, also when the hat was taken away."""
    return hat_among(request.cookies, actor)


def hat_cookie(site: Site, value: str) -> Cookie:
    """The cookie that keeps the hat until sign-out; an empty ``value`` takes it off."""
    return Cookie(
        key=HAT_COOKIE, value=value, path="/", httponly=True, samesite="lax", secure=site.settings.secure,
        max_age=None if value else 0,
    )  # fmt: skip


async def guard(request: WebRequest) -> Response[Any] | None:
    """Refuse a form that was shown under another hat; None lets the request go on."""
    if request.method != "POST" or not has_session(request) or request.url.path in FREE:
        return None
    form = await request.form()
    meant = form.get(FIELD)
    worn = request.cookies.get(HAT_COOKIE) or SELF
    if not isinstance(meant, str) or meant == worn or form.get(CONFIRMED) == meant:
        return None
    actor = (await signed_in(request)).actor
    hat = hat_of(request, actor)
    if meant == (str(hat.owner) if hat else SELF):
        return None
    typed = [(n, v) for n, v in form.multi_items() if isinstance(v, str) and not n.startswith(("_csrf", CONFIRMED))]
    was = next((one for one in actor.hats if str(one.owner) == meant), None)
    files = any(isinstance(value, UploadFile) and value.filename for _, value in form.multi_items())
    return page(
        request, "portal/acting/switched.html", status=409, typed=typed, was=was, gone=was is None and meant != SELF,
        meant=meant, field=CONFIRMED, files=files, own_name=actor.name,
    )  # fmt: skip
