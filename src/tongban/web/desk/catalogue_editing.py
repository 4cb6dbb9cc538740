"""Enter something new in the catalogue, or change what one's department provides. What was typed is never lost."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.errors import TongbanError
from tongban.basics.faults import Fault
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Subject
from tongban.parties.rules import DECIDERS, may, require
from tongban.resources.catalogue import actions, reading
from tongban.resources.catalogue.definitions import CONTENTS, KINDS, Content, Kind
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.web.desk.catalogue import PATH, catalogue_region, frame_of
from tongban.web.desk.catalogue_acts import texts_of
from tongban.web.desk.catalogue_words import NAMES
from tongban.web.desk.places import places_of
from tongban.web.pages import page
from tongban.web.problems import faults, sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

LISTS = ("functions", "data", "interfaces", "related", "serves")
NUMBERS = ("cost", "users", "cores", "memory", "storage")
FIELD_PARTS = ("id", "label", "kind", "grade", "importance", "about", "codes")
BLANK_ROWS, MOST_ROWS = 4, 200


@get(PATH + "/new")
async def new(request: WebRequest) -> Response[str]:
    """Choose what to enter, then the empty form. Raises ``NotAllowed``."""
    signed = await signed_in(request)
    region = catalogue_region(request, signed)
    if not signed.actor.departments(region, *DECIDERS):
        raise NotAllowed()
    kind = _kind(request.query_params.get("kind"))
    if kind is None:
        return page(
            request,
            "desk/catalogue_kinds.html",
            places=places_of(signed.actor, region, PATH),
            region=region,
            **NAMES,
        )
    return await _form(request, region, kind, {})


def _kind(value: str | None) -> Kind | None:
    return next((known for known in KINDS if known == value), None)


@post(PATH + "/new", status_code=200)
async def enter(request: WebRequest) -> Response[str] | Redirect:
    """Save what was typed as a draft of one's department."""
    signed, site, typed = await signed_in(request), site_of(request), await texts_of(request)
    region, kind = catalogue_region(request, signed), _kind(typed.get("content_kind")) or "resource"
    try:
        content = content_typed(kind, typed)
        async with site.kernel.database.connection() as connection:
            department = typed.get("department", "")
            made = await actions.enter(
                connection, signed.actor, site.kernel.directory, region, department, content, signed.now
            )
    except TongbanError as error:
        _pass_on(error)
        return await _form(request, region, kind, typed, refused=error)
    return Redirect(f"{PATH}/entries/{region}/{made}?done=entered", status_code=303)


@get(PATH + "/entries/{region:str}/{entry:uuid}/edit")
async def edit(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str]:
    """The newest version in the form; with ``look`` to read only, for data administrators.

    Raises ``EntryUnknown``, ``NotAllowed``.
    """
    signed, site = await signed_in(request), site_of(request)
    site.kernel.directory.region(region)
    async with site.kernel.database.connection() as connection:
        found = await reading.read_entry(connection, signed.actor, site.kernel.directory, region, entry, signed.now)
    subject = Subject(region=region, department=found.entry.provider)
    looks = not may(signed.actor, "catalogue.edit", subject)
    if looks:
        require(signed.actor, "catalogue.publish", subject)
    content = found.draft or found.content
    typed = _as_typed(content) | {"revision": str(found.entry.revision)}
    return await _form(request, region, found.entry.kind, typed, entry=entry, looks=looks)


@post(PATH + "/entries/{region:str}/{entry:uuid}/edit", status_code=200)
async def save(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str] | Redirect:
    """Save a newer version; what is refused comes back with everything that was typed."""
    signed, site, typed = await signed_in(request), site_of(request), await texts_of(request)
    kind, revision = _kind(typed.get("content_kind")) or "resource", typed.get("revision", "")
    known = int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 9 else 0
    try:
        content = content_typed(kind, typed)
        async with site.kernel.database.connection() as connection:
            await actions.edit(connection, signed.actor, region, entry, known, content, signed.now)
    except TongbanError as error:
        _pass_on(error)
        return await _form(request, region, kind, typed, entry=entry, refused=error)
    return Redirect(f"{PATH}/entries/{region}/{entry}?done=edited", status_code=303)


def _pass_on(error: TongbanError) -> None:
    """Errors that no change of the form would mend go on."""
    if error.status >= 500 or error.status == 404 or isinstance(error, NotAllowed):
        raise error


