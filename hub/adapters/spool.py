"""The road without a broker: a folder that hubs on one machine share; durable and in order.

Each queue is a folder. A batch that is sent becomes one file there, written whole and synced
before it gets its name, so it is received whole or not at all; the file goes away once the
recipient has committed it. One reader at a time, as with a broker's single active consumer.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import json
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hub.domain import strict_json
from hub.domain.message_topology import dead_queue, matches, queues
from hub.errors import Unavailable
from hub.logs import log
from hub.ports import Message, Sent

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

LOOK_S: Final = 0.05
RETRY_S: Final = 1.0
SPOOL_FILES_MAX: Final = 10_000  # batches that may wait in one queue; above it senders are told no
_BATCH: Final = ".batch"
_KEYS: Final = "keys.json"


class SpoolRoad:
    """The shared folder, as one region's hub uses it; `region` is what others see as sender."""

    def __init__(self, path: Path, region: str, *, name: str = "folder") -> None:
        self._path = path
        self._region = region
        self._log = log(f"listen:{name}")

    def declare(self) -> None:
        """Make this region's queues; doing it again changes nothing."""
        with self._refusals():
            for queue in queues(self._region):
                folder = self._path / queue.name
                folder.mkdir(parents=True, exist_ok=True)
                _write(folder / _KEYS, json.dumps(queue.keys).encode())

    def send(self, messages: Sequence[Message]) -> Sequence[Sent]:
        """Write the messages to every queue that wants them, a file for each queue."""
        with self._refusals():
            wanted = dict(self._queues())
            batches: dict[Path, list[Message]] = {}
            targets = []
            for message in messages:
                folders = [
                    folder
                    for folder, keys in wanted.items()
                    if any(matches(key, message.key) for key in keys)
                ]
                targets.append(folders)
                for folder in folders:
                    batches.setdefault(folder, []).append(message)
            full = {folder for folder, batch in batches.items() if not self._put(folder, batch)}
        return [_outcome(folders, full) for folders in targets]

    def begin(self, messages: Sequence[Message]) -> Callable[[], Sequence[Sent]]:
        """Write the messages now; what is returned only tells the outcomes."""
        outcomes = self.send(messages)
        return lambda: outcomes

    def listen(
        self,
        queue: str,
        take: Callable[[Sequence[Message]], None],
        stopping: threading.Event,
    ) -> None:
        """Give what waits in a queue to `take`, in order, until told to stop."""
        folder = self._path / queue
        pause_s = 0.0
        while not stopping.wait(pause_s):
            try:
                with self._refusals(), _locked(folder / ".reader", wait=False) as is_ours:
                    if not is_ours:
                        pause_s = LOOK_S
                        continue
                    take(())
                    self._read(folder, take, stopping)
            except Unavailable as error:
                self._log.warning("listener.lost", queue=queue, code=error.code)
                pause_s = RETRY_S

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def depth(self) -> list[dict[str, Any]]:
        """Return how many messages wait in each queue of this region."""
        with self._refusals():
            return [
                {
                    "queue": queue.name,
                    "messages": sum(
                        len(_lines(f)) for f in (self._path / queue.name).glob("*" + _BATCH)
                    ),
                }
                for queue in queues(self._region)
            ]

    def _read(
        self,
        folder: Path,
        take: Callable[[Sequence[Message]], None],
        stopping: threading.Event,
    ) -> None:
        while not stopping.is_set():
            files = sorted(folder.glob("*" + _BATCH))
            for file in files:
                if stopping.is_set():
                    return
                take([_parse(line, self._region) for line in _lines(file)])  # commits
                file.unlink()
            if not files:
                stopping.wait(LOOK_S)

    def _queues(self) -> Iterator[tuple[Path, tuple[str, ...]]]:
        if not self._path.is_dir():
            return
        for folder in sorted(self._path.iterdir()):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                yield folder, tuple(json.loads((folder / _KEYS).read_bytes()))

    def _put(self, folder: Path, batch: Sequence[Message]) -> bool:
        """Add one batch behind all others; False when the queue is full."""
        with _locked(folder / ".writer", wait=True):
            names = sorted(f.name for f in folder.glob("*" + _BATCH))
            if len(names) >= SPOOL_FILES_MAX:
                return False
            number = int(names[-1].removesuffix(_BATCH)) if names else _last(folder)
            lines = b"".join(_line(m, self._region) for m in batch)
            _write(folder / f"{number + 1:020d}{_BATCH}", lines)
            _write(folder / ".last", str(number + 1).encode())
        return True

    @contextlib.contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(
                "road_folder_unavailable",
                folder=str(self._path),
                reason=error.strerror or str(error),
            ) from error


def _outcome(folders: Sequence[Path], full: set[Path]) -> Sent:
    if not folders:
        return Sent.UNROUTABLE
    return Sent.NACKED if any(folder in full for folder in folders) else Sent.CONFIRMED


def _last(folder: Path) -> int:
    # an empty queue must go on counting: a reader may hold a name that it has not removed yet
    try:
        return int((folder / ".last").read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def _line(message: Message, sender: str) -> bytes:
    values = {
        "id": message.id, "type": message.type, "key": message.key, "at": message.at.isoformat(),
        "headers": dict(message.headers), "sender": sender,
        "body": base64.b64encode(message.body).decode("ascii"),
    }  # fmt: skip
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines()


def _parse(line: bytes, region: str) -> Message:
    """Return the message of a line; one that is none comes as a message without id."""
    try:
        values = strict_json.loads(line)
        texts = {name: values[name] for name in ("id", "type", "key", "sender", "at")}
        headers, at = dict(values["headers"]), datetime.fromisoformat(texts.pop("at"))
        every = [*texts.values(), *headers.values()]
        body = base64.b64decode(values["body"], validate=True)
        if at.tzinfo is not None and all(isinstance(one, str) for one in every):
            return Message(**texts, at=at, headers=headers, body=body)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        pass
    epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return Message(id="", type="", key=dead_queue(region), body=line, at=epoch)


@contextlib.contextmanager
def _locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold a lock of this machine for the length of a block; yields whether it is ours."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all, and stays after a loss of power."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
