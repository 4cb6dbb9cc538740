"""What can be wrong with a list of licences that are not in force."""

from tongban.basics.errors import TongbanError


class ListMissing(TongbanError):
    """No list was made for this region yet."""

    code = "licences.list_missing"
    status = 404
    zh = "这个地区还没有生成失效证照清单，请过十分钟再试。"
    en = "No list of licences was made for this region yet. Try again in ten minutes."


class ListUnfit(TongbanError):
    """The file is no list, or nobody known signed it."""

    code = "licences.list_unfit"
    status = 422
    zh = "这不是可信的失效证照清单：{reason_zh}。请从发证平台重新下载。"
    en = "This is no list to be trusted: {reason_en}. Fetch it from the issuing platform again."


class ListOld(TongbanError):
    """A newer list must be fetched before anything is concluded from its silence."""

    code = "licences.list_old"
    status = 422
    zh = "清单已于 {until} 过期，不能据此判断证照仍然有效。请下载新的清单。"
    en = "The list ended on {until}: that a licence is not on it proves nothing any more. Fetch a new one."


class ListElsewhere(TongbanError):
    """The licence is kept in another region than the list speaks of."""

    code = "licences.list_elsewhere"
    status = 422
    zh = "证照登记在 {region}，清单是 {listed} 的。请下载登记地的清单。"
    en = "The licence is kept in {region}, the list is that of {listed}. Fetch the list of its region."
