"""What can go wrong with the upper level's identity."""

from tongban.basics.errors import TongbanError


class IdentityInvalid(TongbanError):
    """``identity.yaml`` can not be used; every fault is told at once."""

    code = "identity.invalid"
    status = 500
    zh = "上级统一认证的配置 {path} 有错误：{faults}"
    en = "The file {path} about the upper level's identity has faults: {faults}"


class UpperUnavailable(TongbanError):
    """The upper level's identity does not answer."""

    code = "identity.upper_unavailable"
    status = 503
    zh = "{label}现在没有应答，请稍后再试，或者用本平台账号登录。"
    en = "{label} does not answer now. Try again later, or sign in with your account here."


class UpperRefused(TongbanError):
    """What came back does not fit what was asked for: nobody is signed in by it."""

    code = "identity.upper_refused"
    status = 403
    zh = "这次登录没有完成（{reason}）。请重新从登录页开始；如果反复出现，请联系管理员。"
    en = "The sign-in did not complete ({reason}). Begin anew at the sign-in page; tell an administrator if it recurs."


class AssuranceTooLow(TongbanError):
    """The upper level did not prove the person well enough."""

    code = "identity.assurance_too_low"
    status = 403
    zh = "您在{label}还没有完成实名认证，请先在那里完成，再回来登录。"
    en = "{label} has not verified your identity yet. Complete that there, then sign in again."
