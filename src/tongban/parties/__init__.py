"""Floor 2: who is who, and the one checkpoint that says who may do what."""
