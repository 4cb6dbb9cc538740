"""Floor 0: ids, clock, calendar, codes, text, errors, SQL and the rule language. Imports no other floor."""
