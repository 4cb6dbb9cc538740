"""What can be refused about tickets and urging."""

from tongban.basics.errors import TongbanError
from tongban.cases.errors import WrongState


class TicketNotFound(TongbanError):
    """No such ticket, or not this actor's to see: the answer is the same."""

    code = "tickets.not_found"
    status = 404
    zh = "没有找到这张工单，或者它不在您可以查看的范围内。"
    en = "There is no such ticket, or it is not yours to see."


class HeadNeeded(TongbanError):
    """A severe ticket is answered by the head of the department."""

    code = "tickets.head_needed"
    status = 403
    zh = "这张工单情况严重，须由部门负责人答复。请转告负责人办理。"
    en = "This ticket is severe: the head of the department answers it. Please tell them."


class OwnAnswer(TongbanError):
    """Whoever answered a ticket may not also confirm the answer; giving it back is open to them."""

    code = "tickets.own_answer"
    status = 403
    zh = "这张工单是您本人答复的，须由本部门另一位同事核实。发现答复不妥，您可以退回重办。"
    en = "You answered this ticket yourself: a colleague of your department verifies it. You may still give it back."


class UrgedAlready(WrongState):
    """The same demand is open already."""

    code = "urging.already"
    zh = "这个环节已经督办，对方还没有答复。请先查看现有督办。"
    en = "This task is being urged already and the answer is still awaited. See the present demand."


class UrgingDay(TongbanError):
    """The day by which an answer is due does not fit."""

    code = "urging.day"
    status = 422
    zh = "答复期限应是今天之后、{most} 之前的工作日。"
    en = "The answer is due on a working day after today and not after {most}."


class UrgingAnswered(WrongState):
    """The demand was answered already."""

    code = "urging.answered"
    zh = "这次督办已经答复过了。"
    en = "This demand was answered already."


class NothingToUrge(WrongState):
    """The task is not waiting for anybody, or the case is over."""

    code = "urging.nothing"
    zh = "这个环节现在没有需要督办的内容：尚未开始或已经办结。"
    en = "There is nothing to urge: the task has not begun or is done."


class UseNotFound(TongbanError):
    """No such use of data, or not one of this actor's data: the answer is the same."""

    code = "objections.use_not_found"
    status = 404
    zh = "没有找到这条查询记录，或者查的不是您的数据。"
    en = "There is no such look-up, or it was not about your data."


class ObjectedAlready(WrongState):
    """The same objection was made already."""

    code = "objections.already"
    zh = "这条查询记录您已经提出过同样的异议，办理情况就在记录下面。"
    en = "You have said this about the look-up already; where it stands is shown below it."


class NoObjections(TongbanError):
    """No installed pack says how objections are worked off."""

    code = "objections.none_here"
    status = 409
    zh = "本地还不能在网上提出异议，请直接联系查询部门，或者拨打 12345。"
    en = "Objections can not be made online here yet: please turn to the department that looked, or call 12345."
