"""Which columns hold sealed values, and what binds each to its row: declared by every noun that seals something.

Called by the rotation of keys, which seals anew what an older key sealed, and by the doctor, which counts it.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class SealedColumn(Struct, frozen=True):
    """One column. ``key``: the primary key's columns; ``bound``: further ones that ``context`` needs.

    ``context`` makes of a row with those columns what the value is bound to.
    """

    table: str
    column: str
    key: tuple[str, ...]
    context: Callable[[Any], bytes]
    bound: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``table.column``, as progress names it."""
        return f"{self.table}.{self.column}"
