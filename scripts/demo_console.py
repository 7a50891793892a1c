"""The console on what `./run` made: demo people with fixed passwords, in the background.

For demonstrations only: `hub user demo` and `hub user code` are refused where `[console] demo` is
not true, and no configuration of the project says so.
"""  # noqa: INP001 -- a script

from __future__ import annotations

import base64
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.error import URLError

from commands import ROOT, hub_json, say

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

PASSWORD: Final = "demo demo demo"  # noqa: S105 -- of invented people, on this machine only
PORT: Final = 8480
PID_FILE: Final = "console.pid"
STARTS_S: Final = 60


def wanted(words: list[str]) -> bool:
    """Tell whether a console is to be left running: not in CI, not with --no-console."""
    return "--no-console" not in words and not os.environ.get("CI")


def start(home: Path, day: date, kept: Path) -> str:
    """Serve the deployment in `home` on its day; `kept` remembers it. Returns the address."""
    config = home / "config"
    url = _configure(config / "hub.toml", home)
    people = hub_json("user", "demo", "--password", PASSWORD, "--config", config)
    line = [sys.executable, "-m", "hub", "console", "--as-of", str(day), "--config", str(config)]
    with (home / "console.log").open("ab") as log:
        process = subprocess.Popen(
            line, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    (kept / PID_FILE).write_text(str(process.pid), "ascii")
    if not _answers(url, process):
        raise SystemExit(f"工作台未能启动 · the console did not start: {home / 'console.log'}")
    _say(url, config, people, process.pid)
    return url


def stop(kept: Path) -> None:
    """Stop the console that an earlier run left; what is not such a console is left alone."""
    file = kept / PID_FILE
    with suppress(OSError, ValueError):
        pid = int(file.read_text("ascii"))
        file.unlink()
        words = _words(pid)
        if "console" in words and any(word.startswith(str(kept)) for word in words):
            os.kill(pid, signal.SIGTERM)
            until = time.monotonic() + STARTS_S
            while _words(pid) and time.monotonic() < until:
                time.sleep(0.1)


def _configure(file: Path, home: Path) -> str:
    """Let the copied configuration serve a demonstration; returns the console's address."""
    key = home / "config" / "console.key"
    if not key.exists():  # what an earlier start sealed stays readable
        key.write_text(base64.b64encode(secrets.token_bytes(32)).decode(), "ascii")
        key.chmod(0o600)
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    text = file.read_text("utf-8")
    for name, value in (
        ("port", str(port)), ("public_url", f'"{url}"'), ("key", f'"file:{key}"'), ("demo", "true")
    ):  # fmt: skip
        head, mark, tail = text.partition("[console]")
        text = head + mark + re.sub(rf"(?m)^(# )?{name} = .*$", f"{name} = {value}", tail, count=1)
    file.write_text(text, "utf-8")
    return url


def _free_port() -> int:
    for port in (PORT, 0):
        with suppress(OSError), socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", port))
            return int(one.getsockname()[1])
    raise SystemExit("没有可用端口 · no port is free")


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until and process.poll() is None:
        with suppress(URLError, OSError), urllib.request.urlopen(f"{url}/health", timeout=2):  # noqa: S310
            return True
        time.sleep(0.2)
    return False


def _words(pid: int) -> list[str]:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123 -- the kernel's own
            return file.read().decode("utf-8", "replace").split("\0")[:-1]
    except OSError:
        return []


def _say(url: str, config: Path, people: list[dict[str, str]], pid: int) -> None:
    say(f"\n== 工作台 · the console: {url} ==")
    say(f"  演示用户（仅供演示）· demo users only; password: {PASSWORD}")
    for one in people:
        say(f"  {one['sign_in']:<24} {one['name']} · {one['role_zh']} · {one['role_en']}")
    say(f"  动态验证码 · one-time code: .venv/bin/hub user code SIGN_IN --config {config}")
    say(f"  停止 · to stop: kill {pid}")
