"""Collects the faults of one rule's text, with their places. Used by ``screen`` and ``reading`` only."""

from tongban.basics.rules.errors import RuleFault


class Faults:
    """A growing list of faults over one source; offsets become lines and columns."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._found: dict[tuple[str, int, str], RuleFault] = {}

    def add(self, code: str, offset: int, found: str, **data: str) -> None:
        """Notes a fault at a character offset, once."""
        line = self.source.count("\n", 0, offset) + 1
        column = offset - self.source.rfind("\n", 0, offset)
        short = found if len(found) <= 80 else found[:80] + "…"
        self._found.setdefault((code, offset, short), RuleFault(code, line, column, short, data))

    def __bool__(self) -> bool:
        return bool(self._found)

    def sorted(self) -> tuple[RuleFault, ...]:
        """All faults in reading order."""
        return tuple(sorted(self._found.values(), key=lambda fault: (fault.line, fault.column, fault.code)))
