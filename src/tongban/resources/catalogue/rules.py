"""Pure decisions of the catalogue: what is wrong with an entry, what the public may see, what is stale or idle."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

import msgspec

from tongban.basics.codes.catalogue import LIBRARIES, need_category
from tongban.basics.codes.errors import CodeError
from tongban.basics.faults import Fault
from tongban.basics.matching import grams
from tongban.resources.catalogue.definitions import CloudContent, Content, ResourceContent
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.resources.catalogue.models import Settings, Use
from tongban.resources.definitions import Cycle, Resource
from tongban.resources.grades import Grading, highest

# How old data may be before it is overdue: its cycle, and as long again as offices are closed around holidays.
CYCLE_DAYS: Mapping[Cycle, int] = {"每日": 3, "每周": 14, "每月": 45, "每季度": 120, "每年": 400}
LEAST_REASONS = 5


def content_of(resource: Resource) -> ResourceContent:
    """The catalogue's words for a resource that a pack declares."""
    return ResourceContent(
        name=resource.name,
        summary=resource.summary or "",
        library=resource.library,
        category=resource.category or "",
        format=resource.format,
        sharing=resource.sharing,
        condition=resource.condition or "",
        basis=resource.basis or "",
        open=resource.open,
        cycle=next((known for known in get_args(Cycle) if known == resource.cycle), "每年"),
        fields=list(resource.fields),
        related=list(resource.related),
        returns=resource.returns or "",
    )


def draft_faults(content: Content) -> list[Fault]:
    """What keeps ``content`` from being saved at all; a draft may lack much."""
    found = []
    if not content.name.strip():
        found.append(Fault("name", "请填写名称", "Give it a name"))
    if isinstance(content, ResourceContent):
        found += _category_faults(content) if content.category else []
        found += _twice(content)
    return found


def faults(content: Content) -> list[Fault]:
    """Everything that keeps ``content`` from being published."""
    found = draft_faults(content)
    if not content.summary.strip():
        found.append(Fault("summary", "请填写摘要，让别人看得懂这是什么", "Add a summary, so that others know it"))
    if isinstance(content, ResourceContent):
        return [*found, *_resource_faults(content)]
    if not isinstance(content, CloudContent) and not content.functions:
        found.append(Fault("functions", "请写明功能，每行一项", "List its functions, one a line"))
    return found


def _category_faults(content: ResourceContent) -> list[Fault]:
    try:
        category = need_category(content.category)
    except CodeError as error:
        return [Fault("category", error.message("zh-CN"), error.message("en"))]
    if LIBRARIES[category[0]] != content.library:
        zh, en = "分类码第 1 位与所选的库不一致", "The category's first digit does not fit the library"
        return [Fault("category", zh, en)]
    return []


def _twice(content: ResourceContent) -> list[Fault]:
    ids = [field.id for field in content.fields]
    return [
        Fault("fields", f"信息项 {name} 出现了两次", f"Field {name} stands twice")
        for name in dict.fromkeys(ids)
        if ids.count(name) > 1
    ]


def _resource_faults(content: ResourceContent) -> Iterator[Fault]:
    if not content.category:
        yield Fault("category", "请填写分类码（类、项、目）", "Give the category: class, item and group")
    if not content.fields:
        yield Fault("fields", "请列出信息项，至少一项", "List its fields, at least one")
    if content.sharing == "conditional" and not content.condition.strip():
        yield Fault("condition", "有条件共享的，请写明条件", "Conditional sharing states its condition")
    if content.sharing == "not_shared" and not content.basis.strip():
        yield Fault(
            "basis", "不予共享的，请写明法律、行政法规或政策依据", "Cite the law or policy that forbids sharing"
        )
    grading = highest(content.fields)
    if content.open == "open" and not grading.within("L1"):
        yield Fault("open", "无条件开放的数据，各信息项都应为 L1、一般", "Open data holds nothing above L1 and general")
    if content.open == "restricted" and not grading.within("L3"):
        zh = "受限开放的数据，信息项不得高于 L3，也不得是重要或核心数据"
        yield Fault("open", zh, "Restricted opening holds nothing above L3, nothing important or core")
    if content.open != "closed" and content.sharing == "not_shared":
        yield Fault("open", "不予共享的数据不能向社会开放", "What is not shared can not be open to the public")


def require(found: Iterable[Fault]) -> None:
    """Raise ``EntryUnfit`` with all of ``found``, if there is any."""
    listed = list(found)
    if listed:
        raise EntryUnfit(listed)


def grading_of(content: Content) -> Grading | None:
    """The grade of a resource as a whole; None for what is no data."""
    return highest(content.fields) if isinstance(content, ResourceContent) else None


def for_the_public(content: Content) -> bool:
    """Whether the public may know of ``content``: data that is open, or had on request, and whose grade allows it."""
    if not isinstance(content, ResourceContent) or content.open == "closed" or content.sharing == "not_shared":
        return False
    return highest(content.fields).within("L1" if content.open == "open" else "L3")


def columns(content: Content) -> dict[str, Any]:
    """What is stored beside ``content`` so that it can be found."""
    resource = content if isinstance(content, ResourceContent) else None
    grading = grading_of(content)
    return {
        "name": content.name,
        "content": msgspec.json.encode(content).decode(),
        "name_grams": grams([content.name]),
        "grams": grams(_texts(content)),
        "sharing": resource and resource.sharing,
        "open": resource and resource.open,
        "cycle": resource and resource.cycle,
        "library": resource and resource.library,
        "grade": grading and grading.grade,
    }


def _texts(content: Content) -> Iterator[str]:
    yield content.name
    yield content.summary
    if isinstance(content, ResourceContent):
        yield from (field.label for field in content.fields)
    elif not isinstance(content, CloudContent):
        yield from (*content.functions, *content.interfaces)


def changed(before: Content, after: Content) -> tuple[str, ...]:
    """The names of what differs between two versions."""
    one, two = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return tuple(name for name in two if one.get(name) != two[name])


def stale(content: Content, updated_on: dt.date | None, today: dt.date) -> bool:
    """Whether data was not brought up to date in its cycle. What is asked live is never stale."""
    return isinstance(content, ResourceContent) and overdue(content.cycle, updated_on, today)


def overdue(cycle: Cycle, updated_on: dt.date | None, today: dt.date) -> bool:
    """As ``stale``, from the cycle alone."""
    if cycle == "实时":
        return False
    return updated_on is None or (today - updated_on).days > CYCLE_DAYS[cycle]


def idle(use: Use, since: dt.date | None, today: dt.date, settings: Settings) -> bool:
    """Whether nobody used it for too long; what is newer than that is not idle yet. ``since``: published on."""
    if since is None or (today - since).days < settings.idle_days:
        return False
    return use.last_used is None or (today - use.last_used).days >= settings.idle_days
