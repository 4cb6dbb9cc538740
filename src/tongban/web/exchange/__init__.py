"""The gateway through which departments' systems ask, and the door through which another node does."""
