"""Bytes to a context, and a context to bytes."""
