"""Grants on the desk: who has what of ours, what we hold; narrowed, revoked, renewed; themes ended; as Excel."""

import asyncio
from typing import Any, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.calendar import CST, local_day
from tongban.basics.errors import TongbanError
from tongban.basics.workbooks import Book
from tongban.cases.kernel import Kernel
from tongban.cases.sharing import standing, tokens
from tongban.cases.sharing.errors import RequestNotFound
from tongban.cases.sharing.held import GrantLine, grant_line, grants_of
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor
from tongban.parties.rules import DECIDERS
from tongban.resources.errors import UnknownGrant
from tongban.resources.granting.definitions import Theme
from tongban.web.allowing import allowed
from tongban.web.desk import sharing_words as words
from tongban.web.desk.export import excel_file
from tongban.web.desk.places import places_of, sees_grants
from tongban.web.desk.sharing_forms import EMPTY, Typed, narrowing_typed, typed_of
from tongban.web.language import Words
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

HERE = "/desk/grants"
Side = Literal["given", "held"]


def _region(request: WebRequest, signed: Signed) -> str:
    """The region that the address names if one sees grants there, else the first where one does.

    Raises ``NotAllowed``.
    """
    own = sees_grants(site_of(request).kernel, signed.actor)
    if not own:
        raise NotAllowed()
    asked = request.query_params.get("region")
    return asked if asked in own else own[0]


def _side(request: WebRequest) -> Side:
    return "held" if request.query_params.get("side") == "held" else "given"


@get(HERE)
async def listed(request: WebRequest) -> Response[str]:
    """Who has what of one's departments, or what they hold. Raises ``NotAllowed``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    region, side = _region(request, signed), _side(request)
    lines = await grants_of(kernel, signed.actor, region, side)
    return page(
        request,
        "desk/sharing/grants.html",
        places=places_of(signed.actor, region, HERE),
        region=region,
        side=side,
        decides=bool(signed.actor.departments(region, *DECIDERS)),
        lines=lines,
        themes=_themes(kernel, signed.actor, region, lines),
        moved=request.query_params.get("moved"),
        words=words,
    )


def _themes(kernel: Kernel, actor: Actor, region: str, lines: list[GrantLine]) -> list[tuple[Theme, int]]:
    """The themes whose grants the list shows and ``actor`` may end, with how many stand."""
    counts: dict[str, int] = {}
    for line in lines:
        if line.grant.theme and line.state == "valid":
            counts[line.grant.theme] = counts.get(line.grant.theme, 0) + 1
    found = [(kernel.sharing.themes[name].theme, n) for name, n in counts.items() if name in kernel.sharing.themes]
    return [(theme, n) for theme, n in found if standing.may_end(kernel, actor, region, theme)]


@get(HERE + "/export.xlsx", guards=[allowed("export")])
async def download(request: WebRequest) -> Response[bytes]:
    """The same list as a file. Raises ``NotAllowed``."""
    signed, site = await signed_in(request), site_of(request)
    region, side = _region(request, signed), _side(request)
    lines = await grants_of(site.kernel, signed.actor, region, side)
    content = await asyncio.to_thread(_workbook, lines, site.words(request_language(request)))
    name = f"tongban-grants-{side}-{local_day(signed.now):%Y%m%d}.xlsx"
    return excel_file(content, name)


def _workbook(lines: list[GrantLine], said: Words) -> bytes:
    book = Book()
    titles = [
        said.say("状态"), said.say("数据资源"), said.say("提供部门"), said.say("使用部门"), said.say("用途"),
        said.say("法律依据"), said.say("字段"), said.say("脱敏"), said.say("行条件"), said.say("每日条数上限"),
        said.say("生效"), said.say("到期"), said.say("来源"),
    ]  # fmt: skip
    book.sheet(said.say("授权"), titles).add(_row(line, said) for line in lines)
    return book.content()


def _row(line: GrantLine, said: Words) -> list[Any]:
    grant, resource = line.grant, line.resource
    labels = {field.id: said.pack(field.label) for field in resource.fields} if resource else {}
    masks = [f"{labels.get(name, name)}: {said.say(words.mask_words(mask))}" for name, mask in grant.masks.items()]
    return [
        said.say(words.GRANTS[line.state][0]),
        said.pack(resource.name) if resource else grant.resource,
        said.pack(line.provider_name),
        said.pack(line.consumer_name),
        said.pack(grant.purpose),
        said.pack(grant.basis),
        "、".join(labels.get(name, name) for name in grant.fields),
        "；".join(masks),
        grant.rows,
        grant.quota,
        grant.valid_from.astimezone(CST).replace(tzinfo=None),
        grant.valid_until.astimezone(CST).replace(tzinfo=None),
        grant.theme or grant.journey or (said.say("部门申请") if grant.basket else None),
    ]


@get(HERE + "/{region:str}/{grant:uuid}")
async def show(request: WebRequest, region: FromPath[str], grant: FromPath[UUID]) -> Response[str]:
    """One grant with what may be done with it. Raises ``UnknownGrant``."""
    return await _shown(request, region, grant)


async def _shown(
    request: WebRequest,
    region: str,
    grant: UUID,
    typed: Typed = EMPTY,
    refused: TongbanError | None = None,
    opened: str | None = None,
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    return page(
        request,
        "desk/sharing/grant.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, ""),
        region=region,
        seen=await _read(request, region, grant),
        opened=opened,
        typed=typed,
        refused=refused,
        said=sentence(refused, site.words(request_language(request))) if refused else None,
        moved=request.query_params.get("moved"),
        words=words,
    )


async def _read(request: WebRequest, region: str, grant: UUID) -> GrantLine:
    signed, kernel = await signed_in(request), site_of(request).kernel
    if region not in kernel.directory.regions:
        raise RequestNotFound()
    return await grant_line(kernel, signed.actor, region, grant)


@post(HERE + "/{region:str}/{grant:uuid}/revoke", status_code=200)
async def revoke(request: WebRequest, region: FromPath[str], grant: FromPath[UUID]) -> Response[str] | Redirect:
    """Take a grant back, or give it back, at once."""
    signed, typed = await signed_in(request), await typed_of(request)
    try:
        await standing.revoke_grant(site_of(request).kernel, signed.actor, region, grant, typed.text("reasons"))
    except TongbanError as error:
        return await _back(request, region, grant, typed, error)
    return Redirect(f"{HERE}/{region}/{grant}?moved=revoked", status_code=303)


@post(HERE + "/{region:str}/{grant:uuid}/narrow", status_code=200)
async def narrow(request: WebRequest, region: FromPath[str], grant: FromPath[UUID]) -> Response[str] | Redirect:
    """Give less from the next question on."""
    signed, typed = await signed_in(request), await typed_of(request)
    seen = await _read(request, region, grant)
    try:
        change = narrowing_typed(typed, seen.grant.fields)
        await standing.narrow_grant(site_of(request).kernel, signed.actor, region, grant, change)
    except TongbanError as error:
        return await _back(request, region, grant, typed, error)
    return Redirect(f"{HERE}/{region}/{grant}?moved=narrowed", status_code=303)


@post(HERE + "/{region:str}/{grant:uuid}/renew", status_code=200)
async def renew(request: WebRequest, region: FromPath[str], grant: FromPath[UUID]) -> Response[str] | Redirect:
    """Put what the grant gives into one's basket, to be asked for again."""
    signed = await signed_in(request)
    try:
        consumer = await standing.renew_grant(site_of(request).kernel, signed.actor, region, grant)
    except TongbanError as error:
        return await _back(request, region, grant, EMPTY, error)
    return Redirect(f"/desk/basket?region={region}&department={consumer}&moved=put", status_code=303)


