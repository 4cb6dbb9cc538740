"""Every column of the node that holds sealed values, as the nouns declare them."""

from collections.abc import Sequence

from tongban.basics.sealed_columns import SealedColumn
from tongban.cases import sealed as cases
from tongban.licences import statements as licences
from tongban.licences.life import actions as licence_changes
from tongban.parties import sealed as parties
from tongban.resources import recording as resources
from tongban.web.api import once

SEALED: Sequence[SealedColumn] = (
    *parties.SEALED,
    *cases.SEALED,
    resources.SEALED,
    licences.SEALED,
    licences.DOCUMENT,
    licence_changes.SEALED,
    once.SEALED,
)
