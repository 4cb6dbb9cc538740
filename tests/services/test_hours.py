"""An instant journey promises office hours; any other promises days."""

from dataclasses import replace

import msgspec
from tests.services.exported_journeys import packs_journeys

from tongban.services.catalogue import JourneyVersion


def in_hours(version: JourneyVersion, hours: dict[str, int | None]) -> JourneyVersion:
    """``version`` with these hours for the items of its tasks."""
    limits = {task.item: hours.get(task.id) for task in version.journey.tasks}
    items = {name: msgspec.structs.replace(item, hours=limits.get(name)) for name, item in version.items.items()}
    return replace(version, items=items)


def test_an_instant_journey_promises_the_hours_of_its_item() -> None:
    assert packs_journeys()["household-proof"].hours == 2


def test_a_journey_with_a_step_that_takes_days_promises_no_hours() -> None:
    assert packs_journeys()["birth"].hours is None
    first, *_ = (task.id for task in packs_journeys()["move-in"].journey.tasks)
    assert in_hours(packs_journeys()["move-in"], {first: 2}).hours is None


def test_hours_of_steps_that_wait_for_each_other_add_up_and_others_do_not() -> None:
    version = packs_journeys()["move-in"]
    first, second = (task.id for task in version.journey.tasks)
    tasks = {task.id: task for task in version.journey.tasks}
    aside = [tasks[first], msgspec.structs.replace(tasks[second], after=[])]
    behind = [tasks[first], msgspec.structs.replace(tasks[second], after=[first])]
    for given, promised in ((aside, 3), (behind, 5)):
        journey = msgspec.structs.replace(version.journey, tasks=given)
        assert in_hours(replace(version, journey=journey), {first: 2, second: 3}).hours == promised
