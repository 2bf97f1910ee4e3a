"""What parsing and encoding cost, beside what a user would pick instead."""
