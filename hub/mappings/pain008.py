"""Reads ISO 20022 direct debit orders, pain.008 in any version (代收代缴); see `pain001`."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from hub.mappings.pain001 import DIRECT_DEBIT, read_orders

if TYPE_CHECKING:
    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading


def read(
    layout: Layout,
    content: BinaryIO,
    *,
    file: str,
    items_max: int,
    line_bytes_max: int,  # noqa: ARG001 -- xml has limits of its own
) -> Reading:
    """Begin to read a pain.008."""
    return read_orders(layout, content, DIRECT_DEBIT, file=file, items_max=items_max)
