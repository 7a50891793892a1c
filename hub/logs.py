"""Logs: structlog, set up once; one line per step; nobody's number in any of them.

Event names are `noun.verb`. Identity numbers (15 or 18 places, the last may be X) and account
numbers (16 to 19 digits) are masked wherever they stand in a line, nested values and tracebacks
included. Lines leave by a thread of their own: a reader that hangs costs lines, never work
(reliability row 112).
"""

from __future__ import annotations

import atexit
import logging
import queue
import re
import sys
import threading
from typing import TYPE_CHECKING, Any, Final, TextIO

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

DEPTH_MAX: Final = 8  # nested values below this are replaced: a log line is not a document
LINES_WAITING_MAX: Final = 10_000
FLUSH_TIMEOUT_S: Final = 2.0

# \d takes full-width digits too. Digests and trace ids (32 or 64 hex places) are matched first
# so that a run of digits inside one of them stays readable.
_NUMBER: Final = re.compile(
    r"(?<![0-9a-zA-Z])(?P<digest>[0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-zA-Z])"
    r"|(?<!\d)(?:\d{17}[Xx]|\d{15}|\d{16,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?)(?!\d)"
)
_KEPT_FIRST: Final = 4
_KEPT_LAST: Final = 2


def set_up_logs(*, level: str, form: str, stream: TextIO | None = None) -> LineWriter:
    """Configure structlog for the whole process; `form` is `json` or `console`.

    Calling it again replaces the earlier set-up. The answer can be flushed.
    """
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    writer = LineWriter(stream or sys.stderr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            mask_numbers,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=lambda *_args: writer,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Library()], level=logging.WARNING, force=True)
    return writer


def log(actor: str) -> Any:  # noqa: ANN401 -- structlog's loggers are typed Any
    """Return a logger whose lines say which actor speaks."""
    return structlog.get_logger(actor=actor)


def mask_numbers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask identity and account numbers anywhere in a line's keys and values."""
    return {masked(str(key)): _masked(value, 0) for key, value in event.items()}


def masked(text: str) -> str:
    """Return text with every identity or account number hidden but for its ends."""
    return _NUMBER.sub(_hide, text)


class _Library(logging.Handler):
    """Lets the libraries' own warnings (pykka, alembic) go through the same masks."""

    def emit(self, record: logging.LogRecord) -> None:
        emit = (
            log(record.name).error if record.levelno >= logging.ERROR else log(record.name).warning
        )
        emit("library.warned", message=record.getMessage(), exc_info=record.exc_info)


class LineWriter:
    """Writes log lines from a thread of its own and drops what a stuck reader does not take."""

    def __init__(self, stream: TextIO) -> None:
        self.dropped = 0
        self._stream = stream
        self._lines: queue.Queue[str] = queue.Queue(LINES_WAITING_MAX)
        threading.Thread(target=self._write, name="log-writer", daemon=True).start()
        atexit.register(self.flush)

    def msg(self, line: str) -> None:
        """Take one line; never waits, never fails."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    debug = info = warning = error = critical = exception = msg

    def flush(self, timeout_s: float = FLUSH_TIMEOUT_S) -> bool:
        """Wait until every line taken so far is written; False when that took too long."""
        written = threading.Thread(target=self._lines.join, daemon=True)
        written.start()
        written.join(timeout_s)
        return not written.is_alive()

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):  # the reader is gone; the work goes on
                self.dropped += 1
            finally:
                self._lines.task_done()


def _hide(match: re.Match[str]) -> str:
    text = match[0]
    if match["digest"]:
        return text
    return text[:_KEPT_FIRST] + "*" * (len(text) - _KEPT_FIRST - _KEPT_LAST) + text[-_KEPT_LAST:]


def _masked(value: object, depth: int) -> object:
    if depth > DEPTH_MAX:
        return "…"
    if isinstance(value, dict):
        return {masked(str(k)): _masked(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(item, depth + 1) for item in value]
    if value is None or isinstance(value, (bool, float)):
        return value
    text = masked(str(value))  # an exception's or a path's text may hold a number too
    return value if isinstance(value, int) and text == str(value) else text
