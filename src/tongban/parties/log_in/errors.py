"""What can go wrong when somebody opens, secures or gets back an account."""

from tongban.basics.errors import TongbanError


class PasswordUnfit(TongbanError):
    """A new password breaks a rule; ``reason`` says which one and how to mend it."""

    code = "log_in.password_unfit"
    status = 422
    zh = "{reason}"
    en = "{reason_en}"


class InvitationUnfit(TongbanError):
    """A one-time link was never made, was used, was replaced, or is past its time: the same answer for all four."""

    code = "log_in.invitation_unfit"
    status = 404
    zh = "这个链接不能用了：它只能用一次，而且有时限。请向给您链接的人要一个新的。"
    en = "This link is no longer good: it works once and for a limited time. Ask whoever sent it for a new one."
