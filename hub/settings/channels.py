"""The places where files come from and go to, as `config/channels.toml` names them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 -- the reader resolves annotations at run time
from typing import Literal

from hub.settings.keys import key


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """One place where files come from (`in`) or go to (`out`); each kind adds its own keys.

    A waiting file is taken when its size and time stood still over `settle_polls` polls or,
    if `settle_marker` is set (such as ".ok"), when a file of its name plus that suffix is there.
    `partner_removes`: the partner takes delivered files away, so that the absence of a file whose
    delivery was interrupted does not prove that it never arrived; a person then decides.
    """

    name: str
    kind: Literal["folder", "sftp"]
    direction: Literal["in", "out"]
    settle_polls: int = key(2, minimum=2, maximum=100)
    settle_marker: str | None = key(None, pattern=r"\.[A-Za-z0-9]{1,10}")
    poll_interval_s: float = key(10.0, minimum=0.05, maximum=3600)
    partner_removes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSettings(ChannelSettings):
    """A folder of this machine, or one that is mounted."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpSettings(ChannelSettings):
    """A folder on somebody's SFTP server, where we log in with a key of our own.

    `private_key` is a secret reference to our own key. `host_keys` are the server's own keys as its
    keeper told us by another way; two while they are changed. `folder` is relative to where the
    server puts us, unless it begins with a slash. Times are in seconds: to get in; without any
    progress; for one whole file; before an unused connection is given back. `verify`: whether a
    copy is read back before it gets its name, or only its size is compared.
    """

    host: str = key(required=True, pattern=r"[A-Za-z0-9.:_-]{1,253}")
    port: int = key(required=True, minimum=1, maximum=65_535)
    user: str = key(required=True, pattern=r"[^\x00-\x20]{1,64}")
    folder: str = key(required=True, pattern=r"[^\x00-\x1f]{1,500}")
    private_key: str = key(required=True, pattern=r"(env|file):.+")
    host_keys: tuple[str, ...]
    verify: Literal["content", "size"] = "content"
    connect_timeout_s: float = key(15.0, minimum=0.1, maximum=120)
    stall_timeout_s: float = key(25.0, minimum=0.1, maximum=600)
    transfer_timeout_s: float = key(3600.0, minimum=0.1, maximum=86_400)
    idle_close_s: float = key(60.0, minimum=0.1, maximum=3600)
