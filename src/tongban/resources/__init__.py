"""Floor 3: what is known: data resources, grants and look-ups."""
