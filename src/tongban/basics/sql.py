"""Named SQL files. Every noun keeps its statements in ``queries.sql``, named and described; a second idea has a file of
its own beside it."""

from functools import cache
from importlib.resources import files
from typing import Any

import aiosql

from tongban.basics.second_wall import declare


@cache
def load_queries(package: str, file: str = "queries.sql") -> Any:
    """The statements of ``<package>/<file>`` as async callables taking a psycopg connection.

    ``package`` is a dotted name such as ``tongban.cases``. The adapter is psycopg 3's asynchronous one;
    ``queries.<name>.sql`` is the statement, its comment the docstring. Read once a process: many modules share a file.
    A comment ``-- wall: officials (…)`` or ``-- wall: anybody (…)`` says whose persons and accounts the statement needs
    behind the second wall beside the asker's own, and why.
    """
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    queries = aiosql.from_str(text, "apsycopg", mandatory_parameters=False)
    for name in queries.available_queries:
        statement = getattr(queries, name)
        declare(statement.sql, statement.__doc__ or "")
    return queries
