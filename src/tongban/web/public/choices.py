"""Language, letter size and theme: small forms in the header and the footer of every page."""

from typing import Annotated

from litestar import post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import replace

from tongban.basics.text import BASE, LANGUAGES
from tongban.web.language import THEMES
from tongban.web.reading import LANGUAGE_COOKIE, LARGE_COOKIE, THEME_COOKIE, choice_cookie
from tongban.web.signed_in import came_from, local_path
from tongban.web.site import WebRequest, site_of


class Choice(Struct, frozen=True):
    """What was chosen, and the page to go back to."""

    value: str = ""
    next: str = "/"


Chosen = Annotated[Choice, Body(media_type=RequestEncodingType.URL_ENCODED)]


@post("/language", status_code=303)
async def choose_language(request: WebRequest, data: Chosen) -> Redirect:
    """Keep the reader's language (zh-CN, zh-Hant or en)."""
    language = data.value if data.value in LANGUAGES else BASE
    return _back(request, data, LANGUAGE_COOKIE, language)


@post("/large-type", status_code=303)
async def choose_letters(request: WebRequest, data: Chosen) -> Redirect:
    """Keep the letter size: ``1`` is large (长辈版)."""
    return _back(request, data, LARGE_COOKIE, "1" if data.value == "1" else "0")


@post("/theme", status_code=303)
async def choose_theme(request: WebRequest, data: Chosen) -> Redirect:
    """Keep the theme: ``light``, ``dark``, or ``auto`` as the reader's system is.

    The footer does not name the page that is open, so that a page of others reads like one that is not there.
    """
    back = replace(data, next=came_from(request))
    return _back(request, back, THEME_COOKIE, data.value if data.value in THEMES else "auto")


def _back(request: WebRequest, data: Choice, key: str, value: str) -> Redirect:
    response = Redirect(local_path(data.next), status_code=303)
    response.set_cookie(choice_cookie(site_of(request), key, value))
    return response
