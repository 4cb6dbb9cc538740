"""What is wrong with a form or a file, told all at once. Called by nouns whose particulars people type or import."""

from typing import Any

from msgspec import Struct

from tongban.basics.errors import TongbanError


class Fault(Struct, frozen=True):
    """One thing to change: the field, what is wrong and the repair. ``place`` says where in a file, if in one."""

    field: str
    zh: str
    en: str
    place: str | None = None


class Unfit(TongbanError):
    """A form or a file has faults; all of them are listed at once and nothing was done. Nouns give it their code."""

    status = 422
    zh = "有 {count} 处需要修改，什么都没有改变：{first_zh}"
    en = "{count} changes are needed; nothing was done: {first_en}"

    def __init__(self, faults: list[Fault]) -> None:
        """``faults`` is never empty."""
        self.found = faults
        self.faults: list[dict[str, Any]] = [
            {"field": f.field, "zh": _said(f.place, f.zh, "："), "en": _said(f.place, f.en, ": ")} for f in faults
        ]
        first = self.faults[0]
        super().__init__(field=faults[0].field, count=len(faults), first_zh=first["zh"], first_en=first["en"])


def _said(place: str | None, words: str, between: str) -> str:
    return f"{place}{between}{words}" if place else words
