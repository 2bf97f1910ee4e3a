"""What is on the wire below any type: scalars as text, and what relays put around a body."""
