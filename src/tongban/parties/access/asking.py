"""Ask about somebody by log-in name: what the checkpoint would answer them. Called by the page and the command."""

from msgspec import Struct
from msgspec.structs import replace

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.parties.access.errors import LoginUnknown
from tongban.parties.actions import find_actor
from tongban.parties.models import Actor

_queries = load_queries("tongban.parties.access")


async def actor_of(connection: Connection, login: str) -> Actor:
    """Who signs in as ``login``: posts and mandates of this moment, nothing sealed. Raises ``LoginUnknown``."""
    found = await find_actor(connection, login=login.strip().lower())
    if found is None:
        raise LoginUnknown("login", login=login.strip())
    return replace(found, sealed=b"")


class Lately(Struct, frozen=True):
    """Refusals of the last day. ``wall``: at the second wall; ``hostile``: what looked like an attack (hostile input,
    dangerous uploads, forms from elsewhere); ``most``: the most by one account."""

    times: int
    wall: int
    hostile: int
    most: int


async def lately(connection: Connection) -> Lately:
    """Refusals of the last day."""
    return Lately(**(await _queries.denied_lately(connection))._asdict())
