"""What can go wrong with people, accounts, places and permissions."""

from tongban.basics.errors import TongbanError


class UnknownRegion(TongbanError):
    """The region is not served by this node."""

    code = "parties.unknown_region"
    status = 404
    zh = "本平台没有开通区划“{region}”。"
    en = "Region “{region}” is not served here."


class RoleUnbound(TongbanError):
    """No department in the region plays a role that a journey needs."""

    code = "parties.role_unbound"
    status = 409
    zh = "区划 {region} 还没有部门承担“{role}”职责，请管理员在区划应用包中绑定。"
    en = "No department of region {region} plays the role “{role}”: bind one in the region pack."


class NotSignedIn(TongbanError):
    """A session or token is missing, expired or revoked."""

    code = "parties.not_signed_in"
    status = 401
    zh = "请先登录。您填写的草稿已经保存，登录后可以继续。"
    en = "Please sign in. Your draft is saved and waits for you."


class WrongCredentials(TongbanError):
    """Account and password do not match. Says the same for an unknown account."""

    code = "parties.wrong_credentials"
    status = 401
    zh = "账号或密码不对，请检查后再试。"
    en = "Account or password is wrong. Check both and try again."


class TooManyAttempts(TongbanError):
    """Sign-in attempts are throttled for this account and source."""

    code = "parties.too_many_attempts"
    status = 429
    zh = "尝试次数太多，请在 {seconds} 秒后再试。"
    en = "Too many attempts. Try again in {seconds} seconds."


class NotAllowed(TongbanError):
    """The one checkpoint refused. Nothing about the subject is told."""

    code = "parties.not_allowed"
    status = 403
    zh = "您没有办理这件事的权限。如果这是您的职责，请联系本部门管理员。"
    en = "You may not do this. If it is your duty, ask your department's administrator."


class AssuranceTooLow(TongbanError):
    """It must be surer who acts: ``needed`` is the level (认证等级), ``real-name`` or ``strong``."""

    code = "parties.assurance_too_low"
    status = 403
    zh = "这件事要求先完成{zh}。已填写的内容都在，完成后接着办。"
    en = "This asks for {en} first. What you filled in is kept; go on afterwards."


class MayNotActFor(TongbanError):
    """No mandate in force: never appointed, not yet, or no more. The same answer for an unknown enterprise."""

    code = "parties.may_not_act_for"
    status = 403
    zh = "您现在不能以这家企业的名义办理。请由法定代表人办理，或者请企业授权您为经办人。"
    en = "You may not act for this enterprise now. Its legal representative may, or may appoint you as its handler."


class MayNotActForPerson(TongbanError):
    """Nobody let the actor act for this person in this matter, or not any more; the same for an unknown person."""

    code = "parties.may_not_act_for_person"
    status = 403
    zh = "您现在不能替这个人办理这件事。请由本人办理，或者请本人在“为谁办事”中授权您。"
    en = "You may not act for this person in this matter now. They may apply themselves, or let you act for them."
