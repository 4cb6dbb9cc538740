"""Floor 7: adapters to the outside: departmental systems, stores, document makers."""
