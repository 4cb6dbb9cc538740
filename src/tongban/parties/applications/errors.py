"""What is refused about applications, and why."""

from tongban.basics import faults
from tongban.basics.errors import TongbanError


class RegistrationUnfit(faults.Unfit):
    """A registration has faults; all of them are listed at once."""

    code = "applications.unfit"


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
