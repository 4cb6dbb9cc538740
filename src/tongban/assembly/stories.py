"""The verbs of a pack's stories (``tests/*.yaml``): what each step may say. One table.

The check reads it, ``cli/stories.py`` plays it against a running kernel, ``docs/packs.md`` prints it.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from tongban.cases.actions.procedures.shapes import Act
from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.parties.rules import for_heads

# text: one text; days: a whole number; values: field → value of the journey's form; person: a name;
# materials, resources, commitments: a list of ids; task: a task's id; decisions: task → approve, decline, or a mapping
# of decision, reason and by; acts: kind of special act → what it says (task, by, reasons, cause, days …).
Kind = Literal["text", "days", "values", "materials", "resources", "task", "person", "decisions", "commitments", "acts"]

DECIDE: Mapping[str, str] = {"approve": "approved", "decline": "declined"}
DECISION_KEYS = ("decision", "reason", "by")
ACT_KEYS = ("by", *(name for name in Act.__struct_fields__ if name not in ("kind", "revision")))


def whose_turn(kind: str) -> Literal["applicant", "handler", "head"]:
    """Who does the special act ``kind`` when a story does not say."""
    procedure = PROCEDURES[kind]
    if procedure.party == "applicant":
        return "applicant"
    return "head" if for_heads(procedure.action) else "handler"


class Verb(Struct, frozen=True):
    """One verb: its meaning, what it takes (name → kind), and which of these it needs.

    Every verb also takes ``fails``: the code of the error that the step must be refused with.
    """

    about: str
    takes: Mapping[str, Kind]
    needs: tuple[str, ...] = ()


VERBS: Mapping[str, Verb] = {
    "submit": Verb(
        "the applicant fills in the form, agrees, uploads, signs promises (commit, tolerate) and submits;"
        " whom the form names and who is asked for their own consent (asked) gives it before",
        {
            "form": "values",
            "upload": "materials",
            "consent": "resources",
            "asked": "person",
            "commit": "commitments",
            "tolerate": "materials",
            "by": "person",
        },
        ("form",),
    ),
    "edit": Verb(
        "the applicant corrects the form or adds files before acceptance",
        {"form": "values", "upload": "materials", "by": "person"},
    ),
    "withdraw": Verb("the applicant withdraws before the decision", {"reason": "text", "by": "person"}),
    "accept": Verb("the lead department accepts: the clock starts", {"by": "person"}),
    "refuse": Verb("the lead department does not accept", {"reason": "text", "by": "person"}, ("reason",)),
    "supplement": Verb(
        "the one notice of what is missing",
        {"materials": "materials", "reason": "text", "by": "person"},
        ("materials",),
    ),
    "upload": Verb(
        "the applicant answers the notice with files",
        {"materials": "materials", "form": "values", "by": "person"},
        ("materials",),
    ),
    "return": Verb(
        "the lead department gives the application back to be corrected",
        {"reason": "text", "by": "person"},
        ("reason",),
    ),
    "decide": Verb("handlers decide tasks, in this order", {"tasks": "decisions"}),
    "act": Verb("special acts are done, in this order", {"acts": "acts"}),
    "ask": Verb("the applicant asks the handler", {"text": "text", "task": "task", "by": "person"}, ("text",)),
    "answer": Verb("a handler answers", {"text": "text", "task": "task", "by": "person"}, ("text",)),
    "wait": Verb("working days pass and nobody acts", {"days": "days"}, ("days",)),
}
COMMON: Mapping[str, Kind] = {"fails": "text"}
