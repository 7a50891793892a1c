"""Makes a found input smaller while it still breaks the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

TRIES_MAX: Final = 3000


def smaller(content: bytes, still: Callable[[bytes], bool]) -> bytes:
    """Return the smallest content that was found for which `still` holds: pieces are cut out."""
    tries, size = 0, max(1, len(content) // 2)
    while size:
        begin, cut = 0, False
        while begin < len(content) and tries < TRIES_MAX:
            shorter = content[:begin] + content[begin + size :]
            tries += 1
            if still(shorter):
                content, cut = shorter, True
            else:
                begin += size
        if tries >= TRIES_MAX:
            break
        if not cut or size == 1:
            size //= 2
    return content
