"""The OpenAPI description of a running receiver, in a tester of web services."""
