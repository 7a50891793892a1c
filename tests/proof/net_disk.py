"""A hub whose disks run full one by one, or whose log nobody reads; later there is room again.

Lists come in and letters go out meanwhile: each list must be counted once and each letter be
delivered once, without anybody's help.
"""

from __future__ import annotations

import subprocess
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Self

from sqlalchemy import text

from hub.domain.facts import Source
from hub.errors import Unavailable
from hub.store.archive import Archive
from tests.command import Command
from tests.facts import TUESDAY, collection
from tests.proof.net_process import HubProcess, until
from tests.servers import open_store

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {"database": "6m", "archive": "2m", "work": "2m", "letters": "1m", "log": "256k"}
"""Which disk can run full, each a file system of its own; the database's also has its journal."""

PLACES = {
    "database": "var", "archive": "var/archive", "work": "var/work", "letters":
    "channels/letters-out", "log": "log",
}  # fmt: skip
SETTLE_S = 240.0
CHUNK = 4096


class Disk:
    """A small file system of its own at a folder; needs root."""

    def __init__(self, folder: Path, size: str) -> None:
        self.folder = folder
        self._ballast = folder / ".ballast"
        folder.mkdir(parents=True, exist_ok=True)
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "proof", str(folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        self.refusal = done.stderr.strip() if done.returncode else None

    def fill(self, *, leave=0) -> None:
        """Use all room, but for so many bytes."""
        size = 64 * 1024
        with self._ballast.open("ab", buffering=0) as file:
            while size >= CHUNK:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2
        if leave:
            with self._ballast.open("r+b") as file:
                file.truncate(max(0, self._ballast.stat().st_size - leave))

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)

    def unmount(self) -> None:
        """Give it back."""
        subprocess.run(["umount", "-l", str(self.folder)], capture_output=True, check=False)


class DiskWorld:
    """One agency with lists and letters, and a file system for each of its folders."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.disks: dict[str, Disk] = {}
        self.refusal = None
        for name, place in PLACES.items():
            disk = self.disks[name] = Disk(home / place, SIZES[name])
            self.refusal = self.refusal or disk.refusal
        self.process: HubProcess | None = None
        self.lists = self.letters = 0
        self._waiting: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        if self.process is not None:
            self.process.kill()
        for disk in reversed(self.disks.values()):
            disk.unmount()

    def start(self) -> None:
        """Write the configuration and start the hub."""
        # the folders are there: they are where the disks are
        self.hub = Command(self.home / "deployment")
        for file in ("hub.toml", "channels.toml"):
            path = self.hub.config / file
            changed = path.read_text("utf-8")
            for old in ("sqlite:///var", '"var/archive', '"var/work', '"channels/letters-out'):
                changed = changed.replace(old, old.replace("var", f"{self.home}/var").replace(
                    "channels", f"{self.home}/channels"))  # fmt: skip
            path.write_text(changed, "utf-8")
        self.hub("check", "--create")
        self.store = open_store(f"sqlite:///{self.home}/var/hub.db")
        self.archive = Archive(self.home / "var" / "archive")
        self.process = HubProcess(self.hub.line("run"), self.home / "log" / "hub.log")
        self.process.wait_until_ready()

    def work(self, *, lists=2, letters=2) -> None:
        """Let lists come in, and decide to send letters."""
        for _ in range(lists):
            self.lists += 1
            rows = [collection(f"R{self.lists}-{n}") for n in range(50)]
            self.hub.deliver(Source.COLLECTIONS, rows, TUESDAY, self.lists)
        for _ in range(letters):
            self.letters += 1
            self._waiting.append(f"{self.letters}.txt")
        self._post()

    def settle(self) -> list[str]:
        """Wait until all is done, and return what is wrong."""
        until(self.is_done, timeout_s=SETTLE_S, what=self.left)
        self.process.stop()
        self.process = None
        once = "SELECT count(*) FROM journal WHERE event = '{}'"
        found = {
            "lists received": self.count(once.format("file.received")),
            "arrivals": self.count("SELECT count(*) FROM arrivals"),
            "letters delivered": self.count(once.format("delivery.delivered")),
            "letters there": sum(
                path.suffix == ".txt" for path in self.disks["letters"].folder.iterdir()
            ),
        }
        meant = dict(zip(found, (self.lists, self.lists, self.letters, self.letters), strict=True))
        wrong = [] if found == meant else [f"{found}, meant {meant}"]
        if not self.hub.json("verify", "--deep")["ok"]:
            wrong.append("hub verify")
        self.store.close()
        return wrong

    def left(self) -> dict:
        """Return what is not done."""
        with closing(self.store._engine.connect()) as connection:
            rows = connection.execute(
                text("SELECT queue, step, state, note FROM tasks WHERE state <> 'done'"
                     " AND step IN ('ingest', 'deliver')")
            ).all()  # fmt: skip
        return {"waiting": self._waiting, "tasks": [tuple(row) for row in rows]}

    def count(self, sql) -> int:
        """Return one number of the database."""
        with closing(self.store._engine.connect()) as connection:
            return connection.execute(text(sql)).scalar_one()

    def is_done(self) -> bool:
        """Tell whether nothing waits; fail when something waits for a person."""
        self.process.require_alive()
        self._post()
        left = self.left()
        parked = [task for task in left["tasks"] if task[2] == "parked"]
        assert not parked, parked  # a full disk is nobody's fault and needs nobody's decision
        read = self.count("SELECT count(*) FROM inbox WHERE state = 'read'")
        return not self._waiting and not left["tasks"] and read == self.lists

    def _post(self) -> None:
        while self._waiting:
            try:
                self._send(self._waiting[0])
            except Unavailable:
                return
            self._waiting.pop(0)

    def _send(self, name) -> None:
        sha256 = self.archive.put_bytes(name.encode()).sha256

        def unit(uow):
            at = uow.leases.now()
            out = uow.outbox.add(
                channel="letters-out", file_name=name, content_sha256=sha256, at=at
            )
            uow.tasks.add(
                queue="deliver:letters-out", step="deliver", subject_id=str(out.id), at=at
            )

        with suppress(LookupError):
            self.store.transact(unit)
