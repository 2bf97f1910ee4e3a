"""polars, DuckDB, pandas and pyarrow: what they make of the tables, and the recipes of the documentation."""
