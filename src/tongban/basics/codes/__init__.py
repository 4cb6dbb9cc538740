"""Codes that carry their own proof: one module a kind, all with the same face.

Every module has ``parse(value, context)``, which returns a frozen struct with the canonical ``code`` and its
parts or raises ``CodeError``; ``is_valid``; and ``KIND``. Forms, packs and the command line reach them by
name through ``KINDS``.
"""

from collections.abc import Mapping

from tongban.basics.codes import case, catalogue, item, licence, mobile, region, resident_id, uscc
from tongban.basics.codes.errors import CodeError
from tongban.basics.codes.kind import STRUCTURE_ONLY, Context, Kind, Parsed

KINDS: Mapping[str, Kind[Parsed]] = {
    "resident-id": resident_id.KIND,
    "uscc": uscc.KIND,
    "item": item.KIND,
    "licence": licence.KIND,
    "region": region.KIND,
    "case": case.KIND,
    "catalogue": catalogue.KIND,
    "mobile": mobile.KIND,
}

__all__ = ["KINDS", "STRUCTURE_ONLY", "CodeError", "Context", "Kind", "Parsed"]
