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


class WardUnfit(TongbanError):
    """What was entered of a guardian does not fit; the field says what."""

    code = "guarding.unfit"
    status = 422
    zh = "{zh}。"
    en = "{en}."


class GuardianUnknown(TongbanError):
    """No guardian with this id waits or stands: never entered, past its time, or over."""

    code = "guarding.unknown"
    status = 404
    zh = "没有这条监护登记，或者它已经结束、过了复核时限。请刷新页面看最新情况。"
    en = "No such guardian waits or stands any more. Load the page again to see what does."


class GuardianStands(TongbanError):
    """This person is the ward's parent or guardian already."""

    code = "guarding.stands"
    status = 409
    zh = "这个人已经登记为监护人或者父母，不用重复登记；要改期限，请先结束原来的登记。"
    en = "This person is a guardian or parent already. To change until when, end that first."


class Concerned(TongbanError):
    """Who is the ward or the guardian neither enters nor confirms nor ends it."""

    code = "guarding.concerned"
    status = 403
    zh = "与您本人有关，请另一位同事办理。"
    en = "This concerns yourself: a colleague sees to it."
