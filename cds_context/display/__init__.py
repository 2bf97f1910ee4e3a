"""An event for people, described once: values as text, changes with their labels, facts. Prints nothing."""
