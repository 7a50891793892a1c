"""Puts a file into an inbound channel's folder as a careful partner would."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

from hub.app.services import open_channel
from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from pathlib import Path

    from hub.settings import Settings


def drop(settings: Settings, channel: str, path: Path) -> dict[str, Any]:
    """Copy one file into a channel and its marker after it; never replaces another file.

    `Rejected` for a channel that is not inbound, an unusable name, or a name that is taken.
    """
    chosen = settings.channels.get(channel)
    if chosen is None:
        raise Rejected("channel_unknown", channel=channel, known=", ".join(settings.channels))
    if chosen.direction != "in":
        raise Rejected("channel_not_inbound", channel=channel)
    to = open_channel(chosen)
    try:
        with path.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            content.seek(0)
            to.put(path.name, content, sha256=sha256)
    except OSError as error:
        raise Rejected("file_unreadable", place=Place(file=path.name)) from error
    if chosen.settle_marker:
        empty = hashlib.sha256(b"").hexdigest()
        to.put(path.name + chosen.settle_marker, io.BytesIO(b""), sha256=empty)
    return {"channel": channel, "file": path.name, "sha256": sha256}
