"""Floor 3: what is attested: licence types, issue and verification."""
