"""Who legally represents an enterprise: proved by asking the register of market subjects."""
