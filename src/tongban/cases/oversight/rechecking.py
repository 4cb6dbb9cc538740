"""Whether what a ticket is about is still so: its watch asked again, of the case or of the use of data.

Called when a ticket is shown, answered or closed.
"""

import datetime as dt

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.second_wall import as_platform
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.models import Ticket
from tongban.cases.oversight.names import Days
from tongban.cases.oversight.reading import sight
from tongban.cases.oversight.risky_use import still_risky
from tongban.cases.oversight.watching import holds


async def still_true(connection: Connection, kernel: Kernel, ticket: Ticket, now: dt.datetime) -> bool:
    """Whether the ticket's watch is set off now. No rule says whether a person's word is met: people verify that."""
    watch = kernel.oversight.every[ticket.pack, ticket.version, ticket.watch]
    if ticket.about == "exchange":
        return await still_risky(connection, ticket, watch, now)
    if ticket.about in ("objection", "rights"):
        return False
    with as_platform("a watch is asked again: clocks and steps of the case, whoever asks, nothing of persons"):
        seen = await sight(connection, kernel, (ticket.region, ticket.case_id))
    return seen is not None and holds(watch, ticket.task, seen, Days(local_day(now), kernel.calendar_in(ticket.region)))
