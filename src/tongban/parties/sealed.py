"""What parties store sealed. Called by the rotation of keys."""

from tongban.basics.sealed_columns import SealedColumn
from tongban.parties.guarding import appointed
from tongban.parties.log_in import second
from tongban.parties.organisation import importing, staff

SEALED = (
    SealedColumn("persons", "sealed", ("id",), lambda row: bytes(row.id_key), ("id_key",)),
    SealedColumn("enterprises", "sealed", ("id",), lambda row: bytes(row.uscc_key), ("uscc_key",)),
    SealedColumn("accounts", "mobile", ("id",), lambda row: bytes(row.id.bytes)),
    SealedColumn("text_messages", "sealed", ("id",), lambda row: bytes(row.id.bytes)),
    appointed.SEALED,
    second.SEALED,
    staff.SEALED,
    importing.SEALED,
)
