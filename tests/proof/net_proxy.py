"""A TCP proxy that acts on bytes: cuts, freezes or loses an answer at an offset or a pattern."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Self

from tests.servers import HOST

PIECE_BYTES = 16 * 1024


class Way(Enum):
    """From the hub to the server, or back."""

    UP = 0
    DOWN = 1


class Act(Enum):
    """What happens there: both ends are closed; nothing passes ever again; the answer is lost.

    With LOSE_ANSWER the bytes reach the server, and the connection ends when it has answered.
    """

    CUT = "cut"
    FREEZE = "freeze"
    LOSE_ANSWER = "lose the answer"


@dataclass
class Rule:
    """Acts `times` times: at `offset` bytes of a connection's way, or where `pattern` begins."""

    way: Way
    act: Act
    offset: int | None = None
    pattern: bytes = b""
    skip: int = 0  # matches that pass unharmed first
    times: int = 1
    fired: int = 0

    def place(self, before: int, tail: bytes, piece: bytes) -> int | None:
        """Return where in this piece it acts; `before` bytes of the way came earlier."""
        if self.fired >= self.times:
            return None
        if self.offset is not None:
            at = self.offset - before
            if not 0 <= at < len(piece):
                return None
        else:
            found = (tail + piece).find(self.pattern)
            if found < 0:
                return None
            if self.skip:
                self.skip -= 1
                return None
            at = max(0, found - len(tail))
        self.fired += 1
        return at


@dataclass(eq=False)
class Pair:
    """One connection: the hub's socket and the server's."""

    hub: socket.socket
    server: socket.socket
    flows: threading.Event = field(default_factory=threading.Event)
    rule: Rule | None = None  # of this connection only
    loses_answer: bool = False
    frozen_at_s: float | None = None
    bytes: dict[Way, int] = field(default_factory=lambda: {Way.UP: 0, Way.DOWN: 0})

    def close(self) -> None:
        """Close both ends."""
        for one in (self.hub, self.server):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.flows.set()


class WireProxy:
    """Forwards to a port. `rules` act on any connection, one of `plan` on each that is made."""

    def __init__(self, port: int) -> None:
        self.rules: list[Rule] = []
        self.plan: deque[Rule] = deque()
        self.accepted_s: list[float] = []
        self.noticed_s: list[float] = []  # how long the hub bore with a frozen connection
        self.longest = {Way.UP: 0, Way.DOWN: 0}  # bytes of one connection
        self._target = (HOST, port)
        self._pairs: list[Pair] = []
        self._lock = threading.Lock()
        self._frozen = False
        self._listener = socket.create_server((HOST, 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Close every connection."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.close()

    def freeze(self) -> None:
        """Let nothing pass any more, on no connection; new ones hear nothing either."""
        with self._lock:
            self._frozen = True
            for pair in self._pairs:
                pair.flows.clear()

    def thaw(self) -> None:
        """Let everything pass that was held up."""
        with self._lock:
            self._frozen = False
            for pair in self._pairs:
                pair.flows.set()

    def add(self, rule: Rule) -> Rule:
        """Let a rule act from now on."""
        with self._lock:
            self.rules.append(rule)
        return rule

    def behave(self) -> None:
        """Forget every rule, and let everything pass."""
        with self._lock:
            self.rules.clear()
            self.plan.clear()
        self.thaw()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(self._target, 10)
                except OSError:  # the server is down: so are we
                    client.close()
                    continue
                server.settimeout(None)
                pair = Pair(client, server)
                with self._lock:
                    self.accepted_s.append(time.monotonic())
                    pair.rule = self.plan.popleft() if self.plan else None
                    self._pairs.append(pair)
                    if not self._frozen:
                        pair.flows.set()
                for way in Way:
                    threading.Thread(target=self._pump, args=(pair, way), daemon=True).start()

    def _pump(self, pair: Pair, way: Way) -> None:
        source, target = (pair.hub, pair.server) if way is Way.UP else (pair.server, pair.hub)
        tail = b""
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                if way is Way.DOWN and pair.loses_answer:
                    break
                act, at = self._judge(pair, way, tail, piece)
                tail, size = piece[-64:], len(piece)
                if act is Act.CUT:
                    target.sendall(piece[:at])
                    break
                if act is Act.FREEZE:
                    target.sendall(piece[:at])
                    pair.frozen_at_s = time.monotonic()
                if pair.frozen_at_s is not None:  # it goes nowhere, and nobody is told
                    continue
                pair.loses_answer = pair.loses_answer or act is Act.LOSE_ANSWER
                pair.flows.wait()
                target.sendall(piece)
                pair.bytes[way] += size
                self.longest[way] = max(self.longest[way], pair.bytes[way])
        if pair.frozen_at_s is not None and way is Way.UP:
            self.noticed_s.append(time.monotonic() - pair.frozen_at_s)
        with self._lock:
            if pair in self._pairs:
                self._pairs.remove(pair)
        pair.close()

    def _judge(self, pair: Pair, way: Way, tail: bytes, piece: bytes) -> tuple[Act | None, int]:
        with self._lock:
            for rule in (*self.rules, *([pair.rule] if pair.rule else [])):
                if rule.way is not way:
                    continue
                if (at := rule.place(pair.bytes[way], tail, piece)) is not None:
                    return rule.act, at
        return None, 0
