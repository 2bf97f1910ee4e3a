"""The schemas in the tools that people use: validators, a linter, generators of code for five languages."""
