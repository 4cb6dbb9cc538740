"""Errors as people and programs meet them: problem details (RFC 9457) under /api, a friendly page elsewhere.

Registered by ``create_app``. Every exception first becomes a ``TongbanError``; what is not foreseen is logged
under a short reference that the person sees, and nothing about its cause leaves the process.
"""

import re
import secrets
import traceback
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotAuthorizedException,
    NotFoundException,
    PermissionDeniedException,
    TooManyRequestsException,
    ValidationException,
)
from litestar.response import Redirect

from tongban.basics.errors import TongbanError
from tongban.basics.text import to_traditional
from tongban.parties.errors import AssuranceTooLow, NotAllowed, NotSignedIn
from tongban.parties.log_in.errors import ConfirmFirst
from tongban.web import denied
from tongban.web.errors import (
    BodyTooLarge,
    FormExpired,
    InputUnfit,
    MethodUnfit,
    PageMissing,
    RequestUnfit,
    TooManyRequests,
    Unexpected,
)
from tongban.web.language import Words
from tongban.web.pages import page
from tongban.web.reading import request_language
from tongban.web.signed_in import came_from, ended_cookie, is_api, sign_in_address
from tongban.web.site import WebRequest, site_of

PROBLEM = "application/problem+json"
TYPE = "urn:tongban:problem:"
_log = structlog.get_logger("tongban.web")

