"""A context, a row or a value as something else: plain data, the Web API's shape, a redacted copy."""
