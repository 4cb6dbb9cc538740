"""What came by HTTP and what goes back, without a framework: what the protocol's server reads and returns."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

Pairs = list[tuple[str, str]]


class Asked(Struct, frozen=True):
    """A request as sent. ``headers`` by their usual names, such as ``Authorization``."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    query: Pairs = []
    form: Pairs = []

    @property
    def values(self) -> dict[str, str]:
        """The first value of every parameter, of the form before those of the address."""
        return dict(reversed([*self.form, *self.query]))


class Answered(Struct, frozen=True):
    """What goes back: a document, or a ``Location`` among the headers."""

    status: int
    body: Any
    headers: Pairs

    @property
    def location(self) -> str | None:
        """Where the person is sent, if anywhere."""
        return next((value for name, value in self.headers if name.lower() == "location"), None)
