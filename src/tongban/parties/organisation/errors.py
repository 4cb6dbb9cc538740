"""What is refused about the organisation, and why."""

from tongban.basics import faults
from tongban.basics.errors import TongbanError
from tongban.basics.faults import Fault


class Unfit(faults.Unfit):
    """A form or a file has faults; all of them are listed at once and nothing was done."""

    code = "organisation.unfit"


def unfit(field: str, zh: str, en: str) -> Unfit:
    """One fault of a form."""
    return Unfit([Fault(field, zh, en)])


class UnitUnknown(TongbanError):
    """No such unit stands in the directory now."""

    code = "organisation.unit_unknown"
    status = 404
    zh = "通讯录中现在没有机构“{unit}”。"
    en = "The directory has no unit “{unit}” now."


class PositionUnknown(TongbanError):
    """No such position stands in the directory now."""

    code = "organisation.position_unknown"
    status = 404
    zh = "现在没有岗位“{position}”。"
    en = "There is no position “{position}” now."


class OfficialUnknown(TongbanError):
    """Nobody of that name or id serves in this region."""

    code = "organisation.official_unknown"
    status = 404
    zh = "通讯录中没有这个人。"
    en = "The directory does not know this person."


class PostUnknown(TongbanError):
    """The post does not exist, or has ended."""

    code = "organisation.post_unknown"
    status = 404
    zh = "没有这条任职记录，或者它已经结束。"
    en = "There is no such post, or it has ended."


class LeaveUnknown(TongbanError):
    """There is no such leave, or it is over."""

    code = "organisation.leave_unknown"
    status = 404
    zh = "没有这次休假，或者它已经结束。"
    en = "There is no such leave, or it is over."


class UnitInUse(TongbanError):
    """A unit with people, offices or duties can only be merged into another."""

    code = "organisation.unit_in_use"
    status = 409
    zh = "“{unit}”还有人员、内设机构或承担的职责，请改用“并入”，指明由谁继续承担。"
    en = "“{unit}” still has staff, offices or duties: merge it into the unit that goes on with them."


class SubstituteAway(TongbanError):
    """Whoever is named is on leave in that time, or left; a lent post is never lent on."""

    code = "organisation.substitute_away"
    status = 409
    zh = "{name}在这段时间也不在岗，请另选代办人。"
    en = "{name} is away in that time too. Name somebody else."


class LeaveOverlaps(TongbanError):
    """One leave at a time."""

    code = "organisation.leave_overlaps"
    status = 409
    zh = "这段时间已经安排了休假，请先结束原来的安排。"
    en = "There is a leave in that time already. End it first."


class ReceiverNeeded(TongbanError):
    """Work would be left with nobody to do it."""

    code = "organisation.receiver_needed"
    status = 409
    zh = "“{department}”还有 {open} 件在办任务，离开后没有其他人能办，请指定交接人。"
    en = "“{department}” has {open} open tasks and nobody else to do them: name who takes them over."


class LastAdministrator(TongbanError):
    """A region is never left without an administrator."""

    code = "organisation.last_administrator"
    status = 409
    zh = "这是本区划最后一位管理员，请先任命另一位。"
    en = "This is the region's last administrator: appoint another one first."


class LoginTaken(TongbanError):
    """The log-in name belongs to another person."""

    code = "organisation.login_taken"
    status = 409
    zh = "登录名“{login}”已被其他人使用。"
    en = "The log-in name “{login}” belongs to another person."


class ProvisionerUnknown(TongbanError):
    """The token is missing, wrong or revoked."""

    code = "organisation.provisioner_unknown"
    status = 401
    zh = "同步令牌无效或已停用，请向区划管理员申请新的令牌。"
    en = "The provisioning token is wrong or revoked. Ask the region's administrator for a new one."


class ImportGone(TongbanError):
    """The file that was shown has been taken in, or was forgotten after a day."""

    code = "organisation.import_gone"
    status = 409
    zh = "这个文件已经导入过，或者已超过一天，请重新选择文件。"
    en = "The file was taken in already, or is older than a day. Choose it again."