@post(HERE + "/{region:str}/{grant:uuid}/tokens", status_code=200)
async def open_token(request: WebRequest, region: FromPath[str], grant: FromPath[UUID]) -> Response[str]:
    """Show the head what a token stands for, this once: there is no address that would show it again."""
    signed, typed, kernel = await signed_in(request), await typed_of(request), site_of(request).kernel
    try:
        await _read(request, region, grant)
        value = await tokens.open_token(
            kernel, signed.actor, region, grant, typed.text("token"), typed.text("token-reasons")
        )
    except TongbanError as error:
        return await _back(request, region, grant, typed, error)
    return await _shown(request, region, grant, opened=value)


async def _back(request: WebRequest, region: str, grant: UUID, typed: Typed, error: TongbanError) -> Response[str]:
    if error.status >= 500 or isinstance(error, UnknownGrant):
        raise error
    return await _shown(request, region, grant, typed, error)


@post("/desk/themes/{region:str}/{theme:str}/end", status_code=200)
async def end_theme(request: WebRequest, region: FromPath[str], theme: FromPath[str]) -> Redirect:
    """End a theme: every grant given for it ends. Raises ``ThemeUnknown``, ``NotAllowed``, ``ReasonsNeeded``."""
    signed, typed, kernel = await signed_in(request), await typed_of(request), site_of(request).kernel
    if region not in kernel.directory.regions:
        raise RequestNotFound()
    await standing.end_theme(kernel, signed.actor, region, theme, typed.text("reasons"))
    return Redirect(f"{HERE}?region={region}&side=held&moved=ended", status_code=303)


ROUTES = (listed, download, show, revoke, narrow, renew, open_token, end_theme)
