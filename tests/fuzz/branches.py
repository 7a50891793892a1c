"""Damage of what encloses something: a branch of an XML tree, the value of a TOML key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

_OPENING: Final = re.compile(rb"<([A-Za-z_][\w:.-]*)(?:\s[^<>]*)?(?<!/)>")
_KEY: Final = re.compile(rb"^[ \t]*[\w.\"-]+[ \t]*=[ \t]*([^\r\n]+)", re.MULTILINE)
_KINDS: Final = (b"5", b'"x"', b"true", b"[]", b"[5]", b"{}", b"{x = 5}", b"2026-01-01")


def pick(content: bytes, what: re.Pattern[bytes], random: Random) -> re.Match[bytes] | None:
    """Return a match at or after some place."""
    at = random.randrange(len(content) + 1)
    return what.search(content, at) or what.search(content)


def branch(content: bytes, random: Random) -> bytes:
    """Leave an element out with all that is in it, double it, or put a copy into itself."""
    found = pick(content, _OPENING, random)
    closing = b"" if found is None else b"</%b>" % found[1]
    end = content.find(closing, found.end()) if found is not None else -1
    if found is None or end < 0:
        return content
    whole = content[found.start() : end + len(closing)]
    inner = content[found.start() : end] + whole + closing
    new = random.choice((b"", whole * 2, inner))
    return content[: found.start()] + new + content[end + len(closing) :]


def other_kind(content: bytes, random: Random) -> bytes:
    """Give a key of a TOML file a value of another kind."""
    found = pick(content, _KEY, random)
    if found is None:
        return content
    return content[: found.start(1)] + random.choice(_KINDS) + content[found.end(1) :]
