"""What can go wrong when a service is looked for."""

from tongban.basics.errors import TongbanError


class UnknownJourney(TongbanError):
    """No such journey, or its pack version is not installed on this node."""

    code = "services.unknown_journey"
    status = 404
    zh = "没有找到办事事项“{journey}”。请从首页搜索，或联系窗口。"
    en = "There is no journey “{journey}” here. Search from the home page, or ask at the window."
