"""The command line, of the extra `cli`: a room for each command, and rooms for what commands share.

Uses only what users of the package have, and nothing of the package uses it.
"""
