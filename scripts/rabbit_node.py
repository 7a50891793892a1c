"""A RabbitMQ node of the demonstration's own: on loopback, with its own ports, name and folder.

It has nothing to do with a node that this machine may run already, and it ends with the script.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from commands import say
from rabbit_environment import HOST, environment

if TYPE_CHECKING:
    from types import TracebackType

SERVER: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # that of PATH changes the user
NO_SERVICES: Final = Path("/usr/sbin/policy-rc.d")
ADMIN: Final = "admin"
START_S: Final = 120
STOP_S: Final = 30
CONFIG: Final = """\
listeners.tcp.1 = {host}:{amqp}
management.tcp.ip = {host}
management.tcp.port = {api}
default_user = {user}
default_pass = {password}
log.console = false
log.file.level = warning
disk_free_limit.absolute = 1MB
"""


def require_server() -> None:
    """Install RabbitMQ where it is missing; stop with what to do where that is not ours to do."""
    if SERVER.exists() and shutil.which("epmd"):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SystemExit(
            "需要 RabbitMQ 3.10 或更高版本。请由管理员安装后重试：apt-get install rabbitmq-server\n"
            "RabbitMQ 3.10 or newer is needed. Ask an administrator for: "
            "apt-get install rabbitmq-server"
        )
    say("安装 RabbitMQ（仅一次）· installing RabbitMQ, once …")
    ours = not NO_SERVICES.exists()
    if ours:  # the package would start a node for the whole machine; nobody asked for that
        NO_SERVICES.write_text("#!/bin/sh\nexit 101\n", "utf-8")
        NO_SERVICES.chmod(0o755)
    try:
        for words in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends",
                                          "rabbitmq-server")):  # fmt: skip
            done = subprocess.run(
                ["apt-get", *words], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode != 0:
                raise SystemExit(f"apt-get {words[0]}: {done.stderr.strip()[-600:]}")
    finally:
        if ours:
            NO_SERVICES.unlink()


class RabbitNode:
    """A node that runs while it is entered."""

    def __init__(self, folder: Path, password: str) -> None:
        self.amqp, self.api, self._dist, self._epmd = free_ports(4)
        self._folder = folder
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        config = CONFIG.format(
            host=HOST, amqp=self.amqp, api=self.api, user=ADMIN, password=password
        )
        (folder / "rabbitmq.conf").touch(0o600)
        (folder / "rabbitmq.conf").write_text(config, "utf-8")
        (folder / "enabled_plugins").write_text("[rabbitmq_management].", "utf-8")

    def __enter__(self) -> Self:
        name = f"hub-demo-{self.amqp}@localhost"
        apart = environment(self._folder, name, distribution=self._dist, mapper=self._epmd)
        kill_with_us = ("setpriv", "--pdeathsig", "KILL", "--") if shutil.which("setpriv") else ()
        with (self._folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [*kill_with_us, str(SERVER)], env=apart, cwd=self._folder,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the node, and the little daemon that knows its port."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        epmd = ["epmd", "-port", str(self._epmd), "-kill"]
        subprocess.run(epmd, capture_output=True, check=False)

    def _wait(self) -> None:
        """Return once its management answers."""
        deadline_s = time.monotonic() + START_S
        while not self._answers():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline_s:
                words = (self._folder / "out").read_text("utf-8", "replace")[-2000:]
                raise SystemExit(f"RabbitMQ 未能启动 · did not start:\n{words}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        login = base64.b64encode(f"{ADMIN}:{self._password}".encode()).decode()
        request = urllib.request.Request(
            f"http://{HOST}:{self.api}/api/overview", headers={"Authorization": f"Basic {login}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- our own
                return bool(answer.read())
        except (OSError, urllib.error.URLError):
            return False


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
