"""What can be refused about asking for data."""

from tongban.basics.errors import TongbanError
from tongban.cases.errors import WrongState
from tongban.resources.granting.route import LineFault

# code of a fault → (Simplified Chinese, English)
FAULTS: dict[str, tuple[str, str]] = {
    "resource": ("平台上没有这个数据资源", "the platform has no such resource"),
    "purpose": ("没有写明用途", "the purpose is missing"),
    "basis": ("没有写明法律依据", "the legal basis is missing"),
    "fields": ("没有选择字段", "no field is chosen"),
    "field": ("没有字段“{found}”", "there is no field “{found}”"),
    "mask": ("字段“{found}”不能这样脱敏", "the field “{found}” can not be masked so"),
    "rows": ("行条件读不懂：{found}", "the row condition does not read: {found}"),
    "never": ("行条件永远不成立", "the row condition can never hold"),
    "excess": ("“{found}”超出了主题所需", "“{found}” goes beyond the theme"),
    "wider": ("“{found}”比主题规定的宽", "“{found}” is wider than the theme says"),
}


class BasketUnfit(TongbanError):
    """The automatic check found faults; all are told at once and nothing was sent."""

    code = "sharing.unfit"
    status = 422
    zh = "申请还不能发出：{details}。"
    en = "The request can not be sent yet: {details_en}."

    def __init__(self, faults: list[LineFault], names: dict[str, str]) -> None:
        self.faults = faults
        told = [(names.get(one.resource, one.resource), FAULTS[one.code], one.found) for one in faults]
        super().__init__(
            details="；".join(f"{name}：{words[0].format(found=found)}" for name, words, found in told),
            details_en="; ".join(f"{name}: {words[1].format(found=found)}" for name, words, found in told),
        )


class BasketEmpty(TongbanError):
    """There is nothing in the basket to be sent."""

    code = "sharing.empty"
    status = 422
    zh = "篮子是空的。请先从数据目录放入需要的数据。"
    en = "The basket is empty. Put data into it from the catalogue first."


class BasketInUse(WrongState):
    """A theme is asked for as a whole: the basket holds something else already."""

    code = "sharing.basket_in_use"
    zh = "篮子里已经有别的数据。请先发出或者清空，再按主题申请。"
    en = "The basket holds other data already. Send or empty it before asking for a theme."


class BasketNotFound(TongbanError):
    """No such basket, or not this actor's to see: the answer is the same."""

    code = "sharing.basket_not_found"
    status = 404
    zh = "没有找到这份申请，或者它不在您可以查看的范围内。"
    en = "There is no such request, or it is not yours to see."


class RequestNotFound(BasketNotFound):
    """No such request to a provider, or not this actor's to see."""

    code = "sharing.request_not_found"


class ThemeUnknown(TongbanError):
    """No pack declares this theme, or another department works in its scene."""

    code = "sharing.theme_unknown"
    status = 404
    zh = "没有这个数据主题，或者它不归本部门使用。"
    en = "There is no such theme, or it is another department's."


class SharingUndeclared(TongbanError):
    """No installed pack says how requests for data go."""

    code = "sharing.undeclared"
    status = 409
    zh = "还没有安装规定数据共享申请办法的应用包，暂时不能申请。"
    en = "No pack that says how data is asked for is installed."


class AnswerUnfit(TongbanError):
    """An answer does not fit what was asked. ``field`` is the id of the line."""

    code = "sharing.answer_unfit"
    status = 422
    zh = "“{resource}”的答复不能成立：{problem}。"
    en = "The answer about “{resource}” can not stand: {problem_en}."


class SecondPerson(TongbanError):
    """Whoever answered may not also consent."""

    code = "sharing.second_person"
    status = 403
    zh = "这份答复是您本人作出的，须由另一位负责人审批。"
    en = "You gave this answer yourself: another head must consent."


class TokenUnfit(TongbanError):
    """The text is no token of this grant. Nothing about its content is said."""

    code = "sharing.token_unfit"
    status = 422
    zh = "这不是这项授权给出的代码，无法还原。"
    en = "This is no code that the grant gave; it can not be turned back."
