"""What all numbers share: compacting, the ASCII alphabet, and masks for logs and screens."""

from __future__ import annotations

from typing import Final

DIGITS: Final = "0123456789"

_SEPARATORS: Final = str.maketrans("", "", " -\t")


def compact(text: str) -> str:
    """Return `text` without blanks and hyphens, ASCII letters in upper case.

    Other characters stay as they are, so that full-width digits are refused and not mended: the
    other side's file would still hold them (reliability row 53).
    """
    bare = text.strip().translate(_SEPARATORS)
    return bare.upper() if bare.isascii() else bare


def consists_of(text: str, alphabet: str) -> bool:
    """Tell whether every character of `text` is one of `alphabet`."""
    return not text.strip(alphabet)


def mask(text: str, *, head: int = 3, tail: int = 4) -> str:
    """Return `text` with its middle as stars; a text too short for that becomes stars only."""
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def mask_name(name: str) -> str:
    """Return a person's name as its first character and stars: 王**."""
    return name[:1] + "*" * (len(name) - 1)
