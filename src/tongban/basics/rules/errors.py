"""What can be wrong with a rule: every fault of its text, or a value that does not fit at run time."""

from typing import ClassVar

import msgspec

from tongban.basics.errors import TongbanError

# code → (Simplified Chinese, English); the templates are filled with a fault's ``found`` and ``data``.
SENTENCES: dict[str, tuple[str, str]] = {
    "rule.empty": (
        "条件是空的；请写一个条件，或整行删去。",
        "The condition is empty; write one or remove the key.",
    ),
    "rule.too_long": (
        "条件有 {found} 个字符，上限 {limit}；请拆成几条。",
        "The condition has {found} characters, the limit is {limit}; split it.",
    ),
    "rule.too_deep": (
        "嵌套超过 {limit} 层；请去掉多余括号，或拆成几条。",
        "Nested deeper than {limit} levels; remove parentheses or split the condition.",
    ),
    "rule.full_width": ("“{found}”是全角字符；请改用 {repair}", "'{found}' is full-width; write {repair}"),
    "rule.comment": (
        "条件里不能有注释；说明请写在 YAML 的注释里。",
        "Comments are not allowed; explain in a YAML comment.",
    ),
    "rule.several": (
        "“;”之后的内容不允许；一处只写一个条件。",
        "';' is not allowed; write exactly one condition.",
    ),
    "rule.parameter": (
        "“{found}”是参数占位符；请直接写输入的名称，例如 form.area。",
        "'{found}' is a parameter; write the input's name, such as form.area.",
    ),
    "rule.operator": ("不支持运算符 {found}；{repair_zh}", "Operator {found} is not supported; {repair_en}"),
    "rule.syntax": (
        "在“{found}”处读不懂；请检查括号、引号和运算符是否完整。",
        "Cannot be read at '{found}'; check parentheses, quotes and operators.",
    ),
    "rule.construct": (
        "不支持这种写法：{found}；只能用 AND OR NOT、比较、IN、BETWEEN、IS NULL、LIKE 和列出的函数。",
        "Not part of the rule language: {found}; use AND OR NOT, comparisons, IN, BETWEEN, IS NULL, LIKE"
        " and the listed functions.",
    ),
    "rule.double_quotes": (
        "双引号 {found} 表示名称，不是文字；文字请用单引号 {repair}",
        "Double quotes {found} mean a name, not text; use single quotes: {repair}",
    ),
    "rule.unknown_name": ("没有名为 {found} 的输入；{repair_zh}", "There is no input {found}; {repair_en}"),
    "rule.unknown_function": ("没有函数 {found}；{repair_zh}", "There is no function {found}; {repair_en}"),
    "rule.arguments": ("函数写法应为 {repair}，写成了 {found}", "Write {repair}; found {found}"),
    "rule.type": (
        "{found} 是{found_zh}，这里需要{wanted_zh}。",
        "{found} is {found_en}; {wanted_en} is needed here.",
    ),
    "rule.mismatch": (
        "{found}：{left_zh}不能与{right_zh}比较或运算；请让两边类型一致。",
        "{found}: {left_en} cannot be combined with {right_en}; make both sides the same type.",
    ),
    "rule.order": (
        "{found}：{found_zh}没有大小之分；只能用 =、<>、IN 或 LIKE。",
        "{found}: {found_en} has no order; use =, <>, IN or LIKE.",
    ),
    "rule.null": (
        "{found}：与 NULL 比较或运算永远没有结果；判断有无请写 IS NULL 或 IS NOT NULL。",
        "{found}: comparing or calculating with NULL never gives an answer; write IS NULL or IS NOT NULL.",
    ),
    "rule.outside_code": (
        "{found} 不在 {name} 的取值里；{repair_zh}",
        "{found} is not a value of {name}; {repair_en}",
    ),
    "rule.pattern": (
        "LIKE 和 starts_with 的右边须是单引号文字，且不含反斜杠；写成了 {found}",
        "LIKE and starts_with take a text in single quotes without backslashes; found {found}",
    ),
    "rule.literal": (
        "{found}：这里只能写固定的值（单引号文字、数字、DATE '2026-01-01'、TRUE、FALSE）。",
        "{found}: only a fixed value may stand here ('text', a number, DATE '2026-01-01', TRUE, FALSE).",
    ),
    "rule.date": (
        "{found} 不是有效日期；请写成 DATE '2026-01-31'。",
        "{found} is not a valid date; write DATE '2026-01-31'.",
    ),
    "rule.number": (
        "{found} 不能作为数；请写普通十进制数，最多 38 位。",
        "{found} is not accepted; write a plain decimal number of at most 38 digits.",
    ),
    "rule.parentheses": (
        "{found} 可以有两种读法；请用括号写明先后。",
        "{found} can be read in two ways; add parentheses.",
    ),
    "rule.empty_list": (
        "IN 后面的列表是空的；请至少写一个值。",
        "The list after IN is empty; write at least one value.",
    ),
}


