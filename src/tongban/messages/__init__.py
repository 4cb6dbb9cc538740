"""Floor 3: who is told: templates, channels and delivery."""
