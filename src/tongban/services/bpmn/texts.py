"""What the platform itself says in an exported diagram, in Chinese and English."""

from collections.abc import Callable
from typing import Literal

from tongban.services.catalogue import JourneyVersion

Language = Literal["zh-CN", "en"]
Say = Callable[[str], str]

ENGLISH = {
    "申请人": "Applicant",
    "提交申请": "Application made",
    "受理审查": "Intake review",
    "受理决定": "Accepted?",
    "补正或修改申请": "Supply or correct",
    "受理": "accepted",
    "不予受理": "Refused",
    "补正或退回": "asked for more",
    "前面有不予办理的？": "Declined before?",
    "有": "yes",
    "没有": "no",
    "取消": "Cancelled",
    "适用？": "Applies?",
    "是": "yes",
    "否": "no",
    "不适用": "Not applicable",
    "有办成的？": "Anything granted?",
    "有不予办理的？": "Anything declined?",
    "必办环节有不予办理的？": "Anything needed declined?",
    "办结": "Granted",
    "部分办结": "Partly granted",
    "不予办理": "Declined",
    "不予办理不影响其他环节": "Declining it does not stop the others",
}


def sayer(version: JourneyVersion, language: Language) -> Say:
    """A function from a Chinese text, the platform's or the pack's, to ``language``; Chinese where it is missing."""
    if language == "zh-CN":
        return lambda text: text
    packs = version.strings.get("en", {})
    return lambda text: packs.get(text) or ENGLISH.get(text, text)


def days(count: int, language: Language) -> str:
    """A limit in words."""
    if language == "en":
        return f"{count} working day{'' if count == 1 else 's'}"
    return f"{count} 个工作日"
