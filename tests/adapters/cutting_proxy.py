"""A TCP proxy that cuts, freezes or slows a connection when a condition becomes true."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

from tests.servers import HOST

PIECE_BYTES = 16 * 1024


class CuttingProxy:
    """Forwards to a port; `cut_when` and `freeze_when` are asked before every piece.

    A cut closes both sides; a freeze keeps them open and forwards nothing more, either way.
    """

    def __init__(self, port: int) -> None:
        self.cut_when = self.freeze_when = lambda: False
        self.pause_s = 0.0  # after every piece
        self.connections = 0
        self._target = (HOST, port)
        self._ended = threading.Event()
        self._pairs = []
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self._ended.set()
        _close(self._listener)
        self.cut()

    def cut(self) -> None:
        """Close every connection."""
        while self._pairs:
            _close(*self._pairs.pop())

    def behave(self) -> None:
        """Forward everything from now on; what is frozen stays frozen."""
        self.cut_when = self.freeze_when = lambda: False

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self.connections += 1
                self._pairs.append((client, server))
                frozen = threading.Event()
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(*pair, frozen), daemon=True).start()

    def _pump(self, source, target, frozen) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                if self.freeze_when():
                    frozen.set()
                if frozen.is_set():
                    self._ended.wait()
                if self.cut_when():
                    break
                target.sendall(piece)
                self._ended.wait(self.pause_s)
        _close(source, target)


def _close(*sockets) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
