"""Checks an evidence pack of a hub without the hub: standard library and cryptography only."""
