"""What an entry of the catalogue says (frozen): data resources, and the systems that departments run.

Packs declare entries of a demonstration in the same form; Excel, pages and programs fill the same types.
"""

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, Struct

from tongban.resources.definitions import Cycle, Library, Openness, ResourceField, Sharing

Kind = Literal["resource", "application", "component", "cloud"]
KINDS: tuple[Kind, ...] = ("resource", "application", "component", "cloud")
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Short = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
Count = Annotated[int, Meta(ge=0, le=10**12)]


class ResourceContent(Struct, frozen=True, tag_field="kind", tag="resource", forbid_unknown_fields=True):
    """A data resource with the core metadata of the catalogue of government data.

    ``category``: the code before the serial number; ``format`` and ``way``: in which form and by which way it is had;
    ``condition`` goes with conditional sharing, ``basis`` is the law or policy; ``related`` are codes of other
    resources; ``returns`` says what flows back to whom (回流).
    """

    name: Name
    summary: Text = ""
    library: Library = "department"
    category: Short = ""
    format: Short = "接口"
    way: Short = "联机查询"
    sharing: Sharing = "conditional"
    condition: Text = ""
    basis: Text = ""
    open: Openness = "closed"
    cycle: Cycle = "实时"
    fields: list[ResourceField] = []
    related: list[Short] = []
    returns: Text = ""


class ApplicationContent(Struct, frozen=True, tag_field="kind", tag="application", forbid_unknown_fields=True):
    """An application that a department runs. ``cost`` in yuan a year; ``users``: persons who use it.

    ``data``: catalogue codes of the resources it uses; ``interfaces``: what others may call; ``since``: in use since.
    """

    name: Name
    summary: Text = ""
    functions: list[Short] = []
    data: list[Short] = []
    interfaces: list[Short] = []
    cost: Count | None = None
    users: Count | None = None
    since: dt.date | None = None


class ComponentContent(Struct, frozen=True, tag_field="kind", tag="component", forbid_unknown_fields=True):
    """A part that other systems call instead of building it again; fields as of an application."""

    name: Name
    summary: Text = ""
    functions: list[Short] = []
    data: list[Short] = []
    interfaces: list[Short] = []
    cost: Count | None = None
    users: Count | None = None
    since: dt.date | None = None


class CloudContent(Struct, frozen=True, tag_field="kind", tag="cloud", forbid_unknown_fields=True):
    """Machines and storage on the government cloud. ``serves``: codes of the systems that run on it.

    ``cores`` of processors, ``memory`` and ``storage`` in gigabytes; the rest as of an application.
    """

    name: Name
    summary: Text = ""
    cores: Count | None = None
    memory: Count | None = None
    storage: Count | None = None
    serves: list[Short] = []
    cost: Count | None = None
    users: Count | None = None
    since: dt.date | None = None


Content = ResourceContent | ApplicationContent | ComponentContent | CloudContent
CONTENTS: dict[Kind, type[Content]] = {
    "resource": ResourceContent,
    "application": ApplicationContent,
    "component": ComponentContent,
    "cloud": CloudContent,
}


def kind_of(content: Content) -> Kind:
    """Of which kind ``content`` is."""
    return next(kind for kind, content_type in CONTENTS.items() if isinstance(content, content_type))


class Project(Struct, frozen=True, forbid_unknown_fields=True):
    """What a department wants to build. ``data``: catalogue codes, or names of data; ``cost`` in yuan."""

    title: Name
    purpose: Text
    functions: list[Short] = []
    data: list[Short] = []
    cost: Count | None = None


class Used(Struct, frozen=True, forbid_unknown_fields=True):
    """Use of an invented entry: ``monthly`` times by ``users``, every month until ``last`` months ago."""

    monthly: Count
    users: Count = 0
    last: Annotated[int, Meta(ge=0, le=120)] = 0


class SeedEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """An invented entry of the demonstration (``seed/catalogue.yaml``): exactly one of the kinds, with its provider.

    ``provider``: a department of the region. ``describes`` instead names a pack's resource that gets a ``category``.
    ``updated_days_ago``: how old its data is. ``state``: as far as its publication has got.
    """

    provider: str = ""
    resource: ResourceContent | None = None
    application: ApplicationContent | None = None
    component: ComponentContent | None = None
    cloud: CloudContent | None = None
    describes: str | None = None
    category: str | None = None
    used: Used | None = None
    updated_days_ago: int | None = None
    state: Literal["draft", "waiting", "published"] = "published"

    @property
    def contents(self) -> list[Content]:
        """What it declares; one, where it is sound."""
        found = (self.resource, self.application, self.component, self.cloud)
        return [content for content in found if content is not None]
