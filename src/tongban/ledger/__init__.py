"""Floor 1: what happened, sealed so that nobody can rewrite it. Knows nobody above it."""
