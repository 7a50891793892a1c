"""What goes wrong on the way to an SFTP server, as one of our refusals.

Wrong and not to be tried again (a key that changed, a login that is refused, a folder that is
forbidden or not there) is `Rejected`; everything that may pass is `Unavailable`. What is not
listed in `TROUBLE` is a bug and passes through.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Final

from paramiko import (
    AuthenticationException,
    BadHostKeyException,
    PasswordRequiredException,
    SSHException,
)
from paramiko.pkey import UnknownKeyType
from paramiko.sftp import (
    SFTP_NO_SUCH_FILE,
    SFTP_PERMISSION_DENIED,
    SFTPError,
)
from paramiko.ssh_exception import IncompatiblePeer

from hub.adapters.sftp_session import SftpStatus
from hub.domain.file_name import shown
from hub.errors import NOWHERE, HubError, Place, Rejected, Unavailable

if TYPE_CHECKING:
    from hub.settings import SftpSettings

REASON_CHARACTERS_MAX: Final = 200

# SSHException and OSError have most of paramiko's and the network's errors below them. A peer
# that sends nonsense shows as struct.error or UnicodeError while a message is taken apart.
TROUBLE: Final = (SSHException, SFTPError, UnknownKeyType, OSError, EOFError,
                  UnicodeError, struct.error)  # fmt: skip


def server_of(settings: SftpSettings) -> str:
    """Return the server as people write it: `host:port`."""
    return f"{settings.host}:{settings.port}"


def refusal(
    error: Exception, settings: SftpSettings, *, place: Place = NOWHERE, reason: str = ""
) -> HubError:
    """Return the refusal that an error means. `reason` is a better word than the error's own."""
    server = server_of(settings)
    if isinstance(error, SftpStatus):
        return _answer(error, settings, place)
    if isinstance(error, BadHostKeyException) or _has_no_pinned_key(error):
        return Rejected("sftp_host_key_differs", server=server, shown="-")
    if isinstance(error, IncompatiblePeer):
        return Rejected("sftp_no_common_algorithm", server=server, reason=_words(error))
    if isinstance(error, PasswordRequiredException | UnknownKeyType):
        return Rejected("sftp_key_unusable", reference=settings.private_key)
    if isinstance(error, AuthenticationException):
        return Rejected("sftp_login_refused", server=server, user=settings.user)
    return Unavailable("sftp_unavailable", place=place, server=server,
                       reason=reason or _words(error))  # fmt: skip


def _answer(status: SftpStatus, settings: SftpSettings, place: Place) -> HubError:
    facts = {"server": server_of(settings), "folder": settings.folder}
    if status.code == SFTP_PERMISSION_DENIED:
        return Rejected("sftp_permission_denied", place=place, **facts)
    if status.code == SFTP_NO_SUCH_FILE:
        return Rejected("sftp_folder_missing", place=place, **facts)
    return failed(status, settings, place)


def failed(status: SftpStatus, settings: SftpSettings, place: Place) -> Unavailable:
    """Return the refusal for an answer that may be another one later."""
    server, reason = server_of(settings), _words(status)
    return Unavailable(
        "sftp_failed", place=place, server=server, folder=settings.folder, reason=reason
    )


def _has_no_pinned_key(error: Exception) -> bool:
    # we ask only for kinds of keys that are pinned, so a server that has none of them is a change
    return isinstance(error, IncompatiblePeer) and "host key" in str(error)


def _words(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "the name of the server is not known"
    if isinstance(error, TimeoutError):
        return error.strerror or str(error) or "no answer in time"
    if isinstance(error, EOFError | ConnectionResetError):
        return "the connection was closed"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return shown(str(error) or type(error).__name__)[:REASON_CHARACTERS_MAX]
