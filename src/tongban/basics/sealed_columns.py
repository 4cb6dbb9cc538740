"""Which columns hold sealed values, and what binds each to its row: declared by every noun that seals something.

Called by the rotation of keys, which seals anew what an older key sealed, and by the doctor, which counts it.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from tongban.basics.vault import Vault


class SealedColumn(Struct, frozen=True):
    """One column. ``key``: the primary key's columns; ``bound``: further ones that ``context`` needs.

    ``context`` makes of a row with those columns what the value is bound to. ``plain``: with what a value begins that
    was stored before the column was sealed; a rotation seals it. Never the first byte of an envelope.
    """

    table: str
    column: str
    key: tuple[str, ...]
    context: Callable[[Any], bytes]
    bound: tuple[str, ...] = ()
    plain: bytes = b""

    def opened(self, vault: Vault, value: bytes, row: Any) -> bytes:
        """What ``value`` of ``row`` holds. Raises ``KeyMissing``, ``SealBroken``."""
        stored_before = self.plain and value.startswith(self.plain)
        return value if stored_before else vault.open(value, self.context(row))

    @property
    def name(self) -> str:
        """``table.column``, as progress names it."""
        return f"{self.table}.{self.column}"
