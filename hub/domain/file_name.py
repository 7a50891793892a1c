"""File names as partners send them: never a path, shown so that nothing in them acts.

A hostile or broken server may list `../../x`, a newline, an escape sequence, or bytes that are
no text at all (reliability row 59). We keep such names, escaped, and store bytes by digest.
"""

from __future__ import annotations

import unicodedata
from typing import Final

NAME_BYTES_MAX: Final = 255  # what common file systems take
SHOWN_CHARACTERS_MAX: Final = 400
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RAW_BYTE: Final = range(0xDC80, 0xDD00)  # how Python holds a byte that was not UTF-8 (PEP 383)


def is_component(name: str) -> bool:
    """Tell whether a name can be one component of a path and nothing else."""
    return name not in ("", ".", "..") and "/" not in name and "\0" not in name


def is_plain(name: str) -> bool:
    """Tell whether we would give this name to a file ourselves: visible, short, not hidden."""
    return (
        is_component(name)
        and not name.startswith(".")
        and "\\" not in name
        and all(unicodedata.category(c) not in _UNSEEN for c in name)
        and len(name.encode("utf-8", "surrogateescape")) <= NAME_BYTES_MAX
    )


def shown(name: str) -> str:
    r"""Return a name as printable text: what cannot be seen becomes `\u{1b}`.

    A byte that is no text becomes `\xff`. Different names stay different, since a backslash is
    doubled, up to `SHOWN_CHARACTERS_MAX`.
    """
    return "".join(_shown(c) for c in name)[:SHOWN_CHARACTERS_MAX]


def _shown(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    if code in _RAW_BYTE:
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{{{code:x}}}"
