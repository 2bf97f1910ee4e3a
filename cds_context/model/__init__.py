"""The types of a context, each described once."""
