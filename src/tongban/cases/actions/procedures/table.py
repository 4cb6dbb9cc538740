"""The table of special acts: every family's rows together."""

from collections.abc import Mapping

from tongban.cases.actions.procedures import delivering, ending, extending, hearing, suspending, transferring
from tongban.cases.actions.procedures.shapes import Procedure

PROCEDURES: Mapping[str, Procedure] = {
    row.kind: row
    for family in (
        suspending.ROWS,
        extending.ROWS,
        hearing.ROWS,
        transferring.ROWS,
        ending.ROWS,
        delivering.ROWS,
    )
    for row in family
}
