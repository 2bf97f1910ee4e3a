"""The wire below any type: scalars as text, and the wrappings that relays put around a body."""
