"""Delimited lines for the scan: where quotation marks stand wrong is found before splitting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hub.bulk.blocks import Text, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.mappings.layout import Layout, RecordShape


def quotes(layout: Layout) -> Callable[[Text], Text]:
    """Return what drops lines from the first on whose quotation marks the codec would not take.

    Lines are UTF-8. A tag in quotation marks is no tag, so a tagged line begins with the bare tag.
    """
    if layout.quote is None:
        return lambda text: text
    mark = layout.quote.encode()
    fine = _lines(layout, layout.item)

    def check(text: Text) -> Text:
        if mark not in text.content:
            return text
        found = fine.match(text.content)
        end = found.end() if found else 0
        return text if end == len(text.content) else without(text, end)

    return check


def _lines(layout: Layout, shape: RecordShape) -> re.Pattern[bytes]:
    q, d = re.escape(layout.quote or ""), re.escape(layout.delimiter)
    # possessive, so that a wrong line costs no second try
    bare = rf"[^{q}{d}\n]*+"
    marked = rf"{q}[^{q}\n]*+(?:{q}{q}[^{q}\n]*+)*+{q}"
    cell = rf"(?:{marked}|{bare})"
    tag = "" if shape.tag is None else re.escape(shape.tag) + d
    return re.compile(rf"(?:{tag}{cell}(?:{d}{cell})*+\n)*+".encode())
