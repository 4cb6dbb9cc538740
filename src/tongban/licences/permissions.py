"""What may be done with licences, and by whom."""

from tongban.parties.access.definitions import Action, Purpose

ACTIONS = (
    Action(
        "licence.read", ("owner",), "查看和使用本人（本企业）的证照", "read and use one's own licences",
        personal=True, purpose=Purpose("持证人本人使用", "for the holder's own use"),
    ),
    Action(
        "licence.present", ("owner",), "出示本人（本企业）的证照", "show one's own licences",
        personal=True, purpose=Purpose("持证人当面或在线证明自己的资格", "so that the holder proves what they hold"),
    ),
    Action(
        "licence.oversee", ("decides",), "查看本部门颁发的证照", "read licences that one's department issued",
        personal=True, purpose=Purpose("颁发部门管理其颁发的证照", "for the issuing department to keep its licences"),
    ),
    Action("licence.suspend", ("decides",), "暂停本部门颁发的证照", "suspend licences that one's department issued"),
    Action(
        "licence.ask_change", ("decides",), "提出恢复、注销、撤销、吊销、更正、换发",
        "ask to resume, end, correct or reissue a licence",
    ),
    Action(
        "licence.confirm_change", ("heads",), "复核证照变更（不能复核自己提出的）",
        "confirm a change of a licence that somebody else asked for", apart_from="licence.ask_change",
    ),
)  # fmt: skip
