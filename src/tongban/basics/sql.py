"""Named SQL files. Every noun keeps its statements in ``queries.sql``, named and described."""

from importlib.resources import files
from typing import Any

import aiosql


def load_queries(package: str) -> Any:
    """The statements of ``<package>/queries.sql`` as async callables taking a psycopg connection.

    ``package`` is a dotted name such as ``tongban.cases``. The adapter is psycopg 3's asynchronous one;
    ``queries.<name>.sql`` is the statement, its comment the docstring.
    """
    text = files(package).joinpath("queries.sql").read_text(encoding="utf-8")
    return aiosql.from_str(text, "apsycopg", mandatory_parameters=False)
