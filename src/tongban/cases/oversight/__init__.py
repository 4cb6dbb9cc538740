"""Who watches that things are done: lights, watches that find abnormal cases, tickets, urging, the league table."""
