"""The command line, of the extra `cli`: a room for each command, and rooms for what commands share.

Uses only what users of the package have, and nothing of the package uses it.
"""

READER_GONE = 141
"""How a command ends whose output is no longer read: what shells report of a program that SIGPIPE ended, 128 and 13."""
