"""The table of special acts: every family's rows together."""

from collections.abc import Mapping

from tongban.cases.actions.procedures import (
    changing,
    committing,
    delivering,
    ending,
    extending,
    handing,
    hearing,
    suspending,
    tolerating,
    transferring,
    visiting,
)
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
        visiting.ROWS,
        committing.ROWS,
        tolerating.ROWS,
        changing.ROWS,
        handing.ROWS,
    )
    for row in family
}
