"""The tables, by area; importing this package fills `metadata` with every one of them."""

from hub.store.schema import reconciliation, spine
from hub.store.schema.metadata import metadata

__all__ = ["metadata", "reconciliation", "spine"]
