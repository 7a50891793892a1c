"""A real OpenSSH server on loopback, with keys and a configuration of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

import psutil
from mirakuru import TCPExecutor

from hub.settings import SftpSettings
from tests.conftest import require
from tests.servers import HOST, _free_port

START_TIMEOUT_S = 30
PRIVILEGE_SEPARATION = Path("/run/sshd")  # compiled in; sshd will not start for root without it
CONFIG = """
Port {port}
ListenAddress {host}
HostKey {host_key}
AuthorizedKeysFile {authorized}
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxAuthTries {max_auth_tries}
MaxStartups 100
LogLevel VERBOSE
Subsystem sftp internal-sftp {options}
"""


class Sshd:
    """A server that starts, stops and starts again on one port; `settings` lead to it.

    `options` are those of sftp-server(8): `-R` permits reading only, `-P name` forbids a request.
    `file_blocks_max` is how large a file may become, in blocks of 512 bytes: a disk that is full.
    """

    def __init__(
        self, folder: Path, *, options: str = "", max_auth_tries: int = 6, file_blocks_max=None
    ) -> None:
        self.folder = folder
        self.port = _free_port()
        self.options, self.max_auth_tries = options, max_auth_tries
        self.user_key = new_key(folder / "user_key")
        self.host_key = new_key(folder / "host_key")
        self._shell = "exec"
        if file_blocks_max is not None:  # the signal would end the server instead of failing it
            self._shell = f"trap '' XFSZ; ulimit -f {file_blocks_max}; exec"
        self._executor = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self, *, host_key: Path | None = None) -> None:
        binary = _binary()
        require(binary is not None, "sshd (openssh-server)")
        if os.geteuid() == 0:
            PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
        config = self.folder / "sshd_config"
        config.write_text(
            CONFIG.format(
                port=self.port, host=HOST, host_key=host_key or self.host_key,
                authorized=self.user_key.with_suffix(".pub"),
                max_auth_tries=self.max_auth_tries, options=self.options,
            )
        )  # fmt: skip
        self._executor = TCPExecutor(
            ["sh", "-c", f"{self._shell} {binary} -D -e -f {config} 2>>{self.folder}/log"],
            host=HOST, port=self.port, timeout=START_TIMEOUT_S,
        )  # fmt: skip
        self._executor.start()

    def stop(self) -> None:
        """End the server and every connection that it serves, as a machine that goes down."""
        if self._executor is None or self._executor.process is None:
            return
        children = psutil.Process(self._executor.process.pid).children(recursive=True)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children, timeout=START_TIMEOUT_S)
        self._executor.stop()

    def settings(self, folder: Path, **changes) -> SftpSettings:
        values = {
            "name": "bank", "kind": "sftp", "direction": "in", "host": HOST, "port": self.port,
            "user": getpass.getuser(), "folder": str(folder),
            "private_key": f"file:{self.user_key}",
            "host_keys": (public(self.host_key),),
            "connect_timeout_s": 20.0, "stall_timeout_s": 20.0,
        }  # fmt: skip
        return SftpSettings(**{**values, **changes})


def new_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """Make a key pair at a path and return the path of its private half."""
    require(shutil.which("ssh-keygen") is not None, "ssh-keygen (openssh-client)")
    words = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(words, check=True, capture_output=True)
    return path


def public(private: Path) -> str:
    """Return the public half of a key as one line."""
    return private.with_suffix(".pub").read_text("utf-8").strip()


def _binary() -> str | None:
    folders = (*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/usr/local/sbin")
    return shutil.which("sshd", path=os.pathsep.join(folders))
