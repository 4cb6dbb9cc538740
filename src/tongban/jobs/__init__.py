"""Floor 7: what happens after a change: outbox, sealing, documents, timers."""
