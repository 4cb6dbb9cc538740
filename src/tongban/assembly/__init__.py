"""Floor 6: loads and checks packs and fills each noun's frozen definitions."""
