"""What can be refused on the paths beside the plain one. Each says what to change; nothing is lost."""

from tongban.basics.errors import TongbanError
from tongban.cases.errors import WrongState


class NoSuchPath(TongbanError):
    """The journey does not declare this commitment, tolerance, visit or hand-over, or not for this application."""

    code = "cases.no_such_path"
    status = 422
    zh = "这件事没有规定“{path}”，或者这份申请不适用。请按一般程序办理。"
    en = "This matter does not provide for “{path_en}”, or not for this application. Take the ordinary way."


class Barred(TongbanError):
    """Unrepaired bad credit bars from commitment and tolerant acceptance."""

    code = "cases.barred"
    status = 403
    zh = "因“{reasons}”尚未完成信用修复，暂不适用告知承诺和容缺受理。请补齐材料按一般程序办理，或先修复信用。"
    en = "Unrepaired bad credit ({reasons}) bars from promises. Bring the materials, or repair the credit first."


class NotTolerable(TongbanError):
    """The material is not on the list of those that may follow, or is not missing."""

    code = "cases.not_tolerable"
    status = 422
    zh = "“{material}”不在容缺受理清单内，或者这次不需要容缺。请现在上传。"
    en = "“{material_en}” may not follow later, or is not missing. Bring it now."


class ToleranceOpen(WrongState):
    """A task can not be approved while a tolerated material that it needs is outstanding."""

    code = "cases.tolerance_open"
    zh = "容缺的材料还没有补齐：{materials}。补齐后才能准予。"
    en = "Tolerated materials are still outstanding: {materials_en}. Approve once they are supplied."


class VisitPending(WrongState):
    """A task waits for the shared visit and its combined result."""

    code = "cases.visit_pending"
    zh = "“{visit}”还没有得出结论，或者本部门要求整改后复验。请先完成勘验。"
    en = "The shared visit “{visit_en}” has no result yet, or asks for changes. Finish it first."


class VisitNotPassed(WrongState):
    """The own department's finding was that the site did not pass."""

    code = "cases.visit_not_passed"
    zh = "本部门在“{visit}”中的结论是不通过，不能准予。"
    en = "Your department did not pass the site at “{visit_en}”: it can not be approved."


class FindingRecorded(WrongState):
    """A department's finding of a visit is recorded once, and not before the day of the visit."""

    code = "cases.finding_recorded"
    zh = "本部门的勘验意见已经登记，或者还没到勘验日期（{on}）。"
    en = "Your department's finding is recorded already, or the visit ({on}) has not taken place."


class VisitDate(TongbanError):
    """The day of a visit is a working day after today, within the declared days."""

    code = "cases.visit_date"
    status = 422
    zh = "勘验日期要在 {first} 到 {last} 之间，并且是工作日。"
    en = "Choose a working day from {first} to {last} for the visit."


class NotElsewhere(TongbanError):
    """The matter does not belong to that region, or this node does not serve it."""

    code = "cases.not_elsewhere"
    status = 422
    zh = "按申请内容，这件事不属于“{region}”办理，或者本平台不服务那里。"
    en = "By what was applied for, the matter does not belong to “{region}”, or this node does not serve it."


class NothingToChange(TongbanError):
    """A correction must change something that the licence states."""

    code = "cases.nothing_to_change"
    status = 422
    zh = "请写明要更正的内容：没有变化，或者证照上没有“{field}”。"
    en = "Say what to correct: nothing changes, or the licence has no “{field}”."


class VisitTooEarly(WrongState):
    """The departments that shall go together are not all at work on the case yet."""

    code = "cases.visit_too_early"
    zh = "“{visit}”涉及的环节还没有全部开始，或者已经办结，现在不能安排。"
    en = "Not every task of “{visit_en}” has begun, or all are decided: it can not be arranged now."


class NoLicence(WrongState):
    """The decision issued no licence that is in force."""

    code = "cases.no_licence"
    zh = "这个环节没有仍然有效的证照可以更正。"
    en = "This task has no licence in force that could be corrected."
