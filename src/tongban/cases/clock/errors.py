"""What can be wrong with a file of events or with limits. Each names the event, why, and the repair."""

from typing import Any

from tongban.basics.calendar import CST
from tongban.basics.errors import TongbanError
from tongban.cases.clock.events import ClockEvent


class ClockFault(TongbanError):
    """The events can not have happened so, or the law does not allow one of them.

    ``number`` counts events from 1; ``kind`` and ``at`` (China Standard Time) describe the event.
    """

    code = "clock.fault"
    status = 409

    @classmethod
    def of(cls, number: int, event: ClockEvent, **data: Any) -> "ClockFault":
        """The fault of the event that is the ``number``-th."""
        at = f"{event.at.astimezone(CST):%Y-%m-%d %H:%M:%S}" if event.at.tzinfo else f"{event.at:%Y-%m-%d %H:%M:%S}"
        return cls(field=f"events[{number}]", number=number, kind=event.kind, at=at, **data)


class UnknownKind(ClockFault):
    """No such kind of event."""

    code = "clock.unknown_kind"
    zh = "第 {number} 个事件的类型“{kind}”不认识。请改用：{known}。"
    en = "Event {number} has the unknown kind “{kind}”. Use one of: {known}."


class UnknownCause(ClockFault):
    """A suspension without a known cause."""

    code = "clock.unknown_cause"
    zh = "第 {number} 个事件（{kind}，{at}）的原因“{cause}”不认识。请在 cause 里填：{known}。"
    en = "Event {number} ({kind}, {at}) has the unknown cause “{cause}”. Give one of: {known}."


class NoZone(ClockFault):
    """A time without its zone."""

    code = "clock.no_zone"
    zh = "第 {number} 个事件（{kind}，{at}）的时间没有时区。请补上，例如 +08:00。"
    en = "Event {number} ({kind}, {at}) has a time without a zone. Add it, such as +08:00."


class InTheFuture(ClockFault):
    """An event that has not happened yet."""

    code = "clock.future"
    zh = "第 {number} 个事件（{kind}，{at}）晚于现在（{now}）。请核对时间；还没有发生的事不能记入。"
    en = "Event {number} ({kind}, {at}) is later than now ({now}). Check its time: only the past is recorded."


class NotInOrder(ClockFault):
    """An event that lies before the one listed before it."""

    code = "clock.order"
    zh = "第 {number} 个事件（{kind}，{at}）早于它前面的事件（{before}，{before_at}）。请核对时间，按先后排列。"
    en = "Event {number} ({kind}, {at}) lies before the one listed before it ({before}, {before_at}). Check the times."


class Doubled(ClockFault):
    """The same event twice."""

    code = "clock.doubled"
    zh = "第 {number} 个事件（{kind}，{at}）重复：此前已经记过（{before_at}）。请删去一个。"
    en = "Event {number} ({kind}, {at}) is doubled: it was recorded already ({before_at}). Remove one."


class AfterTheEnd(ClockFault):
    """An event after the case ended."""

    code = "clock.after_end"
    zh = "第 {number} 个事件（{kind}，{at}）发生时，本件已经结束（{before}，{before_at}）。请删去它，或核对结束的事件。"
    en = "Event {number} ({kind}, {at}) lies after the end ({before}, {before_at}). Remove it, or check the end."


class Misplaced(ClockFault):
    """An event that needs another one before it."""

    code = "clock.misplaced"
    zh = "第 {number} 个事件（{kind}，{at}）之前还缺：{missing}。请先记入所缺的事件，或删去这一个。"
    en = "Event {number} ({kind}, {at}) lacks an event before it: {missing}. Record that first, or remove this one."


class NothingToResume(ClockFault):
    """Resumed, though nothing stands."""

    code = "clock.nothing_to_resume"
    zh = "第 {number} 个事件（{kind}，{at}）：此时没有这样的中止（{cause}）。请先记入 suspended，或核对 cause 和 task。"
    en = "Event {number} ({kind}, {at}): nothing stands for {cause}. Record suspended, or check cause and task."


class ResumeWhich(ClockFault):
    """Resumed without saying which of several suspensions."""

    code = "clock.resume_which"
    zh = "第 {number} 个事件（{kind}，{at}）：此时有多个中止（{cause}）。请在 cause 里写明恢复哪一个。"
    en = "Event {number} ({kind}, {at}): several suspensions stand ({cause}). Say in cause which of them ends."


class ExtendedTwice(ClockFault):
    """Extended a second time (Administrative Licensing Law, article 42)."""

    code = "clock.extended_twice"
    zh = "第 {number} 个事件（{kind}，{at}）：期限只能延长一次，{before_at} 已经延长过。请删去它。"
    en = "Event {number} ({kind}, {at}): a limit is extended only once, and that was done at {before_at}. Remove it."


class ExtendedLate(ClockFault):
    """Extended after the last day of the limit."""

    code = "clock.extended_late"
    zh = "第 {number} 个事件（{kind}，{at}）：办理期限已于 {due} 届满，届满后不能再延长。请核对时间，或删去它。"
    en = "Event {number} ({kind}, {at}): the limit ended on {due}: too late to extend. Check the time, or remove it."


class ExtendedTooLong(ClockFault):
    """Extended by more days than the law allows, or by none."""

    code = "clock.extended_too_long"
    zh = "第 {number} 个事件（{kind}，{at}）：延长 {days} 日不符合规定，依据{basis}可延长 1 至 {most} 日。请改正 days。"
    en = "Event {number} ({kind}, {at}): {days} days can not be added; {basis} allows 1 to {most}. Correct days."


class HearingRequestedLate(ClockFault):
    """A hearing requested after the days allowed for it (article 47)."""

    code = "clock.hearing_late"
    zh = "第 {number} 个事件（{kind}，{at}）：申请听证的期限已于 {due} 届满。请核对时间，或删去它。"
    en = "Event {number} ({kind}, {at}): a hearing could be requested until {due}. Check the time, or remove it."


class DeemedTooEarly(ClockFault):
    """Deemed accepted while the authority may still ask for what is missing (article 32)."""

    code = "clock.deemed_early"
    zh = (
        "第 {number} 个事件（{kind}，{at}）：告知补正的期限到 {due} 才届满，此前不能视为受理。请删去，或改为 accepted。"
    )
    en = "Event {number} ({kind}, {at}): not before {due} is over. Remove it, or write accepted."


class LimitUnknown(TongbanError):
    """No limit of this name is in force for the region on that day."""

    code = "clock.limit_unknown"
    status = 422
    zh = "{region} 在 {day} 没有生效的期限“{id}”。请安装应用包 statutes，或补充声明这一天生效的期限。"
    en = "No limit “{id}” is in force in {region} on {day}. Install the pack statutes, or declare one for that day."


class LimitTooLong(TongbanError):
    """A limit that is longer than the one that binds it."""

    code = "clock.limit_too_long"
    status = 422
    zh = "{what_zh} {days} 日，超过{than_zh} {most} 日（{basis}）。请改短；另有规定的，请写明依据（{fill}）。"
    en = "{what_en} of {days} days: {than_en} is {most} ({basis}). Shorten it, or cite the law that allows it ({fill})."
