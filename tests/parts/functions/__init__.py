"""Azure Functions on the runtime that Azure runs, in this process."""