class RuleFault(msgspec.Struct, frozen=True):
    """One thing wrong in a rule's text.

    ``code`` is a key of ``SENTENCES``. ``line`` and ``column`` count from 1 within the rule, in characters.
    ``found`` is the text at fault; ``data`` holds what else the sentence needs, the repair included.
    """

    code: str
    line: int
    column: int
    found: str
    data: dict[str, str] = {}

    def message(self, language: str = "zh-CN") -> str:
        """The fault and its repair in one sentence, in ``zh-CN`` or ``en``."""
        return SENTENCES[self.code][language.startswith("en")].format(found=self.found, **self.data)


class RuleRefused(TongbanError):
    """The text is not a rule. ``faults`` lists everything that is wrong with it, in reading order."""

    code: ClassVar[str] = "rule.refused"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "条件“{source}”有 {count} 处错误：{details}"
    en: ClassVar[str] = "The condition “{source}” has {count} fault(s): {details_en}"

    def __init__(self, source: str, faults: tuple[RuleFault, ...]) -> None:
        self.faults = faults
        super().__init__(
            source=source if len(source) <= 200 else source[:200] + "…",
            count=len(faults),
            details=" ".join(fault.message() for fault in faults),
            details_en=" ".join(fault.message("en") for fault in faults),
        )


class SchemaRefused(TongbanError):
    """An input's name cannot be written in a rule: one to four words joined by dots are needed."""

    code: ClassVar[str] = "rule.schema"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "输入名称 {name} 无法写进条件；须为一到四段，用点连接，每段以字母或汉字开头。"
    en: ClassVar[str] = "The input name {name} cannot be written in a rule: one to four words joined by dots."


class RuleValueRefused(TongbanError):
    """A value handed to a rule does not have its declared type, or a result leaves the possible range.

    The value itself is left out on purpose: it may be a person's number, and errors are logged.
    """

    code: ClassVar[str] = "rule.value"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "条件无法计算：{name} 应为{wanted}，收到的是 {found}。"
    en: ClassVar[str] = "The rule cannot be decided: {name} should be {wanted_en}, got {found}."


class ColumnRefused(TongbanError):
    """A table's layout names an input that does not exist, twice, or with bounds of another kind."""

    code: ClassVar[str] = "rule.column"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "数据表的列 {name} 与条件的输入不符。"
    en: ClassVar[str] = "The column {name} does not suit the rule's inputs."


class ColumnTypeRefused(TongbanError):
    """A table's column has another type than its layout says; nothing is converted silently."""

    code: ClassVar[str] = "rule.column_type"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "数据表的列 {name} 类型应为 {wanted}，实际是 {found}。"
    en: ClassVar[str] = "The column {name} should have the type {wanted}, it has {found}."


class TableTooWide(TongbanError):
    """On this table a rule could leave what all engines hold exactly; narrower bounds of a column repair it."""

    code: ClassVar[str] = "rule.too_wide"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "“{part}”在这张表上可能超出 {limit}；请给出更窄的列范围，或改写条件。"
    en: ClassVar[str] = "On this table '{part}' could exceed {limit_en}; narrow a column's bounds or rewrite it."


class TableMisfit(TongbanError):
    """Rows of a table hold values outside the declared type or bounds; no row is decided."""

    code: ClassVar[str] = "rule.misfit"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "数据表的列 {name} 有 {count} 行不在声明的取值或范围内。"
    en: ClassVar[str] = "The column {name} has {count} row(s) outside its declared values or bounds."
