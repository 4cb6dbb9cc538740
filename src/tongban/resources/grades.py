"""How sensitive data is: the grade of a whole from the grades of its parts, the highest wins.

Called by the catalogue and by whatever decides about grants. Law followed: Data Security Law article 21; GB/T
43697-2024 (core over important over general; of several the higher).
"""

from collections.abc import Iterable

from msgspec import Struct

from tongban.resources.definitions import Grade, Importance, ResourceField

GRADES: tuple[Grade, ...] = ("L1", "L2", "L3", "L4")
IMPORTANCE: tuple[Importance, ...] = ("general", "important", "core")


class Grading(Struct, frozen=True):
    """The grade and the importance of some data as a whole."""

    grade: Grade
    importance: Importance

    def within(self, grade: Grade, importance: Importance = "general") -> bool:
        """Whether nothing in it is above ``grade`` or ``importance``."""
        return GRADES.index(self.grade) <= GRADES.index(grade) and IMPORTANCE.index(
            self.importance
        ) <= IMPORTANCE.index(importance)


def highest(fields: Iterable[ResourceField]) -> Grading:
    """The grading of ``fields`` together. Of no fields nothing is known: the strictest."""
    parts = [(GRADES.index(field.grade), IMPORTANCE.index(field.importance)) for field in fields]
    if not parts:
        return Grading(GRADES[-1], IMPORTANCE[-1])
    return Grading(GRADES[max(grade for grade, _ in parts)], IMPORTANCE[max(which for _, which in parts)])
