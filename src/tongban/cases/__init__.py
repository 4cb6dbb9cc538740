"""Floor 4: what must get done: drafts, cases, tasks and deadlines."""
