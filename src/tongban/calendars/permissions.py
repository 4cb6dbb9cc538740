"""What may be done with calendars, and by whom: two administrators put one into force."""

from tongban.parties.access.definitions import Action

ACTIONS = (
    Action("calendar.propose", ("administers",), "提出工作日历", "propose a calendar"),
    Action(
        "calendar.approve", ("administers",), "批准或退回工作日历", "approve or decline a calendar",
        apart_from="calendar.propose",
    ),
)  # fmt: skip
