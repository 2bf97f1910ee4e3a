"""Receivers for web frameworks, one file for each: `from cds_context.contrib.flask import Webhook`; and `spark`.

Nothing is imported here: each file imports its own framework, and no other part of the package imports these files.
"""
