"""What exists already that is like a project: found, and explained so that people can judge it. Pure.

Called before a project is approved. A likeness has three parts: what title and purpose say, which functions agree,
which data both use. Its score is their mean, weighed 30, 45 and 25; a part about which the project says nothing is
left out. Texts are compared by pairs of characters (Dice's coefficient).
"""

from collections.abc import Iterable, Sequence

from tongban.basics.matching import asked_grams, fold, likeness
from tongban.resources.catalogue.definitions import ApplicationContent, ComponentContent, Project
from tongban.resources.catalogue.models import Entry, Finding

WORDS, FUNCTIONS, DATA = 30, 45, 25
SAME = 0.5
"""How alike two names of functions must be to count as the same."""
MOST = 10


def compare(project: Project, existing: Iterable[Entry], least: int) -> list[Finding]:
    """What of ``existing`` is like ``project``, at least ``least`` percent, the most alike first, at most ten."""
    found = [finding for entry in existing if (finding := _finding(project, entry)).score >= least]
    return sorted(found, key=lambda one: (-one.score, one.name))[:MOST]


def _finding(project: Project, entry: Entry) -> Finding:
    content = entry.content
    system = content if isinstance(content, ApplicationContent | ComponentContent) else None
    functions = _same_functions(project.functions, system.functions if system else [])
    data = sorted(set(project.data) & set(system.data if system else []))
    words = shared_words(f"{project.title} {project.purpose}", f"{content.name} {content.summary}")
    parts = [(WORDS, _word_share(project, content.name, content.summary))]
    if project.functions:
        parts.append((FUNCTIONS, len({own for own, _ in functions}) / len(project.functions)))
    if project.data:
        parts.append((DATA, len(data) / len(set(project.data))))
    score = sum(weight * share for weight, share in parts) / sum(weight for weight, _ in parts)
    return Finding(
        entry.id, entry.kind, content.name, entry.provider, round(100 * score), words if score else [], functions, data
    )


def _word_share(project: Project, name: str, summary: str) -> float:
    """How much of title and purpose the other says, or the other way round where that is more."""
    whole = likeness(f"{project.title} {project.purpose}", f"{name} {summary}")
    return max(whole, likeness(project.title, name))


def _same_functions(own: Sequence[str], other: Sequence[str]) -> list[tuple[str, str]]:
    """Each of ``own`` with the most similar of ``other``, where they are alike enough."""
    pairs = []
    for function in own:
        best = max(other, key=lambda known: likeness(function, known), default="")
        if best and likeness(function, best) >= SAME:
            pairs.append((function, best))
    return pairs


def shared_words(one: str, two: str) -> list[str]:
    """The longest runs of ``one`` that ``two`` holds too, of two characters or more, as they stand in ``one``."""
    grams, folded = set(asked_grams(two)), fold(one)
    found: list[str] = []
    start = 0
    while start < len(one) - 1:
        end = start
        while end + 1 < len(one) and folded[end : end + 2] in grams:
            end += 1
        if end > start:
            found.append(one[start : end + 1])
        start = max(end, start + 1)
    return list(dict.fromkeys(found))
