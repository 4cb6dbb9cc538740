"""What can be refused about putting a calendar into force; faults of a file itself are ``basics.calendar_errors``."""

from tongban.basics.errors import TongbanError


class CalendarUnknown(TongbanError):
    """No proposal with that id."""

    code = "calendar.unknown"
    status = 404
    zh = "没有编号为 {id} 的日历提案，请用 tongban calendar list 查看。"
    en = "There is no proposal {id}: see tongban calendar list."


class CalendarDecided(TongbanError):
    """The proposal was published or declined already."""

    code = "calendar.decided"
    status = 409
    zh = "这份日历提案已经有结论，不能更改。需要调整的，请提出新的文件（写明 supersedes）。"
    en = "This proposal was decided already and never changes. Propose a new file that supersedes it."


class SamePerson(TongbanError):
    """Nobody approves what they proposed."""

    code = "calendar.same_person"
    status = 403
    zh = "日历须经两人：提出人不能自己批准，请另一位管理员批准。"
    en = "A calendar needs two people: whoever proposed it can not approve it. Ask another administrator."


class ProposedAlready(TongbanError):
    """The same days are waiting for approval."""

    code = "calendar.proposed_already"
    status = 409
    zh = "相同的文件已经提出（{id}），正在等待另一位管理员批准。"
    en = "The same file was proposed already ({id}) and waits for another administrator."


class ReasonsMissing(TongbanError):
    """A proposal is declined with reasons."""

    code = "calendar.reasons_missing"
    status = 422
    zh = "请写明不予批准的理由（至少 5 个字）。"
    en = "State why it is declined (at least five characters)."
