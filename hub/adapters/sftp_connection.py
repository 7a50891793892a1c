"""Getting in: one SSH connection to a server whose key we were told, with a key of our own.

Unknown servers are refused, never remembered. We ask only for the kinds of keys that are pinned,
so a server with several keys shows the one that we can judge.
"""

from __future__ import annotations

import hmac
import io
import logging
import socket
import time
from typing import TYPE_CHECKING, Final

from paramiko import (
    AuthenticationException,
    ECDSAKey,
    Ed25519Key,
    RSAKey,
    SSHException,
    Transport,
)

from hub.adapters.sftp_errors import TROUBLE, server_of
from hub.adapters.sftp_session import Session
from hub.adapters.sftp_watchdog import Watchdog
from hub.errors import Rejected, Unavailable
from hub.settings import Secret
from hub.settings.host_key import fingerprint, host_key_blob, host_key_kind

if TYPE_CHECKING:
    from paramiko import Message, PKey

    from hub.settings import SftpSettings

KEEPALIVE_S: Final = 15  # so that no router between us forgets the connection

# SSH signs with RSA keys by names that differ from the key's own (RFC 8332).
_SIGNATURES: Final = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}

# Whatever paramiko logs comes to us as an exception too, and is logged once, by who met it.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class Connection:
    """A session, and all that it stands on. `close` may be called by any thread, and twice."""

    def __init__(self, settings: SftpSettings) -> None:
        """Connect, compare the server's key, log in; `Rejected` or a `TROUBLE` error."""
        key = load_key(settings)  # before anybody is bothered
        until_s = time.monotonic() + settings.connect_timeout_s
        address = (settings.host, settings.port)
        self._socket = socket.create_connection(address, settings.connect_timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport = _Transport(self._socket)
        self.watchdog = Watchdog(self._hang_up, idle_s=settings.idle_close_s)
        entered = False
        try:
            with self.watchdog.working(until_s):
                self._greet(settings)
                self._log_in(settings, key)
                self.session = self._open_session(settings)
            entered = True
        except TROUBLE as error:
            if self.watchdog.verdict:
                raise TimeoutError(self.watchdog.verdict) from error
            raise
        finally:
            if not entered:
                self.close()

    @property
    def is_open(self) -> bool:
        """Tell whether it can be used, as far as one knows without asking the other side."""
        return not self.watchdog.verdict and bool(self._transport.is_active())

    def close(self) -> None:
        """Hang up."""
        self.watchdog.end()
        self._hang_up()

    def _hang_up(self) -> None:
        self._transport.close()
        self._socket.close()

    def _greet(self, settings: SftpSettings) -> None:
        transport, limit_s = self._transport, settings.connect_timeout_s
        transport.banner_timeout = transport.handshake_timeout = limit_s
        transport.auth_timeout = transport.channel_timeout = limit_s
        kinds = [host_key_kind(line) for line in settings.host_keys]
        names = [name for kind in kinds for name in _SIGNATURES.get(kind, (kind,))]
        transport.get_security_options().key_types = list(dict.fromkeys(names))
        transport.start_client(timeout=limit_s)
        seen = transport.get_remote_server_key().asbytes()
        pinned = [host_key_blob(line) for line in settings.host_keys]
        if not any(hmac.compare_digest(seen, blob) for blob in pinned):
            raise Rejected(
                "sftp_host_key_differs", server=server_of(settings), shown=fingerprint(seen)
            )

    def _log_in(self, settings: SftpSettings, key: PKey) -> None:
        server = server_of(settings)
        try:
            wanted_too = self._transport.auth_publickey(settings.user, key)
        except AuthenticationException as error:
            if self._transport.is_active() or self._transport.goodbye:
                raise Rejected("sftp_login_refused", server=server, user=settings.user) from error
            raise Unavailable("sftp_login_unclear", server=server) from error
        except TROUBLE as error:
            raise Unavailable("sftp_login_unclear", server=server) from error
        if wanted_too:  # a password or a code as well, which a service has not got
            raise Rejected("sftp_login_refused", server=server, user=settings.user)

    def _open_session(self, settings: SftpSettings) -> Session:
        self._transport.set_keepalive(KEEPALIVE_S)
        channel = self._transport.open_session(timeout=settings.connect_timeout_s)
        channel.settimeout(settings.connect_timeout_s)
        channel.invoke_subsystem("sftp")
        session = Session(channel, self.watchdog.kick)
        channel.settimeout(settings.stall_timeout_s)
        return session


def load_key(settings: SftpSettings) -> PKey:
    """Return our private key; `Rejected` when there is none or it cannot be used."""
    text = Secret(settings.private_key).reveal()
    for kind in (Ed25519Key, ECDSAKey, RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text + "\n"))
        except (SSHException, ValueError):
            continue  # another kind, or locked with a passphrase
    raise Rejected("sftp_key_unusable", reference=settings.private_key)


class _Transport(Transport):  # type: ignore[misc]
    """Remembers what the server said when it hung up, and reports only errors of a connection."""

    goodbye = ""

    def _parse_disconnect(self, message: Message) -> None:
        # a server may end a refused login at once, without an answer to it
        self.goodbye = f"disconnected with code {message.get_int()}"

    def get_exception(self) -> Exception | None:
        """Return what ended the connection; nonsense from the peer may have raised anything."""
        error: Exception | None = super().get_exception()
        if error is not None and not isinstance(error, TROUBLE):
            error = SSHException(f"the server sent nonsense ({type(error).__name__})")
        return error
