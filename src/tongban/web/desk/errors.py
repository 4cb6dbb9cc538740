"""What the desk's own forms refuse before a verb is asked."""

from tongban.basics.errors import TongbanError


class ChoiceNeeded(TongbanError):
    """A decision form was sent without one of the decisions that it offers."""

    code = "desk.choice_needed"
    status = 422
    zh = "请先选择一种办理意见。"
    en = "Choose one of the decisions first."


class DayNeeded(TongbanError):
    """A day was left out or cannot be read."""

    code = "desk.day_needed"
    status = 422
    zh = "请填写日期，例如 2026-11-30。"
    en = "Give a day, such as 2026-11-30."


class PlaceUnfit(TongbanError):
    """The place in a list from which to go on cannot be read: the address was cut or changed."""

    code = "desk.place_unfit"
    status = 400
    zh = "列表的位置无法识别，可能地址不完整。请从待办第一页重新开始。"
    en = "The place in the list could not be read; the address may be incomplete. Start from the first page."


class NumberUnfit(TongbanError):
    """A number or day was left out, cannot be read, or lies outside what is possible. ``field`` names it."""

    code = "desk.number_unfit"
    status = 422
    zh = "请填写正整数或者有效的日期。"
    en = "Give a whole number above zero, or a day that exists."
