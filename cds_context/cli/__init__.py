"""The command line, of the extra `cli`: a file for each command or family of commands, and files that they share.

The commands use only the package's public interface, and no other room imports this one.
"""

READER_GONE = 141
"""The exit code of a command whose output is no longer read: 128 + 13, as shells report it for SIGPIPE."""
