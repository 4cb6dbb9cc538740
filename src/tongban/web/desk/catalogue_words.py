"""What the pages of the catalogue call things: kinds, sharing, opening, grades, states, acts."""

from collections.abc import Mapping
from typing import Any

from tongban.resources.catalogue.definitions import Kind
from tongban.resources.catalogue.models import Act, State
from tongban.resources.definitions import FieldKind, Importance, Library, Openness, Sharing
from tongban.web.language import mark

KINDS: Mapping[Kind, str] = {
    "resource": mark("数据资源"),
    "application": mark("应用"),
    "component": mark("组件"),
    "cloud": mark("云资源"),
}
SHARING: Mapping[Sharing, tuple[str, str]] = {
    "unconditional": (mark("无条件共享"), "green"),
    "conditional": (mark("有条件共享"), "yellow"),
    "not_shared": (mark("不予共享"), "grey"),
}
OPEN: Mapping[Openness, str] = {
    "open": mark("无条件开放"),
    "restricted": mark("有条件开放"),
    "closed": mark("不开放"),
}
LIBRARIES: Mapping[Library, str] = {
    "base": mark("基础库"),
    "theme": mark("主题库"),
    "department": mark("部门库"),
}
IMPORTANCE: Mapping[Importance, str] = {
    "general": mark("一般数据"),
    "important": mark("重要数据"),
    "core": mark("核心数据"),
}
FIELD_KINDS: Mapping[FieldKind, str] = {
    "text": mark("文字"),
    "date": mark("日期"),
    "integer": mark("整数"),
    "boolean": mark("是或否"),
}
CYCLES = {
    "实时": mark("实时"),
    "每日": mark("每日"),
    "每周": mark("每周"),
    "每月": mark("每月"),
    "每季度": mark("每季度"),
    "每年": mark("每年"),
}
STATES: Mapping[State, tuple[str, str]] = {
    "draft": (mark("草稿"), "grey"),
    "waiting": (mark("待发布"), "yellow"),
    "returned": (mark("已退回"), "red"),
    "published": (mark("已发布"), "green"),
    "withdrawn": (mark("已撤下"), "grey"),
}
ACTS: Mapping[Act, str] = {
    "proposed": mark("由应用包登记"),
    "entered": mark("登记"),
    "edited": mark("修改"),
    "imported": mark("从文件导入"),
    "submitted": mark("送审"),
    "returned": mark("退回"),
    "published": mark("发布"),
    "withdrawn": mark("撤下"),
    "refreshed": mark("报告数据更新"),
}
PARTS: Mapping[str, str] = {
    "name": mark("名称"),
    "summary": mark("摘要"),
    "library": mark("所属库"),
    "category": mark("分类码"),
    "format": mark("格式"),
    "way": mark("提供方式"),
    "sharing": mark("共享类型"),
    "condition": mark("共享条件"),
    "basis": mark("依据"),
    "open": mark("开放属性"),
    "cycle": mark("更新周期"),
    "fields": mark("信息项"),
    "related": mark("关联资源"),
    "returns": mark("数据回流"),
    "functions": mark("功能"),
    "data": mark("使用的数据"),
    "interfaces": mark("对外接口"),
    "cost": mark("年费用（元）"),
    "users": mark("用户数"),
    "since": mark("启用日期"),
    "cores": mark("处理器核数"),
    "memory": mark("内存（GB）"),
    "storage": mark("存储（GB）"),
    "serves": mark("承载的系统"),
}
DONE: Mapping[str, str] = {
    "entered": mark("已登记，现在是草稿，补齐后送审。"),
    "edited": mark("已保存。发布之前，别人看到的仍是原来的版本。"),
    "submitted": mark("已送审，等待数据管理员发布。"),
    "published": mark("已发布，现在可以查到。"),
    "returned": mark("已退回提供部门。"),
    "withdrawn": mark("已撤下，别人不再看到。"),
    "refreshed": mark("已记录数据更新日期。"),
    "reported": mark("已记录使用情况。"),
    "imported": mark("已导入。"),
    "settings": mark("已保存判断标准。"),
    "proposed": mark("已登记并完成比对。"),
    "answered": mark("已记录答复。"),
    "approved": mark("已批准。"),
    "declined": mark("已不予批准。"),
}
NAMES: dict[str, Any] = {
    "kinds": KINDS,
    "sharing": SHARING,
    "opening": OPEN,
    "libraries": LIBRARIES,
    "importance": IMPORTANCE,
    "field_kinds": FIELD_KINDS,
    "cycles": CYCLES,
    "states": STATES,
    "acts": ACTS,
    "parts": PARTS,
}
"""Everything that templates of the catalogue need to name things."""
