"""Templates to pages: one Jinja environment, and ``page`` which every handler returns.

Handlers pass what their template needs; language, letter size, form token and person come from the request
and are reached in templates as ``reader``, ``_``, ``t``, ``day``, ``due``, ``moment``, ``workdays``.
"""

import base64
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.enums import MediaType
from markupsafe import Markup, escape

from tongban.basics.text import mask_id, mask_name, mask_phone
from tongban.cases.line import Line
from tongban.web import journey_line, qr
from tongban.web.language import Reader, current
from tongban.web.measure_words import beside_of_case
from tongban.web.reading import reader_of
from tongban.web.site import Site, WebRequest, site_of

TEMPLATES = Path(__file__).parent / "templates"
FOR_EVERYBODY = "tongban-for-everybody"
"""Internal header by which a page says which visitors may share it; never leaves the process."""


def csrf_input(hat: bool = True) -> Markup:
    """The hidden fields that every form sends back: its token, and under which ``hat`` the page was shown, if one may
    wear any. A page for everybody can have no such form."""
    reader = current.get()
    if reader.csrf is None:
        raise RuntimeError("a page for everybody cannot hold a form that changes something")
    made = Markup('<input type="hidden" name="_csrf_token" value="{}">').format(reader.csrf)
    if not hat or reader.actor is None or not reader.actor.hats:
        return made
    worn = str(reader.hat.owner) if reader.hat else "self"
    return made + Markup('<input type="hidden" name="_hat" value="{}">').format(worn)


def name(person: str) -> Markup:
    """A person's or place's name as registered: never converted to other characters, nor by the browser."""
    return Markup('<bdi translate="no">{}</bdi>').format(person)


def lines(text: str) -> Markup:
    """Text of a person with its line breaks kept."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def draw_line(line: Line, own: str | None = None) -> journey_line.Drawn:
    """A journey line for the present reader; see ``macros/journey_line.html``."""
    reader = current.get()
    return journey_line.draw(line, reader.words, own, large=reader.large)


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


@cache
def environment() -> Environment:
    """The one environment. Undefined names are errors; everything is escaped."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    env.globals.update(
        _=lambda text, **values: current.get().words.say(text, **values),
        t=lambda text: current.get().words.pack(text),
        day=lambda value, year=False: current.get().words.day(value, year=year),
        due=lambda value: current.get().words.due(value),
        moment=lambda value, year=False: current.get().words.moment(value, year=year),
        workdays=lambda n: current.get().words.workdays(n),
        reader=current.get,
        csrf_input=csrf_input,
        asset=lambda file: current.get().assets.url(file),
        draw_line=draw_line,
        beside_of_case=lambda effect: beside_of_case(effect, current.get().words),
        qr_svg=qr.svg,
    )
    env.filters.update(
        name=name, lines=lines, mask_name=mask_name, mask_id=mask_id, mask_phone=mask_phone, base64url=_base64url
    )
    return env


def render(site: Site, reader: Reader, template: str, context: dict[str, Any]) -> str:
    """``template`` as text for ``reader``."""
    token = current.set(reader)
    try:
        return environment().get_template(template).render(site=site.settings, **context)
    finally:
        current.reset(token)


def page(
    request: WebRequest, template: str, *, status: int = 200, everybody: bool = False, **context: Any
) -> Response[str]:
    """An HTML answer from ``template``.

    ``everybody``: the page depends on path, language and letter size only, has no form that changes something
    and may be kept in memory for a minute (see ``cached``). A visitor with a session gets a page of their own.
    """
    shared = everybody and not request.cookies.get("tongban_session") and not request.url.query
    reader = reader_of(request, everybody=shared)
    text = render(site_of(request), reader, template, context)
    headers: dict[str, str] = {"content-language": reader.words.language}
    if shared and status == 200:
        headers[FOR_EVERYBODY] = everybodys(reader.words.language, reader.large, reader.theme)
    return Response(text, status_code=status, media_type=MediaType.HTML, headers=headers)


def everybodys(language: str, large: bool, theme: str) -> str:
    """What a shared page says of itself, so that it is never kept under another language, letter size or theme."""
    return f"{language} {'large' if large else 'standard'} {theme}"
