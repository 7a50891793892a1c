"""FileChannel over SFTP: somebody else's server, which may be down, slow, hostile or half there.

One connection a channel, made when it is needed, closed after any error and when it is not used.
Nothing is ever overwritten, no link is followed, no name of theirs becomes a path of ours.
"""

from __future__ import annotations

import heapq
import io
import secrets
import stat
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

from paramiko.sftp import (
    SFTP_BAD_MESSAGE,
    SFTP_FAILURE,
    SFTP_NO_SUCH_FILE,
)

from hub.adapters.sftp_connection import Connection
from hub.adapters.sftp_errors import TROUBLE, failed, refusal
from hub.adapters.sftp_session import SftpStatus
from hub.adapters.sftp_transfer import (
    clear,
    copy,
    digest_of,
    give_name,
    is_there,
    open_incoming,
    size_of,
)
from hub.domain.file_name import is_component, is_plain, shown
from hub.errors import NOWHERE, HubError, Place, Rejected
from hub.ports import RemoteFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paramiko import SFTPAttributes

    from hub.adapters.sftp_session import Session
    from hub.settings import SftpSettings

LIST_MAX: Final = 100_000  # names taken note of at a time; the rest waits until these are gone
CHUNK_BYTES: Final = 1024 * 1024
DONE: Final = "done"
REFUSED: Final = "refused"
NANOSECONDS: Final = 1_000_000_000  # of the seconds in which the protocol tells times

# Banks lock an account after a few refused logins: how long no login is tried after one.
LOGIN_PAUSES_S: Final = {"sftp_login_refused": 900.0, "sftp_login_unclear": 60.0}


