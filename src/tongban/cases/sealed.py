"""What cases store sealed. Called by the rotation of keys."""

from typing import Any

from tongban.basics.sealed_columns import SealedColumn
from tongban.cases.library.writing import seal_context
from tongban.cases.oversight import objections
from tongban.cases.rights import asking, copying
from tongban.cases.rows import context


def _own(row: Any) -> bytes:
    return context(row.region, row.id)


def _case(row: Any) -> bytes:
    return context(row.region, row.case_id)


SEALED = (
    SealedColumn("drafts", "form", ("region", "id"), _own),
    SealedColumn("cases", "dossier", ("region", "id"), _own),
    SealedColumn("case_files", "content", ("region", "case_id", "id"), _case),
    SealedColumn("case_pledges", "text", ("region", "case_id", "kind", "name"), _case),
    SealedColumn("notices", "pdf", ("region", "case_id", "id"), _case),
    SealedColumn(
        "library_records", "sealed", ("region", "position"), lambda row: seal_context(row.region, row.id), ("id",)
    ),
    objections.SEALED,
    asking.SEALED,
    copying.SEALED,
)
