"""A clerk helps somebody who is present: one matter, in that person's name, until the end of the day."""
