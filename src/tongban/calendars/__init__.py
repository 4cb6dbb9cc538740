"""Floor 3: when offices work: calendars of years and regions, each put into force by two people."""