# RFC 9457: the title of a type does not change from occurrence to occurrence.
TITLES: Mapping[int, tuple[str, str]] = {
    400: ("请求有误", "Bad request"),
    401: ("需要登录", "Sign-in needed"),
    403: ("没有权限", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("不支持这种操作", "Method not allowed"),
    409: ("与当前状态冲突", "Conflict with the present state"),
    410: ("已经失效", "Gone"),
    413: ("内容太大", "Too large"),
    415: ("文件类型不支持", "Unsupported type"),
    422: ("需要修改", "Needs a change"),
    429: ("操作太频繁", "Too many requests"),
    500: ("系统出错", "Internal error"),
    503: ("暂时不可用", "Temporarily unavailable"),
}
_FAMILIES: tuple[tuple[type[HTTPException], type[TongbanError]], ...] = (
    (NotFoundException, PageMissing),
    (NotAuthorizedException, NotSignedIn),
    (TooManyRequestsException, TooManyRequests),
)
HEADERS: Mapping[str, str] = {"key": "Idempotency-Key"}
_MISSING = re.compile(r"^Missing required \w+ parameter '([^']+)'")
_STATUSES: Mapping[int, type[TongbanError]] = {
    401: NotSignedIn,
    404: PageMissing,
    413: BodyTooLarge,
    429: TooManyRequests,
}


def told(request: WebRequest, error: Exception) -> TongbanError:
    """``error`` as one that can be told; an unforeseen one is logged here, with its trace."""
    if isinstance(error, TongbanError):
        return error
    if isinstance(error, ValidationException):
        return InputUnfit(_faults(error))
    if isinstance(error, msgspec.ValidationError):
        return InputUnfit([_fault(None, str(error))])
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _framework(request, error)
    reference = secrets.token_hex(4)
    # The trace as text: a renderer that shows local variables would write personal data into the log.
    trace = "".join(traceback.format_exception(error))
    _log.error("request.failed", reference=reference, path=path_of(request), trace=trace)
    return Unexpected(reference=reference)


SECRET_PATHS = ("/invitation/", "/recover/")
"""Addresses whose last part opens something: it is a secret, and no log may hold it."""


def path_of(request: WebRequest) -> str:
    """The path of a request as logs may hold it."""
    path: str = request.url.path
    return next((f"{place}…" for place in SECRET_PATHS if path.startswith(place)), path)


def _framework(request: WebRequest, error: HTTPException) -> TongbanError:
    if isinstance(error, MethodNotAllowedException):
        return MethodUnfit(method=request.method, allow=(error.headers or {}).get("allow", ""))
    if isinstance(error, PermissionDeniedException):
        # Our own refusals are TongbanErrors; what the framework denies is a form without its token.
        return FormExpired() if "CSRF" in str(error.detail) else NotAllowed()
    for family, ours in _FAMILIES:
        if isinstance(error, family):
            return ours()
    return _STATUSES.get(error.status_code, RequestUnfit)()


def _faults(error: ValidationException) -> list[dict[str, Any]]:
    extra = error.extra if isinstance(error.extra, list) else []
    listed = [each for each in extra if isinstance(each, dict)]
    missing = _MISSING.search(error.detail)
    return [_fault(_sent_as(each), str(each.get("message", ""))) for each in listed] or [
        _fault(missing and missing[1], error.detail)
    ]


def _sent_as(fault: Mapping[str, Any]) -> str | None:
    """The name under which the caller sent what is at fault; the framework tells the handler's."""
    name: str | None = fault.get("key")
    return HEADERS.get(name or "", name) if fault.get("source") == "header" else name


def _fault(field: str | None, reason: str) -> dict[str, Any]:
    return {"field": field, "zh": f"填写不符合要求（{reason}）。", "en": f"Does not fit: {reason}."}


def sentence(error: TongbanError, words: Words) -> str:
    """What the error says in the reader's language."""
    said = error.message("en" if words.language == "en" else "zh-CN")
    return to_traditional(said) if words.language == "zh-Hant" else said


def title(status: int, words: Words) -> str:
    """The title of problems with ``status``."""
    zh, en = TITLES.get(status, TITLES[400 if status < 500 else 500])
    if words.language == "en":
        return en
    return to_traditional(zh) if words.language == "zh-Hant" else zh


def faults(error: TongbanError, words: Words) -> list[dict[str, Any]]:
    """The listed faults of ``error``, each with ``field`` and ``message`` in the reader's language."""
    listed: list[dict[str, Any]] = getattr(error, "faults", [])
    return [{**_without_texts(fault), "message": _fault_message(fault, words)} for fault in listed]


def _without_texts(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fault.items() if name not in ("zh", "en")}


def _fault_message(fault: Mapping[str, Any], words: Words) -> str:
    if words.language == "en":
        return str(fault.get("en") or fault.get("zh") or "")
    said = str(fault.get("zh") or fault.get("en") or "")
    return to_traditional(said) if words.language == "zh-Hant" else said


def problem(error: TongbanError, words: Words) -> dict[str, Any]:
    """The members of a problem details object (RFC 9457 section 3.1) with ``code``, ``field``, ``errors``.

    Of an identity that is not sure enough also ``needed``, the level, and ``at``, the page that leads on, if known."""
    body: dict[str, Any] = {
        "type": TYPE + error.code,
        "title": title(error.status, words),
        "status": error.status,
        "detail": sentence(error, words),
        "code": error.code,
    }
    if error.field is not None:
        body["field"] = error.field
    if isinstance(error, AssuranceTooLow):
        body |= {name: error.data[name] for name in ("needed", "at") if name in error.data}
    listed = faults(error, words)
    return body | ({"errors": listed} if listed else {})


def answer(request: WebRequest, error: Exception) -> Response[Any]:
    """What is sent for ``error``."""
    refused = told(request, error)
    denied.note(request, error, refused)
    if is_api(request):
        return _for_program(request, refused)
    if isinstance(refused, NotSignedIn):
        return _to_sign_in(request)
    if isinstance(refused, ConfirmFirst):
        return _on_the_way(request, "/account/confirm", "/account")
    if isinstance(refused, AssuranceTooLow):
        place = "/account/step-up" if refused.data["needed"] == "strong" else "/account/identity"
        return _on_the_way(request, place, came_from(request))
    words = site_of(request).words(request_language(request))
    template = "error_part.html" if "hx-request" in request.headers else "error.html"
    response: Response[Any] = page(
        request, template, status=refused.status, error=refused, title=title(refused.status, words),
        sentence=sentence(refused, words), faults=faults(refused, words),
        back=request.headers.get("referer") if request.method != "GET" else None,
    )  # fmt: skip
    response.headers.update(_extra(refused))
    return response


def _for_program(request: WebRequest, error: TongbanError) -> Response[Any]:
    words = site_of(request).words(request_language(request))
    headers = _extra(error) | {"content-language": words.language}
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(problem(error, words), status_code=error.status, media_type=PROBLEM, headers=headers)


def _extra(error: TongbanError) -> dict[str, str]:
    if isinstance(error, MethodUnfit):
        return {"allow": error.data["allow"]}
    wait = error.data.get("seconds", 5) if error.status in (429, 503) else None
    return {} if wait is None else {"retry-after": str(wait)}


def _on_the_way(request: WebRequest, place: str, after_a_form: str) -> Response[Any]:
    """To ``place``, and from there back to the page that was asked for, or to ``after_a_form`` that was sent."""
    back = came_from(request) if request.method == "GET" else after_a_form
    return Redirect(f"{place}?next={quote(back, safe='')}", status_code=303)


def _to_sign_in(request: WebRequest) -> Response[Any]:
    address = sign_in_address(request)
    if "hx-request" in request.headers:
        return Response(b"", status_code=200, headers={"hx-redirect": address})
    response = Redirect(address, status_code=303)
    response.set_cookie(ended_cookie(site_of(request)))
    return response
