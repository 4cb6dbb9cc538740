"""What is refused at the window where a clerk helps somebody to apply."""

from tongban.basics.errors import TongbanError


class CardNotSeen(TongbanError):
    """The clerk did not say that person and card were seen."""

    code = "assisting.card_not_seen"
    status = 422
    zh = "请先核对本人和身份证，再勾选。"
    en = "See that person and card are one first, then tick this."


class NameDiffers(TongbanError):
    """The number is known with another name."""

    code = "assisting.name_differs"
    status = 422
    zh = "姓名和号码对不上，请照身份证再填一次。"
    en = "Name and number do not belong together. Type both again as on the card."


class Underage(TongbanError):
    """Parents and guardians apply for a child."""

    code = "assisting.underage"
    status = 422
    zh = "不满 18 周岁的人由父母或者其他监护人办理。"
    en = "For whoever is under 18 a parent or guardian applies."


class Oneself(TongbanError):
    """Nobody takes in their own matter."""

    code = "assisting.oneself"
    status = 422
    zh = "自己的事请用自己的账号办理，或者请另一位同事受理。"
    en = "Apply in your own matter with your own account, or let a colleague take it in."


class ConfirmationMissing(TongbanError):
    """What a clerk filled in must be confirmed by the person before it is sent, as it stands."""

    code = "assisting.confirmation_missing"
    status = 409
    zh = "提交前请本人核对：在打印件上签字，或者报出手机上收到的验证码。改过以后要重新确认。"
    en = "The person confirms first: by signing the print, or by the code sent to their telephone; anew after a change."


class NothingWaits(TongbanError):
    """The same answer whether the number is unknown, another's, of another region or waits for nothing."""

    code = "assisting.nothing_waits"
    status = 404
    zh = "没有找到这个人等着补正或退回修改的办件。请照回执或补正告知书上的办件编号再填一次。"
    en = (
        "No case of this person under this number waits for a supplement or was returned. Type the number as on the "
        "receipt or notice."
    )


class DecidesIt(TongbanError):
    """Whoever decides on a case does not hand anything in for its applicant."""

    code = "assisting.decides_it"
    status = 403
    zh = "这件事由您任职的部门办理，请另一位窗口同事代交。"
    en = "Your own department handles this case. Let another clerk hand it in."
