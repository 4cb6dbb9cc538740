"""What a pack declares about data: resources, and the grants its journeys or the platform itself need (frozen)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Identifier = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,62}$")]
Grade = Literal["L1", "L2", "L3", "L4"]
Importance = Literal["general", "important", "core"]
Sharing = Literal["unconditional", "conditional", "not_shared"]
Openness = Literal["open", "restricted", "closed"]
Cycle = Literal["实时", "每日", "每周", "每月", "每季度", "每年"]
Library = Literal["base", "theme", "department"]
FieldKind = Literal["text", "date", "integer", "boolean"]


class ResourceField(Struct, frozen=True, forbid_unknown_fields=True):
    """One information item of a resource (信息项). ``key``: a look-up may match on it.

    ``about`` is its meaning where the label does not say it; ``codes`` names the code list of its values;
    ``grade`` and ``importance`` say how much harm its disclosure would do (GB/T 43697-2024 names core, important,
    general).
    """

    id: str
    label: str
    kind: FieldKind = "text"
    key: bool = False
    grade: Grade = "L2"
    importance: Importance = "general"
    about: str | None = None
    codes: str | None = None


class Resource(Struct, frozen=True, forbid_unknown_fields=True):
    """A described data set or service with an owner (政务数据资源目录 core metadata).

    ``provider``: the department role that owns it. ``fresh_days``: calendar days a found record may serve
    as evidence before it must be looked up again. ``sharing`` that is conditional states its ``condition``, data that
    is not shared cites the law or policy in ``basis``. ``open``: whether the public may have it. ``category`` is the
    code before the serial number (class, item, group); ``returns`` says what flows back to whom (回流). ``cycle`` is
    one of ``Cycle``, or words of one's own, which the catalogue takes for the longest.
    """

    id: Identifier
    name: str
    provider: str
    fields: list[ResourceField]
    sharing: Sharing = "conditional"
    condition: str | None = None
    cycle: str = "实时"
    summary: str | None = None
    fresh_days: int = 30
    basis: str | None = None
    open: Openness = "closed"
    library: Library = "department"
    category: str | None = None
    format: str = "接口"
    related: list[str] = []
    returns: str | None = None

    def field(self, field_id: str) -> ResourceField | None:
        """The field with ``field_id``, or None."""
        return next((f for f in self.fields if f.id == field_id), None)


class GrantNeed(Struct, frozen=True, forbid_unknown_fields=True):
    """The grant a journey needs: who may see which fields, for which purpose, how long.

    ``consumer``: a department role. ``journey`` left out: what the platform itself asks, of a register that proves who
    somebody is. ``valid_days``: calendar days from installation.
    """

    id: Identifier
    resource: str
    consumer: str
    fields: list[str]
    purpose: str
    basis: str
    journey: str | None = None
    valid_days: int = 365
