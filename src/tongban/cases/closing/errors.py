"""What can be refused about closing an account."""

from tongban.cases.errors import WrongState


class ClosingHeld(WrongState):
    """Something must be settled first; each is named with its repair."""

    code = "closing.held"
    zh = "现在还不能注销账号，账号和数据没有变化：{zh}。"
    en = "The account can not be closed yet; nothing has changed: {en}."
