"""Which language, letter size and theme a request asks for, and where a choice is kept.

Called by pages, problems and the layer that serves cached pages, which all must come to the same answer.
"""

from collections.abc import Mapping

from litestar.datastructures import Cookie
from litestar.template.base import csrf_token

from tongban.basics.text import Language, negotiate
from tongban.parties.models import Actor, Mandate, Representation
from tongban.web.language import THEMES, Reader, Theme
from tongban.web.signed_in import already_known, has_session
from tongban.web.site import Site, WebRequest, site_of

LANGUAGE_COOKIE = "tongban_language"
LARGE_COOKIE = "tongban_large"
THEME_COOKIE = "tongban_theme"
HAT_COOKIE = "tongban_hat"
_YEAR = 365 * 24 * 3600


def language_of(wanted: str | None, cookies: Mapping[str, str], accept: str | None) -> Language:
    """The language of ``?lang=``, else of the cookie, else of the Accept-Language header."""
    return negotiate(accept, wanted or cookies.get(LANGUAGE_COOKIE))


def theme_of(cookies: Mapping[str, str]) -> Theme:
    """Light or dark as chosen, else as the reader's system is."""
    return next((one for one in THEMES if one == cookies.get(THEME_COOKIE)), "auto")


def request_language(request: WebRequest) -> Language:
    """The language that ``request`` asks for."""
    return language_of(request.query_params.get("lang"), request.cookies, request.headers.get("accept-language"))


def reader_of(request: WebRequest, *, everybody: bool = False) -> Reader:
    """The reader behind ``request``; with ``everybody`` nothing of one person or browser is in it."""
    site = site_of(request)
    words = site.words(request_language(request))
    large = request.cookies.get(LARGE_COOKIE) == "1"
    theme = theme_of(request.cookies)
    if everybody:
        return Reader(words=words, assets=site.assets, large=large, theme=theme, path=request.url.path)
    known = already_known(request)
    return Reader(
        words=words,
        assets=site.assets,
        large=large,
        theme=theme,
        path=request.url.path,
        csrf=csrf_token({"request": request}),
        session=has_session(request),
        actor=known.actor if known else None,
        hat=hat_among(request.cookies, known.actor) if known else None,
    )


def hat_among(cookies: Mapping[str, str], actor: Actor) -> Mandate | Representation | None:
    """For whom the browser says its owner acts, if they may; None for themself."""
    worn = cookies.get(HAT_COOKIE)
    return next((hat for hat in actor.hats if str(hat.owner) == worn), None) if worn else None


def choice_cookie(site: Site, key: str, value: str) -> Cookie:
    """A cookie that keeps a choice of display for a year."""
    return Cookie(
        key=key, value=value, path="/", httponly=True, samesite="lax", secure=site.settings.secure, max_age=_YEAR
    )
