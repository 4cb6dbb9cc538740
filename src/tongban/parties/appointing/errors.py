"""What is refused about appointments, and why."""

from tongban.basics import faults
from tongban.basics.errors import TongbanError
from tongban.basics.faults import Fault


class WishUnfit(faults.Unfit):
    """An appointment as wished has faults; all of them are listed at once and nothing was done."""

    code = "appointing.unfit"


def unfit(field: str, zh: str, en: str) -> WishUnfit:
    """One fault of a wish."""
    return WishUnfit([Fault(field, zh, en)])


class AppointmentUnknown(TongbanError):
    """No such appointment waits or stands; the same answer for one that is somebody else's."""

    code = "appointing.unknown"
    status = 404
    zh = "没有这条授权，或者它已经结束。"
    en = "There is no such appointment, or it has ended."


class TooManyOffers(TongbanError):
    """More offers wait for an answer than one enterprise or person may have open."""

    code = "appointing.too_many"
    status = 409
    zh = "等待对方答复的授权已有 {most} 条，请先撤回不需要的。"
    en = "{most} appointments wait for an answer already: take back those that are not needed."
