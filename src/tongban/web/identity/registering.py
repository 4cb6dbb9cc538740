"""The register of applications on the desk: administrators enter, change, close; a secret is told once."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.faults import Fault
from tongban.parties.actions import Signed
from tongban.parties.applications import actions
from tongban.parties.applications.errors import ApplicationMoved, RegistrationUnfit
from tongban.parties.applications.models import Application, Registration
from tongban.parties.applications.reading import queries
from tongban.parties.applications.scopes import INSTITUTIONAL, PERSONAL
from tongban.parties.errors import NotAllowed
from tongban.resources.catalogue.models import Asked, Line
from tongban.resources.catalogue.reading import browse
from tongban.web.identity.words import scope_words
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.portal.parts import choices, department_name, goto, kernel_of, revision_of, texts, words_of
from tongban.web.problems import faults, sentence
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PATH = "/desk/applications"
KINDS = {
    "web": (mark("网站或有后台的应用"), mark("保存得住密钥口令，最常用")),
    "native": (mark("手机应用或纯网页"), mark("保存不住密钥口令，只用 PKCE")),
    "institution": (mark("机构接口"), mark("没有人登录，机构的系统以自己的名义调用")),
}
DONE = {
    "changed": mark("已保存"),
    "closed": mark("已停用，所有登录立即失效"),
    "reopened": mark("已恢复，使用的人需要重新登录"),
}
WHY = {
    "code_replayed": mark("授权码被第二次使用，整个登录已终止"),
    "code_of_another": mark("拿来了别的应用的授权码"),
    "code_expired": mark("授权码过期"),
    "token_replayed": mark("刷新令牌被第二次使用，整个登录已终止"),
    "token_of_another": mark("拿来了别的应用的刷新令牌"),
    "verifier_wrong": mark("PKCE 校验不符"),
    "verifier_missing": mark("没有带 PKCE 校验值"),
    "challenge_missing": mark("没有带 PKCE 挑战值"),
    "invalid_client": mark("密钥口令或签名不对"),
    "invalid_scope": mark("要求了没有登记的范围"),
    "invalid_request": mark("请求不符合协议，或者返回地址没有登记"),
    "sign_out_address_unknown": mark("退出后的返回地址没有登记"),
    "request_unreadable": mark("请求读不懂"),
    "parameters_unfit": mark("参数重复或者太长"),
    "userinfo_token": mark("令牌无效或者已经失效"),
    "hint_unfit": mark("退出请求里的令牌不是本平台签发的"),
}


@get(PATH)
async def show(request: WebRequest) -> Response[str]:
    """The applications of the regions that one looks after. Raises ``NotAllowed``."""
    known, kernel = await signed_in(request), kernel_of(request)
    async with kernel.database.connection() as connection:
        found = await actions.listed(connection, known.actor)
        refused = await actions.strangers(connection)
    names = {one.id: department_name(kernel, one.region, one.stated.department) for one in found}
    return page(
        request, "identity/applications.html", applications=found, kinds=KINDS, departments=names, why=WHY,
        refusals=refused,
    )  # fmt: skip


@get(PATH + "/new")
async def new(request: WebRequest) -> Response[str]:
    """The empty form. Raises ``NotAllowed``."""
    known = await signed_in(request)
    kind = request.query_params.get("kind", "")
    if kind not in KINDS:
        _region(request, known)
        return page(request, "identity/application_kinds.html", kinds=KINDS)
    async with kernel_of(request).database.connection() as connection:
        return await _form(request, connection, known, _region(request, known), {"kind": kind})


def _region(request: WebRequest, known: Signed) -> str:
    """The region that is meant: the one asked for, else the first that one looks after. Raises ``NotAllowed``."""
    mine = [region for region in actions.regions_of(known.actor) if region in kernel_of(request).directory.regions]
    wanted = request.query_params.get("region")
    if not mine or (wanted and wanted not in mine):
        raise NotAllowed()
    return wanted or mine[0]


@post(PATH + "/new", status_code=200)
async def register(request: WebRequest) -> Response[str]:
    """Register what was typed; the page shows the secret, this once. What was typed is never lost."""
    known, kernel = await signed_in(request), kernel_of(request)
    region, typed = _region(request, known), await texts(request)
    async with kernel.database.connection() as connection:
        try:
            stated = _stated(typed, await choices(request, "scopes"))
            made, secret = await actions.register(connection, known.actor, kernel.directory, region, stated, known.now)
        except RegistrationUnfit as error:
            scopes = await choices(request, "scopes")
            return await _form(request, connection, known, region, typed, scopes, refused=error)
        return await _one(request, connection, made, secret=secret)


@get(PATH + "/{application:uuid}")
async def read(request: WebRequest, application: FromPath[UUID]) -> Response[str]:
    """One application: what an engineer needs, who uses it, what was refused. Raises ``ApplicationUnknown``."""
    known = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        found = await actions.read(connection, known.actor, application)
        return await _one(request, connection, found, done=DONE.get(request.query_params.get("done", "")))


@get(PATH + "/{application:uuid}/edit")
async def edit(request: WebRequest, application: FromPath[UUID]) -> Response[str]:
    """What is stated, in the form. Raises ``ApplicationUnknown``."""
    known = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        found = await actions.read(connection, known.actor, application)
        return await _form(
            request, connection, known, found.region, _typed(found), list(found.stated.scopes), application=found
        )


@post(PATH + "/{application:uuid}/edit", status_code=200)
async def save(request: WebRequest, application: FromPath[UUID]) -> Response[str] | Redirect:
    """State what was typed from now on."""
    known, kernel, typed = await signed_in(request), kernel_of(request), await texts(request)
    scopes = await choices(request, "scopes")
    async with kernel.database.connection() as connection:
        found = await actions.read(connection, known.actor, application)
        try:
            stated = _stated(typed, scopes)
            await actions.change(
                connection, kernel.vault, known.actor, kernel.directory, application, revision_of(typed), stated,
                known.now,
            )  # fmt: skip
        except (RegistrationUnfit, ApplicationMoved) as error:
            return await _form(
                request, connection, known, found.region, typed, scopes, application=found, refused=error
            )
    return goto(f"{PATH}/{application}?done=changed")


@post(PATH + "/{application:uuid}/secret", status_code=200)
async def renew(request: WebRequest, application: FromPath[UUID]) -> Response[str]:
    """A new secret, shown this once; the old one goes on for a day. Raises ``ApplicationUnknown``, ``NoSecret``."""
    known = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        secret = await actions.renew_secret(connection, known.actor, application, known.now)
        found = await actions.read(connection, known.actor, application)
        return await _one(request, connection, found, secret=secret, renewed=True)


@post(PATH + "/{application:uuid}/{act:str}")
async def open_or_close(request: WebRequest, application: FromPath[UUID], act: FromPath[str]) -> Redirect:
    """Close an application with every sign-in, or open it again. Raises ``ApplicationUnknown``."""
    known, kernel = await signed_in(request), kernel_of(request)
    if act not in ("closing", "reopening"):
        raise NotFoundException
    async with kernel.database.connection() as connection:
        if act == "closing":
            await actions.close(connection, kernel.vault, known.actor, application, known.now)
        else:
            await actions.reopen(connection, known.actor, application, known.now)
    return goto(f"{PATH}/{application}?done={'closed' if act == 'closing' else 'reopened'}")


def _stated(typed: Mapping[str, str], scopes: list[str]) -> Registration:
    """What was typed as a registration. Raises ``RegistrationUnfit`` for what can not be read."""
    try:
        keys = msgspec.json.decode(typed.get("keys", "").strip() or "[]")
        given = {name: typed.get(name, "").strip() for name in ("name", "purpose", "department", "kind", "basis")} | {
            "scopes": scopes,
            "redirects": _lines(typed, "redirects"),
            "after_sign_out": _lines(typed, "after_sign_out"),
            "sign_out_notice": typed.get("sign_out_notice", "").strip() or None,
            "sector": typed.get("sector", "").strip() or None,
            "algorithm": typed.get("algorithm") or "ES256",
            "keys": keys["keys"] if isinstance(keys, dict) and "keys" in keys else keys,
            "entry": typed.get("entry") or None,
        }
        return msgspec.convert(given, Registration)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].strip("`").partition("[")[0] or "name"
        raise RegistrationUnfit([Fault(field, f"填写不符合要求（{error}）", f"Does not fit: {error}")]) from error
    except msgspec.DecodeError as error:
        raise RegistrationUnfit([Fault("keys", "公钥不是有效的 JSON", "The keys are no JSON")]) from error


def _lines(typed: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in typed.get(name, "").splitlines() if line.strip()]


def _typed(application: Application) -> dict[str, str]:
    """What is stated, as it stands in the form's fields."""
    stated = application.stated
    return {
        "name": stated.name,
        "purpose": stated.purpose,
        "department": stated.department,
        "kind": stated.kind,
        "basis": stated.basis,
        "redirects": "\n".join(stated.redirects),
        "after_sign_out": "\n".join(stated.after_sign_out),
        "sign_out_notice": stated.sign_out_notice or "",
        "sector": stated.sector or "",
        "algorithm": stated.algorithm,
        "keys": msgspec.json.encode(stated.keys).decode() if stated.keys else "",
        "entry": str(stated.entry or ""),
        "revision": str(application.revision),
    }


