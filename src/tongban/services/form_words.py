"""What is said about a wrong field: the field's label, what is wrong, and the repair, in both languages."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Field


class FormFault(Struct, frozen=True):
    """One thing wrong with one field. ``field`` is empty when it concerns the form as a whole."""

    field: str
    code: str
    zh: str
    en: str


# JSON Schema keyword (or our own word) → (stable code, Simplified Chinese, English)
SENTENCES: Mapping[str, tuple[str, str, str]] = {
    "required": ("form.required", "请填写。", "please fill it in."),
    "choose": ("form.required", "请选择。", "please choose."),
    "unknown": ("form.unknown", "没有“{name}”这一项，请删去。", "there is no field “{name}”: leave it out."),
    "minLength": ("form.too_short", "至少 {limit} 个字，请补全。", "needs at least {limit} characters."),
    "maxLength": ("form.too_long", "最多 {limit} 个字，请缩短。", "may have at most {limit} characters: shorten it."),
    "minimum": ("form.too_small", "不能小于 {limit}，请核对。", "can not be less than {limit}: check it."),
    "maximum": ("form.too_large", "不能大于 {limit}，请核对。", "can not be more than {limit}: check it."),
    "enum": ("form.choice", "请从列出的选项中选择。", "choose one of the listed values."),
    "pattern": ("form.characters", "含有不能使用的控制字符，请重新填写。", "holds control characters: type it again."),
    "format": ("form.format", "格式不对，请核对。", "is not written correctly: check it."),
}
TYPES: Mapping[str, tuple[str, str]] = {
    "text": ("请填写文字。", "must be text."),
    "long-text": ("请填写文字。", "must be text."),
    "integer": ("请填写整数。", "must be a whole number."),
    "decimal": ("请填写数字。", "must be a number."),
    "boolean": ("请选择“是”或“否”。", "must be yes or no."),
    "date": ("请按“2026-01-31”的样子填写日期。", "must be a date like 2026-01-31."),
    "choice": ("请从列出的选项中选择。", "choose one of the listed values."),
}


def fault_for(version: JourneyVersion, field: Field | None, word: str, **data: Any) -> FormFault:
    """The fault that ``word`` (a JSON Schema keyword, ``required`` or ``unknown``) names."""
    if field is not None and (word == "type" or (word == "format" and field.kind == "date")):
        return FormFault(field.id, "form.type", *say(version, field, *TYPES[field.kind]))
    code, zh, en = SENTENCES.get(word, SENTENCES["format"])
    zh, en = zh.format(**data), en.format(**data)
    if field is None:
        return FormFault(str(data.get("name", "")), code, zh, en[:1].upper() + en[1:])
    return FormFault(field.id, code, *say(version, field, zh, en))


def say(version: JourneyVersion, field: Field, zh: str, en: str) -> tuple[str, str]:
    """Both sentences with the field's label in front."""
    english = version.strings.get("en", {}).get(field.label, field.label)
    return f"{field.label}：{zh}", f"{english}: {en}"
