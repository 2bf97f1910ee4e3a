"""Receivers in real frameworks, on real servers: what the pages of docs/frameworks show is what is tested."""
