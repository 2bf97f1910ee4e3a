"""A coverage-guided fuzzer of the readers of XML and .NET Binary."""
