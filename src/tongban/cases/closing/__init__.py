"""Close one's own account: what keeps it open, what goes and what stays, and the closing itself."""
