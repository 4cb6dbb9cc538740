"""What can go wrong when somebody opens, secures or gets back an account."""

from tongban.basics.errors import TongbanError


class PasswordUnfit(TongbanError):
    """A new password breaks a rule; ``reason`` says which one and how to mend it."""

    code = "log_in.password_unfit"
    status = 422
    zh = "{reason}"
    en = "{reason_en}"


class InvitationUnfit(TongbanError):
    """A one-time link was never made, was used, was replaced, or is past its time: the same answer for all four."""

    code = "log_in.invitation_unfit"
    status = 404
    zh = "这个链接不能用了：它只能用一次，而且有时限。请向给您链接的人要一个新的。"
    en = "This link is no longer good: it works once and for a limited time. Ask whoever sent it for a new one."


class CodeWrong(TongbanError):
    """A code was wrong, late, used, or tried too often: the same answer for all four."""

    code = "log_in.code_wrong"
    status = 422
    zh = "验证码不对或已失效，请检查后再填；必要时重新获取一个。"
    en = "The code is wrong or no longer good. Check it, or ask for a new one."


class SecondNeeded(TongbanError):
    """The password was right; the account also asks for a code (``second``: totp or code)."""

    code = "log_in.second_needed"
    status = 401
    zh = "密码正确，请再提供验证码。"
    en = "The password is right; give the code as well."


class SignInStale(TongbanError):
    """A sign-in was begun too long ago, or elsewhere."""

    code = "log_in.sign_in_stale"
    status = 422
    zh = "登录已超时，请重新填写账号和密码。"
    en = "This sign-in took too long. Give your log-in name and password again."


class NoTelephone(TongbanError):
    """No telephone number is on record to which a code could go."""

    code = "log_in.no_telephone"
    status = 422
    zh = "没有登记手机号码，请改用验证器或到窗口办理。"
    en = "No telephone number is on record: use an authenticator, or come to a window."


class ConfirmFirst(TongbanError):
    """What protects the account is changed only by who has just proved again to be its owner."""

    code = "log_in.confirm_first"
    status = 403
    zh = "为了您的账号安全，请先再确认一次是您本人。"
    en = "To keep your account safe, confirm first that it is you."


class PasskeyUnfit(TongbanError):
    """What an authenticator answered does not fit: another site, another challenge, a copied key, or a late answer."""

    code = "log_in.passkey_unfit"
    status = 422
    zh = "通行密钥没有通过验证，请再试一次，或改用密码登录。"
    en = "The passkey was not accepted. Try again, or use your password."


class LoginUnfit(TongbanError):
    """A log-in name has a shape that none may have."""

    code = "log_in.login_unfit"
    status = 422
    zh = "账号请用 4 至 32 个小写字母、数字或 . _ -，以字母开头；不要用身份证号码或手机号码。"
    en = "Use 4 to 32 small letters, digits or . _ - and begin with a letter; no identity or telephone number."


class LoginTaken(TongbanError):
    """Somebody has this log-in name."""

    code = "log_in.login_taken"
    status = 409
    zh = "这个账号已经有人用了，请换一个。"
    en = "This log-in name is taken. Choose another."


class NotDeclared(TongbanError):
    """There is no account of that name whose identity waits to be proved."""

    code = "log_in.not_declared"
    status = 409
    zh = "没有这个待认证的账号，或者它已经完成实名认证。"
    en = "No account of that name waits to be proved; perhaps it is already."


class ProofsMissing(TongbanError):
    """Fewer further ways than are needed were given."""

    code = "log_in.proofs_missing"
    status = 422
    zh = "除身份证号码外，还要填写 {n} 项。"
    en = "Beside the identity number, give {n} of these."


class ProofsDiffer(TongbanError):
    """What was given is not what is on record."""

    code = "log_in.proofs_differ"
    status = 422
    zh = "与登记的信息不一致，请对照证件检查。确认无误仍不一致的，可带身份证到窗口办理。"
    en = "This is not what is on record. Check it against the document, or come to a window with your identity card."


class RegisterSilent(TongbanError):
    """A register did not answer: nothing is proved, and nothing refused."""

    code = "log_in.register_silent"
    status = 503
    zh = "核验系统暂时没有回应，不是您的问题。请稍后再试，或到窗口办理。"
    en = "The register does not answer just now; it is not you. Try later, or come to a window."


class HasAccount(TongbanError):
    """The proved person has an account already."""

    code = "log_in.has_account"
    status = 409
    zh = "您本人已经有一个账号。请用原来的账号登录；忘记了可以找回。"
    en = "You have an account already. Sign in with that one; if it is forgotten, recover it."


class RecoveryRefused(TongbanError):
    """What was given does not lead to an account that can be recovered this way: the same answer whatever differs."""

    code = "log_in.recovery_refused"
    status = 422
    zh = "填写的信息没有对上，不能在网上找回。请检查后再试，或带身份证到政务服务窗口办理。"
    en = "What you gave does not fit: nothing is recovered online. Check it, or bring your identity card to a window."


class RecoveryUnfit(TongbanError):
    """A recovery was never asked for, was stopped, is used, or is past its time."""

    code = "log_in.recovery_unfit"
    status = 404
    zh = "这次找回已经不能用了：可能已被停止、已经完成或过了时限。"
    en = "This recovery is no longer good: it was stopped, is done, or is past its time."


class RecoveryWaits(TongbanError):
    """The waiting period of a recovery still runs."""

    code = "log_in.recovery_waits"
    status = 409
    zh = "等待时间还没到。这段时间是留给账号主人发现和停止冒名找回的。"
    en = "The waiting period still runs: it lets the owner notice and stop somebody else's attempt."


class SecondPersonNeeded(TongbanError):
    """Whoever asked for it at the window may not confirm it too."""

    code = "log_in.second_person_needed"
    status = 403
    zh = "需要另一位工作人员复核：登记的人不能自己确认。"
    en = "Another official must confirm it: whoever entered it may not."


class NameMissing(TongbanError):
    """A name is missing or much too long."""

    code = "log_in.name_missing"
    status = 422
    zh = "请填写身份证上的姓名。"
    en = "Give the name as it stands on the identity card."


class SessionUnknown(TongbanError):
    """There is no such session of one's own: the same answer for one that is over and for somebody else's."""

    code = "log_in.session_unknown"
    status = 404
    zh = "您没有这个登录，它可能已经退出。"
    en = "You have no such session; it may have ended."
