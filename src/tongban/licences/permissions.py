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
)  # fmt: skip
