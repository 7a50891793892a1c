"""Bulk facts (collections, deposits, assessments) as Parquet, scanned and joined by DuckDB."""