class SftpChannel:
    """A folder on an SFTP server as a channel. Threads may share one; they take turns."""

    def __init__(
        self,
        settings: SftpSettings,
        *,
        list_max: int = LIST_MAX,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connects to nobody; `monotonic` is for the pause between logins."""
        self._settings = settings
        self._root = _encoded(settings.folder)
        self._base = self._root.rstrip(b"/")
        self._list_max = list_max
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._login_refusal: HubError | None = None
        self._login_at_s = 0.0

    def list(self) -> Iterator[RemoteFile]:
        """Yield waiting regular files in name order, at most `list_max` of them."""
        with self._work() as session:
            entries = session.scan(self._root)
            waiting = (self._seen(session, *e) for e in entries if not e[0].startswith("."))
            files = (file for file in waiting if file is not None)
            found = heapq.nsmallest(self._list_max, files, key=lambda file: file.name)
        yield from found

    def open(self, name: str) -> BinaryIO:
        """Open a waiting file; reading it to its end fails when it changed meanwhile."""
        path, until_s = self._path(name), self._until_s()
        with self._work(name, until_s=until_s) as session:
            incoming = open_incoming(self, session, path, name, until_s=until_s)
        return io.BufferedReader(incoming, CHUNK_BYTES)

    def finish(self, name: str, *, accepted: bool) -> None:
        """Move a taken file to `done/` or `refused/`, beside earlier ones of its name."""
        source, folder = self._path(name), self._path(DONE if accepted else REFUSED)
        token = secrets.token_hex(8)
        with self._work(name) as session:
            _make(session, folder)
            for target in (name, f"{token}~{name}", token):
                if _moved(session, source, folder + b"/" + _encoded(target)):
                    return
            raise SftpStatus(SFTP_FAILURE, "the file cannot be moved aside")

    def put(self, name: str, content: BinaryIO, *, sha256: str) -> None:
        """Write a file whole, or not at all; the same bytes there already are a success.

        Raises `Rejected("delivery_name_conflict")` when other bytes bear the name, `Unavailable`
        when nothing does, and `DeliveryUnknown` when the answer to the last request was lost.
        """
        if not is_plain(name):
            raise Rejected("file_name_unsafe", place=Place(file=shown(name)))
        final, part = self._path(name), self._path(f".{sha256[:32]}.part")
        with self._work(name) as session:
            if is_there(session, final, name=name, sha256=sha256):
                return
            read_back = self._settings.verify == "content"
            copy(session, content, part, name=name, sha256=sha256, read_back=read_back)
            # looked at again, so that a server that would overwrite is not asked to
            if is_there(session, final, name=name, sha256=sha256):
                clear(session, part)
            else:
                give_name(session, part, final, name=name, sha256=sha256)

    def fingerprint(self, name: str) -> str | None:
        """Return the SHA-256 of a file by reading it, or `None` when there is none."""
        path = self._path(name)
        try:
            with self._work(name) as session:
                return digest_of(session, path, name)
        except Rejected as error:
            if error.code == "file_gone":
                return None
            raise

    def probe(self) -> None:
        """Log in and look whether the folder is there; raises as the other calls do."""
        with self._work() as session:
            if session.look(self._base + b"/.") is None:  # the dot follows a link of theirs
                raise SftpStatus(SFTP_NO_SUCH_FILE, "no such folder")

    @contextmanager
    def resume(self, session: Session, *, until_s: float, name: str) -> Iterator[None]:
        """Work on with a session that an earlier call began; `Unavailable` when it is lost."""
        with self._lock:
            connection = self._connection
            if connection is None or not connection.is_open or connection.session is not session:
                raise refusal(EOFError(), self._settings, place=Place(file=shown(name)))
            with self._work(name, until_s=until_s):
                try:
                    yield
                except SftpStatus as status:  # a half-read file is not wrong, it is not read yet
                    raise failed(status, self._settings, Place(file=shown(name))) from status

    @contextmanager
    def _work(self, name: str = "", *, until_s: float | None = None) -> Iterator[Session]:
        """Lend the session for one piece of work; after any error of it the connection is closed.

        A `Rejected` that the work itself raises is no such error: the server had answered.
        """
        with self._lock:
            in_order = False
            try:
                connection = self._connected()
                until_s = until_s or self._until_s()
                stall_s = self._settings.stall_timeout_s
                with connection.watchdog.working(until_s, stall_s=stall_s):
                    connection.session.shut_returned()
                    yield connection.session
                in_order = True
            except Rejected:
                in_order = True
                raise
            except TROUBLE as error:
                reason = self._connection.watchdog.verdict if self._connection else ""
                place = Place(file=shown(name)) if name else NOWHERE
                raise refusal(error, self._settings, place=place, reason=reason) from error
            finally:
                if not in_order:
                    self._drop()

    def _connected(self) -> Connection:
        if self._connection is not None and not self._connection.is_open:
            self._drop()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Connection:
        """Log in, unless a login failed lately; that failure is told again then."""
        now_s = self._monotonic()
        if self._login_refusal is not None and now_s < self._login_at_s:
            raise self._login_refusal.with_traceback(None)
        try:
            connection = Connection(self._settings)
        except HubError as error:
            if error.code in LOGIN_PAUSES_S:
                self._login_refusal = error
                self._login_at_s = now_s + LOGIN_PAUSES_S[error.code]
            raise
        self._login_refusal = None
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _until_s(self) -> float:
        return time.monotonic() + self._settings.transfer_timeout_s

    def _path(self, name: str) -> bytes:
        if not is_component(name):
            raise Rejected("file_name_unsafe", place=Place(file=shown(name)))
        return self._base + b"/" + _encoded(name)

    def _seen(self, session: Session, name: str, found: SFTPAttributes | None) -> RemoteFile | None:
        """Return a listed entry if it is a regular file; some servers do not say what it is."""
        if found is not None and found.st_mode is None and is_component(name):
            found = session.look(self._path(name))
        if found is None or not stat.S_ISREG(found.st_mode or 0):
            return None
        modified_ns = (found.st_mtime or 0) * NANOSECONDS
        return RemoteFile(name=name, size_bytes=size_of(found), modified_ns=modified_ns)


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _make(session: Session, folder: bytes) -> None:
    """Make a folder; what is not a folder itself, such as a link, is not followed."""
    found = session.look(folder)
    if found is None:
        session.mkdir(folder)
    elif not stat.S_ISDIR(found.st_mode or 0):
        raise SftpStatus(SFTP_FAILURE, f"{DONE} or {REFUSED} is not a folder of its own")


def _moved(session: Session, source: bytes, target: bytes) -> bool:
    """Move without overwriting; a source that is gone was moved by an earlier run."""
    try:
        if session.look(target) is not None:
            return False
        session.rename(source, target)
    except SftpStatus as status:
        if session.look(source) is None:
            return True
        if status.code == SFTP_BAD_MESSAGE or session.look(target) is not None:
            return False  # too long a name, or one that was taken meanwhile
        raise
    return True
