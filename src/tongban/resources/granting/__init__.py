"""Who may have which data: grants compiled, decided at one checkpoint, kept in memory."""
