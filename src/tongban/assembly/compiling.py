"""Turns a sound pack into what runs: rules compiled once, forms as JSON Schema, one version a journey.

Called when packs are assembled at start and after an installation, never during a request.
"""

from collections.abc import Iterator, Mapping, Sequence

from tongban.assembly.definitions import Pack
from tongban.assembly.vocabulary import Vocabulary
from tongban.basics import rules
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Form, Item, Journey
from tongban.services.forms import form_schema


def compile_journey(pack: Pack, journey: Journey, others: Sequence[Pack] = ()) -> JourneyVersion:
    """``journey`` of a checked ``pack``, ready to run. ``others`` are the packs that it requires.

    Raises ``RuleRefused`` or ``KeyError`` only for a pack that was not checked.
    """
    reach = [pack, *(other for other in others if other.manifest.id in pack.manifest.requires)]
    form = next(form for form in pack.forms if form.id == journey.form)
    items = {item.id: item for one in reversed(reach) for item in one.items}
    strings = _strings(reach)
    schema = _vocabulary(journey, form, reach, strings.get("en", {})).schema()
    return JourneyVersion(
        pack=pack.manifest.id,
        version=pack.manifest.version,
        journey=journey,
        form=form,
        items=_used(items, journey),
        rules={source: rules.compile(source, schema) for source in set(expressions(journey, form))},
        schema=form_schema(form),
        strings=strings,
    )


def expressions(journey: Journey, form: Form) -> Iterator[str]:
    """Every expression of a journey and its form."""
    yield from (condition.rule for condition in journey.eligible)
    yield from (material.when for material in journey.materials if material.when is not None)
    yield from (task.when for task in journey.tasks if task.when is not None)
    yield from (field.when for field in form.fields if field.when is not None)
    yield from (check.rule for check in form.checks)
    yield from (commitment.when for commitment in journey.commitments if commitment.when is not None)
    yield from (visit.when for visit in journey.visits if visit.when is not None)
    yield from [journey.fast_lane.rule] if journey.fast_lane else []


def _used(items: Mapping[str, Item], journey: Journey) -> dict[str, Item]:
    return {task.item: items[task.item] for task in journey.tasks}


def _strings(reach: Sequence[Pack]) -> dict[str, dict[str, str]]:
    languages = {language for pack in reach for language in pack.strings}
    return {
        language: {text: said for pack in reversed(reach) for text, said in pack.strings.get(language, {}).items()}
        for language in languages
    }


def _vocabulary(journey: Journey, form: Form, reach: Sequence[Pack], english: Mapping[str, str]) -> Vocabulary:
    resources = {resource.id: resource for pack in reversed(reach) for resource in pack.resources}
    licences = {licence.id: licence for pack in reversed(reach) for licence in pack.licences}
    return Vocabulary(journey, form, resources, licences, english)
