"""What can be wrong with a question about measures."""

from tongban.basics.errors import TongbanError


class MonthsUnfit(TongbanError):
    """The months asked for are none, or too many, or the wrong way round."""

    code = "measures.months_unfit"
    status = 422
    zh = "月份应写成“2026-11”，从早到晚，最多 {most} 个月。请改正后再查。"
    en = "Write months as 2026-11, the earlier first, at most {most} of them. Correct them and ask again."
