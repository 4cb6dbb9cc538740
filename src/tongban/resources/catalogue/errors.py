"""What is refused about the catalogue, and why."""

from tongban.basics import faults
from tongban.basics.errors import TongbanError


class EntryUnfit(faults.Unfit):
    """An entry, a project or a file has faults; all of them are listed at once."""

    code = "catalogue.unfit"


class EntryUnknown(TongbanError):
    """There is no such entry, or it is not published and not the reader's."""

    code = "catalogue.unknown"
    status = 404
    zh = "目录中没有这一条，或者它还没有发布。"
    en = "The catalogue has no such entry, or it is not published."


class EntryMoved(TongbanError):
    """Somebody else changed the entry meanwhile."""

    code = "catalogue.moved"
    status = 409
    zh = "这一条目录刚被修改过，请重新打开后再改。您填写的内容没有保存。"
    en = "The entry was changed meanwhile. Open it again; what you typed was not saved."


class StateUnfit(TongbanError):
    """The entry or project is not in a state that allows this."""

    code = "catalogue.state_unfit"
    status = 409
    zh = "当前状态（{state}）不能这样处理，请刷新后再看。"
    en = "Not possible in its present state ({state}). Load the page again."


class ReasonsMissing(TongbanError):
    """Whoever returns, withdraws or declines says why."""

    code = "catalogue.reasons_missing"
    status = 422
    zh = "请写明理由（至少 5 个字），对方会看到。"
    en = "State the reasons, in at least five characters: the other side reads them."


class PlaceUnfit(TongbanError):
    """The place in the list is not one that a page handed out."""

    code = "catalogue.place_unfit"
    status = 400
    zh = "翻页位置无效，请从第一页开始。"
    en = "The place in the list is not valid. Start from the first page."


class DepartmentUnknown(TongbanError):
    """The region has no such department."""

    code = "catalogue.department_unknown"
    status = 422
    zh = "本区没有部门 {department}。"
    en = "The region has no department {department}."


class CategoryUnfit(TongbanError):
    """A published resource keeps the category that its code says."""

    code = "catalogue.category_unfit"
    status = 422
    zh = "代码 {code} 已经使用，分类码不能再改；确需改类的，请撤下后重新登记。"
    en = "Code {code} is in use, so its category stays. To change it, withdraw the entry and enter it anew."


class ProjectUnknown(TongbanError):
    """There is no such project, or it is another department's."""

    code = "catalogue.project_unknown"
    status = 404
    zh = "没有这个项目，或者它属于别的部门。"
    en = "There is no such project, or it is another department's."


class OwnProject(TongbanError):
    """Nobody decides about a project that they proposed."""

    code = "catalogue.own_project"
    status = 403
    zh = "自己提出的项目不能自己审批，请另一位数据管理员处理。"
    en = "Nobody decides about their own project: ask another data administrator."


class LikenessUnanswered(TongbanError):
    """The project is like something that exists, and the department has not said why it is needed all the same."""

    code = "catalogue.likeness_unanswered"
    status = 409
    zh = "还有 {count} 项相似的已有建设没有答复（{first}），不能批准。"
    en = "{count} likenesses to what exists are not answered ({first}); it can not be approved."


class HarvesterUnknown(TongbanError):
    """The token belongs to no registered node."""

    code = "catalogue.harvester_unknown"
    status = 401
    zh = "采集令牌无效或已撤销，请向目录所在平台重新登记。"
    en = "The harvesting token is not valid. Register again at the node that keeps the catalogue."


class HarvesterExists(TongbanError):
    """A node of that name is registered already."""

    code = "catalogue.harvester_exists"
    status = 409
    zh = "{name} 已经登记；要换令牌请先撤销。"
    en = "{name} is registered already; revoke it first to give it a new token."


class HarvesterMissing(TongbanError):
    """No node of that name is registered."""

    code = "catalogue.harvester_missing"
    status = 404
    zh = "没有登记过名为 {name} 的采集方。"
    en = "No harvester of the name {name} is registered."


class CursorAhead(TongbanError):
    """The cursor lies beyond the newest position."""

    code = "catalogue.cursor_ahead"
    status = 409
    zh = "游标 {cursor} 超过了最新位置 {last}。"
    en = "Cursor {cursor} lies beyond the newest position {last}."


class FeedRefused(TongbanError):
    """A batch can not be believed; nothing of it was kept."""

    code = "catalogue.feed_refused"
    status = 502
    zh = "收到的目录不可信，没有保存：{reason_zh}。"
    en = "The batch can not be believed and was not kept: {reason_en}."
