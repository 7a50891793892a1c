"""How fast the hub moves a file over SFTP, against OpenSSH's own client on the same server.

    python benchmarks/sftp.py --megabytes 64

Starts an sshd on loopback. Puts and gets one file with `sftp` and with the hub's channel in turn;
the hub also syncs the file to the server's disk and proves every copy by reading it back, so its
put is measured with and without that proof. The best of each counts; look at the ratios, since
both sides encrypt on the same processors.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hub.adapters.sftp import CHUNK_BYTES, SftpChannel
from tests.adapters.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1024 * 1024


def openssh(server: Sshd, command: str) -> None:
    words = [
        "sftp", "-q", "-b", "-", "-P", str(server.port), "-i", str(server.user_key),
        "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o", "LogLevel=ERROR", f"{getpass.getuser()}@127.0.0.1",
    ]  # fmt: skip
    subprocess.run(words, input=command.encode(), check=True, stdout=subprocess.DEVNULL)


def hub_get(channel: SftpChannel, name: str, target: Path) -> None:
    with channel.open(name) as content, target.open("wb") as file:
        while chunk := content.read(CHUNK_BYTES):
            file.write(chunk)


def hub_put(channel: SftpChannel, name: str, source: Path, sha256: str) -> None:
    with source.open("rb") as content:
        channel.put(name, content, sha256=sha256)


def seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure(folder: Path, size_bytes: int, rounds: int) -> dict[str, float]:
    source, target, remote = folder / "source", folder / "target", folder / "remote"
    source.write_bytes(os.urandom(size_bytes))
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    remote.mkdir()
    best: dict[str, float] = {}
    (folder / "sshd").mkdir()
    with Sshd(folder / "sshd") as server:

        def channel(verify: str = "content") -> SftpChannel:
            return SftpChannel(server.settings(remote, verify=verify))  # logs in anew, as sftp does

        works = {
            "openssh_put_s": lambda: openssh(server, f"put {source} {remote}/file\n"),
            "openssh_get_s": lambda: openssh(server, f"get {remote}/file {target}\n"),
            "hub_put_s": lambda: hub_put(channel("size"), "file", source, sha256),
            "hub_put_proved_s": lambda: hub_put(channel(), "file", source, sha256),
            "hub_get_s": lambda: hub_get(channel(), "file", target),
        }
        for _ in range(rounds):
            for name, work in works.items():
                if "put" in name:
                    (remote / "file").unlink(missing_ok=True)
                best[name] = min(seconds(work), best.get(name, float("inf")))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-sftp-") as folder:
        best = measure(Path(folder), options.megabytes * MIB, options.rounds)
    ratios = {
        "put_ratio": best["hub_put_s"] / best["openssh_put_s"],
        "put_proved_ratio": best["hub_put_proved_s"] / best["openssh_put_s"],
        "get_ratio": best["hub_get_s"] / best["openssh_get_s"],
    }
    print(json.dumps({k: round(v, 2) for k, v in {**best, **ratios}.items()}, indent=2))


if __name__ == "__main__":
    main()
