"""How much work waits in a department, for whoever hands over a post. Called by the directory's pages and programs."""

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries

_queries = load_queries("tongban.cases")


async def open_tasks(connection: Connection, region: str, department: str) -> int:
    """The tasks, tickets and requests that ``department`` has to do now."""
    found: int = await _queries.open_tasks(connection, region=region, department=department)
    return found
