"""Floor 7: commands for operators, engineers and lawyers."""
