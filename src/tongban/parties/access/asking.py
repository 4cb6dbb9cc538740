"""Ask about somebody by log-in name: what the checkpoint would answer them. Called by the page and the command."""

import msgspec
from msgspec.structs import replace

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.parties.access.errors import LoginUnknown
from tongban.parties.models import Actor, Mandate

_queries = load_queries("tongban.parties.access")


async def actor_of(connection: Connection, login: str) -> Actor:
    """Who signs in as ``login``, with the posts and mandates of this moment. Raises ``LoginUnknown``."""
    row = await _queries.actor(connection, login=login.strip().lower())
    if row is None:
        raise LoginUnknown("login", login=login.strip())
    columns = ("account", "login", "person", "name", "id_key", "sealed", "posts")
    found = msgspec.convert(
        {name: getattr(row, name) for name in columns}, Actor, builtin_types=(type(row.account), bytes)
    )
    return replace(found, mandates=msgspec.convert(row.mandates, tuple[Mandate, ...]))


async def lately(connection: Connection) -> tuple[int, int, int]:
    """Refusals of the last day: all, those at the second wall, and the most by one account."""
    row = await _queries.denied_lately(connection)
    return row.times, row.wall, row.most
