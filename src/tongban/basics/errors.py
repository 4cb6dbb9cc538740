"""The root of every error: a code for programs, data for the repair, a sentence for people.

Every noun subclasses ``TongbanError`` in its own ``errors.py``. Only the web and command floors turn
an error into an answer, in the reader's language.
"""

from typing import Any, ClassVar


class TongbanError(Exception):
    """Something was refused, and the reader can be told why and what to change.

    ``code`` is stable and dotted (``<noun>.<what>``). ``status`` is the HTTP status that fits.
    ``zh`` and ``en`` are format templates over ``data``; ``field`` names the input at fault, if any.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 400
    zh: ClassVar[str] = "出了点问题，您填写的内容没有丢失，请稍后再试。"
    en: ClassVar[str] = "Something went wrong. Nothing you entered is lost; please try again."

    def __init__(self, field: str | None = None, **data: Any) -> None:
        self.field = field
        self.data = data
        super().__init__(self.message("en"))

    def message(self, language: str = "zh-CN") -> str:
        """The sentence for people in ``language`` (``zh-CN`` or ``en``), filled with ``data``."""
        template = self.en if language.startswith("en") else self.zh
        return template.format(**self.data) if self.data else template
