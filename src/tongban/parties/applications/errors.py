"""What is refused about applications, and why."""

from typing import Any

from msgspec import Struct

from tongban.basics.errors import TongbanError


class Fault(Struct, frozen=True):
    """One thing to change: the field, what is wrong and the repair."""

    field: str
    zh: str
    en: str


class RegistrationUnfit(TongbanError):
    """A registration has faults; all of them are listed at once."""

    code = "applications.unfit"
    status = 422
    zh = "有 {count} 处需要修改，什么都没有改变：{first_zh}"
    en = "{count} changes are needed; nothing was done: {first_en}"

    def __init__(self, faults: list[Fault]) -> None:
        """``faults`` is never empty."""
        self.faults: list[dict[str, Any]] = [{"field": f.field, "zh": f.zh, "en": f.en} for f in faults]
        first = faults[0]
        super().__init__(field=first.field, count=len(faults), first_zh=first.zh, first_en=first.en)


class ApplicationUnknown(TongbanError):
    """There is no such application, or it is not the reader's to see."""

    code = "applications.unknown"
    status = 404
    zh = "没有这个应用，或者您看不到它。"
    en = "There is no such application, or it is not yours to see."


class ApplicationMoved(TongbanError):
    """Somebody else changed the registration meanwhile."""

    code = "applications.moved"
    status = 409
    zh = "这个应用的登记刚被修改过，请重新打开后再改。您填写的内容没有保存。"
    en = "The registration was changed meanwhile. Open it again; what you typed was not saved."


class NoSecret(TongbanError):
    """The application keeps no secret: it is public, or proves itself by a key of its own."""

    code = "applications.no_secret"
    status = 409
    zh = "这个应用不使用密钥口令：它是公开客户端，或者用自己的密钥签名。"
    en = "The application has no secret: it is public, or it signs with a key of its own."


class TokenRefused(TongbanError):
    """No token, or one that is not good for this."""

    code = "applications.token_refused"
    status = 401
    zh = "令牌无效、已经失效，或者没有这项权限。请用已登记的应用重新获取。"
    en = "The token is not valid any more, or may not do this. Get a new one as the registered application."


class ScopeMissing(TongbanError):
    """The token is good, but not for this."""

    code = "applications.scope_missing"
    status = 403
    zh = "这个令牌没有“{scope}”权限，请管理员在应用登记中加上。"
    en = "The token lacks the scope “{scope}”. An administrator can add it to the registration."


class SigningKeyFault(TongbanError):
    """A key that signs what applications are told can not be used."""

    code = "applications.signing_key"
    status = 500
    zh = "签名密钥 {name} 不能使用：{reason}。"
    en = "The signing key {name} can not be used: {reason}."
