"""What an audit of the log found, in sentences for people. Filled by `audit`, shown by the commands."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, field

SHOWN = 200

SENTENCES = {
    "entry.changed": (
        "第 {index} 条存证被改动：{region} {entry}",
        "Entry {index} was changed: {region} {entry}",
    ),
    "entry.deleted": (
        "第 {index} 条存证被删除：{region} {entry}",
        "Entry {index} was deleted: {region} {entry}",
    ),
    "entry.inserted": (
        "有存证被插入到第 {index} 条：{region} {entry}",
        "An entry was inserted at {index}: {region} {entry}",
    ),
    "entry.reordered": (
        "存证顺序被改动：{region} {entry} 现为第 {index} 条",
        "Entries were reordered: {region} {entry} now at {index}",
    ),
    "leaf.changed": ("第 {index} 片叶被改动：{region} {entry}", "Leaf {index} was changed: {region} {entry}"),
    "leaf.deleted": ("第 {index} 片叶被删除：{region} {entry}", "Leaf {index} was deleted: {region} {entry}"),
    "leaf.unsigned": (
        "第 {start} 至 {end} 片叶不在任何检查点之内",
        "Leaves from {start} to before {end} lie beyond every checkpoint",
    ),
    "tile.changed": ("哈希块被改动：{path}", "A tile was changed: {path}"),
    "tile.missing": ("哈希块缺失：{path}", "A tile is missing: {path}"),
    "tile.extra": ("多出哈希块：{path}", "A tile does not belong here: {path}"),
    "checkpoint.invalid": ("检查点 {size} 无效：{reason}", "Checkpoint {size} is invalid: {reason}"),
    "checkpoint.root": (
        "检查点 {size} 与存证不符：第 {start} 至 {end} 条之间被改写",
        "Checkpoint {size} does not fit: something from entry {start} to before {end} was rewritten",
    ),
    "checkpoint.gap": (
        "检查点编号不连续：应为 {expected}，实为 {found}（大小 {size}）",
        "Checkpoints are not numbered on: expected {expected}, found {found} at size {size}",
    ),
    "witness.contradicts": (
        "见证方会签的第 {size} 条与现有日志不符：历史被改写",
        "The witness cosigned another head of size {size}: history was rewritten",
    ),
    "witness.ahead": (
        "见证方已会签至第 {size} 条，日志只有 {found} 条：日志被截断",
        "The witness cosigned {size} leaves, the log has {found}: it was cut short",
    ),
    "witness.invalid": ("见证方的检查点无效：{reason}", "The witness's note is invalid: {reason}"),
    "erasure.unrecorded": (
        "存证内容被删除而无删除记录：{region} {entry}",
        "An entry was erased without an erasure entry: {region} {entry}",
    ),
    "erasure.incomplete": (
        "存证删除不彻底：{region} {entry}",
        "An erasure left something behind: {region} {entry}",
    ),
    "promise.broken": (
        "未按承诺封存：{region} {entry}，应在 {include_by} 前",
        "A promise was broken: {region} {entry} was to be sealed by {include_by}",
    ),
    "promise.invalid": ("出示的承诺无效：{reason}", "The promise shown is invalid: {reason}"),
    "promise.entry_missing": (
        "已承诺的存证不见了：{region} {entry}",
        "A promised entry is gone: {region} {entry}",
    ),
}


class Finding(Struct, frozen=True):
    """One thing that is wrong: a code of `SENTENCES` and what it concerns."""

    code: str
    where: dict[str, Any]

    def sentence(self, language: str = "zh-CN") -> str:
        """The finding for people, in ``zh-CN`` or ``en``."""
        known = {name: "?" if value is None else value for name, value in self.where.items()}
        return SENTENCES[self.code][1 if language.startswith("en") else 0].format(**known)


class Report(Struct):
    """The outcome of an audit. ``counts`` counts every finding; ``findings`` shows the first of each kind.

    ``cosigned_size`` is the largest size that a known witness has cosigned in the stored checkpoints.
    """

    origin: str | None = None
    size: int = 0
    root: str = ""
    checkpoints: int = 0
    cosigned_size: int = 0
    witnessed_size: int | None = None
    unsealed: int = 0
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.counts

    def add(self, code: str, **where: Any) -> None:
        """Note a finding; ids and times are written as text."""
        self.counts[code] = self.counts.get(code, 0) + 1
        if self.counts[code] <= SHOWN:
            plain = {name: _plain(value) for name, value in where.items()}
            self.findings.append(Finding(code, plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