async def _form(
    request: WebRequest,
    region: str,
    kind: Kind,
    typed: dict[str, str],
    *,
    entry: UUID | None = None,
    looks: bool = False,
    refused: TongbanError | None = None,
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    words = site.words(request_language(request))
    rows = field_rows(typed)
    return page(
        request,
        "desk/catalogue_form.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, PATH),
        frame=frame_of(request, signed, region),
        kind=kind,
        typed=typed,
        rows=rows + [{} for _ in range(0 if looks else BLANK_ROWS)],
        action=f"{PATH}/entries/{region}/{entry}/edit" if entry else f"{PATH}/new?region={region}",
        back=f"{PATH}/entries/{region}/{entry}" if entry else f"{PATH}?region={region}",
        is_new=entry is None,
        looks=looks,
        said=sentence(refused, words) if refused else None,
        faults=faults(refused, words) if isinstance(refused, EntryUnfit) else [],
        wrong={fault.field for fault in refused.found} if isinstance(refused, EntryUnfit) else set(),
        **NAMES,
    )


def _as_typed(content: Content) -> dict[str, str]:
    """``content`` as the form would send it."""
    values: dict[str, Any] = msgspec.to_builtins(content)
    typed = {name: "" if value is None else str(value) for name, value in values.items() if not isinstance(value, list)}
    typed |= {name: "\n".join(values[name]) for name in LISTS if name in values}
    for number, field in enumerate(values.get("fields", [])):
        typed |= {f"field_{number}_{name}": str(field.get(name) or "") for name in FIELD_PARTS}
        typed[f"field_{number}_key"] = "1" if field.get("key") else ""
    return typed


def field_rows(typed: dict[str, str]) -> list[dict[str, str]]:
    """The rows of fields of which anything was typed."""
    names = (*FIELD_PARTS, "key")
    rows = [{name: typed.get(f"field_{n}_{name}", "").strip() for name in names} for n in range(MOST_ROWS)]
    return [row for row in rows if row["id"] or row["label"]]


def content_typed(kind: Kind, typed: dict[str, str]) -> Content:
    """The content of a form. Raises ``EntryUnfit`` with every fault."""
    found: list[Fault] = []
    values: dict[str, Any] = {}
    for name in CONTENTS[kind].__struct_fields__:
        text = typed.get(name, "").strip().replace("\r\n", "\n")
        if name == "fields":
            values[name] = [_field(row, found) for row in field_rows(typed)]
        elif name in LISTS:
            values[name] = [line.strip() for line in text.split("\n") if line.strip()]
        elif name in NUMBERS:
            values[name] = _number(name, text, found)
        elif text or name in ("name", "summary"):
            values[name] = text
    values = {name: value for name, value in values.items() if value is not None}
    if found:
        raise EntryUnfit(found)
    return _converted(kind, values)


def _converted(kind: Kind, values: dict[str, Any]) -> Content:
    try:
        content: Content = msgspec.convert({**values, "kind": kind}, CONTENTS[kind], strict=False)
    except msgspec.ValidationError as error:
        name = str(error).partition("`$.")[2].partition("`")[0].partition("[")[0]
        label = NAMES["parts"].get(name, name)
        zh = f"“{label}”填写不符合要求（太长、为空，或不是可选的值）"
        raise EntryUnfit([Fault(name, zh, f"“{name}” does not fit: {error}")]) from error
    return content


def _number(name: str, text: str, found: list[Fault]) -> int | None:
    plain = text.replace(",", "").replace("，", "")
    if not plain:
        return None
    if plain.isascii() and plain.isdigit() and len(plain) <= 12:
        return int(plain)
    zh = f"“{NAMES['parts'][name]}”请填不小于 0 的整数"
    found.append(Fault(name, zh, f"“{name}” is a whole number from 0"))
    return None


def _field(row: dict[str, str], found: list[Fault]) -> dict[str, Any]:
    if not row["id"] or not row["label"]:
        known = row["label"] or row["id"]
        found.append(Fault("fields", f"信息项“{known}”的标识和名称都要填写", f"Field “{known}” needs an id and a name"))
    values: dict[str, Any] = {name: row[name] for name in FIELD_PARTS if row[name]}
    return {**values, "key": bool(row["key"])}


ROUTES = (new, enter, edit, save)
