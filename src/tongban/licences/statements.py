"""The licences' named statements, and how a row becomes a licence. Called by this noun's verbs alone."""

from typing import Any

import msgspec
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.licences.models import Issuer, Licence, StatedField
from tongban.licences.rules import state_on

QUERIES = load_queries("tongban.licences")
_fields = msgspec.json.Decoder(list[StatedField])


async def rows(connection: Connection, query: Any, **values: Any) -> list[Any]:
    """All rows of a named statement as named tuples, whatever the connection's own row form is."""
    async with connection.cursor(row_factory=namedtuple_row) as cursor:
        await cursor.execute(query.sql, values)
        return await cursor.fetchall()


async def execute(connection: Connection, query: Any, **values: Any) -> int:
    """Run a named statement; how many rows its last part touched."""
    async with connection.cursor() as cursor:
        await cursor.execute(query.sql, values)
        return cursor.rowcount


def seal_context(region: str, licence_id: Any) -> bytes:
    """What sealed data is bound to, so that one licence's facts cannot be moved to another."""
    return f"licences.data {region} {licence_id}".encode()


SEALED = SealedColumn("licences", "data", ("region", "id"), lambda row: seal_context(row.region, row.id))


def document_context(region: str, licence_id: Any) -> bytes:
    """What a sealed document is bound to."""
    return f"licences.pdf {region} {licence_id}".encode()


DOCUMENT = SealedColumn(
    "licences", "pdf", ("region", "id"), lambda row: document_context(row.region, row.id), plain=b"%PDF"
)


def opened(row: Any, vault: Vault) -> Licence:
    """The licence of a row, its facts opened, in its state of ``row.today``. Raises ``SealBroken``."""
    plain = vault.open(row.data, seal_context(row.region, row.id))
    return Licence(
        region=row.region,
        id=row.id,
        type=row.type,
        type_name=row.type_name,
        number=row.number,
        version=row.version,
        code=row.code,
        holder_key=row.holder_key,
        holder_name=row.holder_name,
        holder_kind=row.holder_kind,
        issuer=Issuer(row.issuer, row.issuer_name, row.issuer_uscc),
        issued_at=row.issued_at,
        valid_until=row.valid_until,
        fields=_fields.decode(plain),
        source=row.source,
        state=state_on(row.state, row.valid_until, row.today),
        state_at=row.state_at,
        state_reason=row.state_reason,
        pdf_sha256=row.pdf_sha256,
    )
