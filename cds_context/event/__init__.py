"""One event, and what it answers."""
