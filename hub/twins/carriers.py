"""Which layouts of a bank can say what became of a payment, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.payout_answer import Standing
from hub.mappings.answer_words import RESULTS, is_answer
from hub.mappings.layout import Form
from hub.mappings.rendering import RENDERED

if TYPE_CHECKING:
    from hub.mappings.catalog import Partner
    from hub.mappings.layout import Layout

_SAYS: Final = {
    Form.PAIN002: frozenset({Standing.PAID, Standing.REJECTED, Standing.OPEN}),
    Form.PACS004: frozenset({Standing.RETURNED}),
    Form.CAMT_RETURNS: frozenset({Standing.RETURNED}),
}


def carriers(partner: Partner, standing: Standing) -> list[Layout]:
    """Return the layouts that can say a standing of one payment, in the order of the partner."""
    return [
        layout
        for layout in partner.layouts.values()
        if is_answer(layout) and _can_say(layout, standing)
    ]


def word_of(layout: Layout, standing: Standing) -> str | None:
    """Return the bank's own word for a standing, the first that its map has."""
    known = layout.maps.get(RESULTS, {})
    return next((raw for raw, meaning in known.items() if meaning == standing), None)


def _can_say(layout: Layout, standing: Standing) -> bool:
    if layout.form in _SAYS:
        return standing in _SAYS[layout.form]
    if layout.form not in RENDERED:
        return False
    result = next((field for field in layout.item.fields if field.name == "result"), None)
    if result is None:
        return False
    if result.constant is not None:
        return result.constant == standing
    return word_of(layout, standing) is not None
