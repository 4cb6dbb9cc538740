"""What is refused to whoever claims an enterprise, and why."""

from tongban.basics.errors import TongbanError


class NotRepresentative(TongbanError):
    """The register does not name the actor; the same answer for an unknown, a cancelled and a revoked enterprise."""

    code = "representing.not_representative"
    status = 422
    zh = (
        "登记信息没有显示您是这家企业的法定代表人，请核对统一社会信用代码；"
        "刚办完变更登记的，请等登记机关更新后再试；您不是法定代表人的，请法定代表人授权您办理。"
    )
    en = (
        "The register does not name you as this enterprise's legal representative. Check the code; after a change wait "
        "until it is registered; if you are not, ask the legal representative to appoint you."
    )


class MarketRegisterSilent(TongbanError):
    """The register of market subjects is not connected here, or does not answer now: nothing changes."""

    code = "representing.register_silent"
    status = 503
    zh = "现在无法向市场主体登记部门核对，您填写的内容还在，请稍后再试，或者带营业执照到窗口办理。"
    en = "The register does not answer now. What you typed is kept: try again later, or bring the licence to a window."
