"""Receivers for web frameworks, one room for each: `from cds_context.contrib.flask import Webhook`.

Imports nothing itself: a room imports its framework, and nothing else of the package imports a room.
"""
