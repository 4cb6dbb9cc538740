"""What persons ask about all of their data: a copy, deletion, restriction; each request is a ticket on the clock."""