async def _form(
    request: WebRequest,
    connection: Connection,
    known: Signed,
    region: str,
    typed: Mapping[str, str],
    scopes: list[str] | None = None,
    *,
    application: Application | None = None,
    refused: TongbanError | None = None,
) -> Response[str]:
    kernel, words = kernel_of(request), words_of(request)
    offered = INSTITUTIONAL if typed.get("kind") == "institution" else PERSONAL
    listed = faults(refused, words) if refused else []
    return page(
        request,
        "identity/application_form.html",
        status=refused.status if refused else 200,
        typed=typed,
        chosen=scopes if scopes is not None else ["openid"],
        offered=[(name, scope_words(name, words)) for name in offered],
        departments=kernel.directory.region(region).departments,
        entries=await _entries(connection, request, known, region),
        kinds=KINDS,
        application=application,
        action=f"{PATH}/{application.id}/edit" if application else f"{PATH}/new?region={region}",
        said=sentence(refused, words) if refused else None,
        faults=listed,
        wrong={fault["field"] for fault in listed},
    )


async def _entries(connection: Connection, request: WebRequest, known: Signed, region: str) -> list[Line]:
    """The region's entries in the catalogue of applications."""
    asked = Asked(region=region, kind="application")
    found = await browse(connection, known.actor, kernel_of(request).directory, asked, known.now)
    return found.items


async def _one(
    request: WebRequest,
    connection: Connection,
    application: Application,
    *,
    secret: str | None = None,
    renewed: bool = False,
    done: str | None = None,
) -> Response[str]:
    living, lately, refused = await actions.use_of(connection, application)
    notices = [row async for row in queries.notices_of(connection, application=application.id)]
    kernel, words = kernel_of(request), words_of(request)
    answer = page(
        request,
        "identity/application.html",
        one=application,
        stated=application.stated,
        department=department_name(kernel, application.region, application.stated.department),
        scopes=[scope_words(name, words) for name in application.stated.scopes],
        kinds=KINDS,
        why=WHY,
        issuer=site_of(request).settings.base_url,
        living=living,
        lately=lately,
        refusals=refused,
        notices=notices,
        secret=secret,
        renewed=renewed,
        done=done,
    )
    answer.headers["cache-control"] = "no-store"
    return answer


ROUTES = (show, new, register, read, edit, save, renew, open_or_close)
