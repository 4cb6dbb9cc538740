"""What is refused about guardians, and why."""

from tongban.basics.errors import TongbanError


class ParentageUnproved(TongbanError):
    """No register says that the actor is a parent of this child; the same answer for an unknown child."""

    code = "guarding.unproved"
    status = 422
    zh = "登记信息没有显示您是这个孩子的父母，请核对姓名和身份证号码；确实有误的，请到派出所更正登记。"
    en = "No register says that you are this child's parent. Check name and number, or have the register corrected."


class OfAge(TongbanError):
    """Whoever is of age acts for themself."""

    code = "guarding.of_age"
    status = 422
    zh = "满 18 周岁的人由本人办理，也可以由本人授权您代办。"
    en = "Whoever is 18 or older applies themself, or lets you act for them."


class RegisterNotConnected(TongbanError):
    """The register of parents and children is not connected here, or does not answer now."""

    code = "guarding.register_silent"
    status = 503
    zh = "现在无法向登记部门核对，您填写的内容还在，请稍后再试，或者带户口簿到窗口办理。"
    en = "The register does not answer now. What you typed is kept: try again later, or come to a window."
