"""How a case may end: the national finish codes with their meaning, and the state that ends with each.

Called by the acts that end a case, by pages and by the feed to the upper level's case library.
"""

from collections.abc import Mapping

from msgspec import Struct

from tongban.cases.models import CaseState, Outcome


class Finish(Struct, frozen=True):
    """One finish code (办结类型) in words."""

    code: str
    zh: str
    en: str


FINISHES: Mapping[str, Finish] = {
    one.code: one
    for one in (
        Finish("0", "出证办结", "closed, a certificate was issued"),
        Finish("1", "退回办结", "returned: not accepted"),
        Finish("2", "作废办结", "void: withdrawn by the applicant"),
        Finish("3", "删除办结", "deleted: opened in error"),
        Finish("4", "转报办结", "referred to a higher authority that decides"),
        Finish("5", "补正不来办结", "the supplement asked for did not come"),
        Finish("6", "办结", "closed without a certificate"),
    )
}

ENDS: Mapping[CaseState, str] = {
    "refused": "1",
    "withdrawn": "2",
    "deleted": "3",
    "referred": "4",
    "lapsed": "5",
    "terminated": "6",
    "handed_over": "4",
}
"""The code of every end but a decision, whose code depends on what came of it: ``finish_code``."""


def finish_code(result: Outcome, licences: int) -> str:
    """The code of a decided case: 0 with a certificate issued, 6 without."""
    return "0" if licences and result != "declined" else "6"
