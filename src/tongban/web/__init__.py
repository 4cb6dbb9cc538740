"""Floor 7: pages and programs' interface, one thin package per audience."""
