"""Which tasks of a case await the answer to a superior's demand. Pure; read from the case's own events."""

from collections.abc import Iterable, Mapping
from typing import Any


def urged_tasks(events: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The tasks about which a demand is open, '' for the case as a whole. ``events`` in the order they happened."""
    waiting: dict[str, str] = {}
    for event in events:
        urging = str(event["detail"].get("urging"))
        if event["kind"] == "case.urged":
            waiting[urging] = event["task"] or ""
        elif event["kind"] == "case.urging_answered":
            waiting.pop(urging, None)
    return frozenset(waiting.values())
