"""Bytes to records and back: declarative layouts, ISO 20022, workbooks. Decides nothing."""
