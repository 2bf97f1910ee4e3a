"""One event, and the answers to questions about it."""
