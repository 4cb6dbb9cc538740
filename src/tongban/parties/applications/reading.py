"""Rows as what they mean. Called by the verbs of this noun alone."""

from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.parties.applications.models import Application, Behind, Registration

queries = load_queries("tongban.parties.applications")


def application_of(row: Any) -> Application:
    """A row of ``applications``."""
    values = {name: getattr(row, name) for name in Application.__struct_fields__ if name != "stated"}
    return Application(stated=registration_of(row.stated), **values)


def registration_of(stated: Any) -> Registration:
    """What was stated, as it is kept."""
    return msgspec.convert(stated, Registration)


def behind_of(row: Any) -> Behind:
    """A row that says what stands behind a code or token."""
    values = {name: getattr(row, name) for name in Behind.__struct_fields__ if name not in ("scopes", "amr")}
    return Behind(scopes=tuple(row.scopes), amr=tuple(row.amr), **values)


async def find(connection: Connection, client_id: str | UUID) -> Application | None:
    """The application with this client id, closed or not; None for whatever is no client id."""
    try:
        key = client_id if isinstance(client_id, UUID) else UUID(client_id)
    except ValueError:
        return None
    row = await queries.application(connection, id=key)
    return application_of(row) if row else None
