"""pandas and polars: the recipes of the documentation."""
