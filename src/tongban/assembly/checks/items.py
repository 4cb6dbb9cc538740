"""Quality rules of an implementation list, as far as a pack declares the elements they speak of.

A city ran these on its own list: visits need a reason, what is done online needs no visit, questions and
complaints go to different numbers, a licensing item answers at least one frequent question.
"""

from collections.abc import Iterator

from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.services.definitions import Item

LICENSING = "01"
INSTANT = 1


def check(scope: Scope) -> Iterator[Fault]:
    """Items that contradict themselves, and tasks of another department than their item."""
    for item in scope.pack.items:
        yield from _item(scope, item)
    for journey in scope.pack.journeys:
        for task in journey.tasks:
            own = scope.items.get(task.item)
            if own is not None and own.department and task.department != own.department:
                yield scope.fault(
                    task, "department", code="item.department", found=task.department, item=own.id,
                    department=own.department,
                )  # fmt: skip


def _item(scope: Scope, item: Item) -> Iterator[Fault]:
    if item.trips < 0:
        yield scope.fault(item, "trips", code="limit.negative", found=item.trips)
    if item.trips > 0 and not item.trip_reason:
        yield scope.fault(item, "trip_reason", code="item.trip_reason", found=item.trips)
    if item.online and item.trips > 0:
        yield scope.fault(item, "trips", code="item.online_trips", found=item.trips)
    if item.consult_phone and item.consult_phone == item.complaint_phone:
        yield scope.fault(item, "complaint_phone", code="item.phones", found=item.complaint_phone)
    if item.type == LICENSING and not item.faq:
        yield scope.fault(item, "faq", code="item.faq")
    if not item.basis:
        yield scope.fault(item, "basis", code="item.basis")
    if item.finish == INSTANT and item.promise.days > 1:
        yield scope.fault(item.promise, "days", code="item.instant", found=item.promise.days)
    for other in item.also_at:
        if not 1 <= other.level <= 7 or other.level == item.level:
            yield scope.fault(other, "level", code="item.level", found=other.level)
        if not other.basis.strip():
            yield scope.fault(other, "basis", code="item.basis")
    if not 1 <= item.level <= 7:
        yield scope.fault(item, "level", code="item.level", found=item.level)
