"""Numbered revisions of the schema, run by `hub.store.migrating`."""
