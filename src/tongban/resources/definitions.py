"""What a pack declares about data: resources, and the grants its journeys need (frozen)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Identifier = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,62}$")]
Grade = Literal["L1", "L2", "L3", "L4"]


class ResourceField(Struct, frozen=True, forbid_unknown_fields=True):
    """One information item of a resource (信息项). ``key``: a look-up may match on it."""

    id: str
    label: str
    kind: Literal["text", "date", "integer", "boolean"] = "text"
    key: bool = False
    grade: Grade = "L2"


class Resource(Struct, frozen=True, forbid_unknown_fields=True):
    """A described data set or service with an owner (政务数据资源目录 core metadata).

    ``provider``: the department role that owns it. ``fresh_days``: calendar days a found record may serve
    as evidence before it must be looked up again.
    """

    id: Identifier
    name: str
    provider: str
    fields: list[ResourceField]
    sharing: Literal["unconditional", "conditional"] = "conditional"
    condition: str | None = None
    cycle: str = "实时"
    summary: str | None = None
    fresh_days: int = 30

    def field(self, field_id: str) -> ResourceField | None:
        """The field with ``field_id``, or None."""
        return next((f for f in self.fields if f.id == field_id), None)


class GrantNeed(Struct, frozen=True, forbid_unknown_fields=True):
    """The grant a journey needs: who may see which fields, for which purpose, how long.

    ``consumer``: a department role. ``valid_days``: calendar days from installation.
    """

    id: Identifier
    resource: str
    consumer: str
    journey: str
    fields: list[str]
    purpose: str
    basis: str
    valid_days: int = 365
