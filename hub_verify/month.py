"""Checks the package of an archived month: a folder, with nothing but this program."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from hub_verify.pack import Wrong, canonical, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FORMAT: Final = "agency-hub/month/1"
CHUNK_BYTES: Final = 1 << 20
_ROW: Final = ("n", "at", "event", "subject", "actor", "person", "facts")


def check_month(
    folder: Path, say: Callable[[str, str], None], *, previous: Path | None, heads: dict[int, str]
) -> None:
    """Check every part, the journal's segment, the vouchers, and the month before.

    `Wrong` names the part that does not hold, whatever its bytes are.
    """
    manifest = _manifest(folder)
    with _readable("manifest.json"):
        _parts(folder, manifest, say)
    _originals(folder, say)
    with _readable("tables/journal.csv"):
        _journal(folder, manifest, say, heads)
    with _readable("tables/vouchers.csv"):
        _vouchers(folder, manifest, say)
    with _readable("manifest.json"):
        _previous(manifest, previous, say)


@contextmanager
def _readable(part: str) -> Iterator[None]:
    """Say of a part that is not what a hub writes that it cannot be read."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, csv.Error, RecursionError) as error:
        raise Wrong(part, "无法读取", f"cannot be read ({type(error).__name__})") from error


def _manifest(folder: Path) -> dict[str, Any]:
    with _readable("manifest.json"):
        manifest = json.loads((folder / "manifest.json").read_bytes())
        known = manifest["format"] == FORMAT
    if not known:
        raise Wrong("manifest.json", "不是月度档案", "is of no archived month")
    return dict(manifest)


def _parts(folder: Path, manifest: dict[str, Any], say: Callable[[str, str], None]) -> None:
    listed = dict(manifest["parts"])
    there = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    for name in sorted({*listed, *there}):
        if name not in there:
            raise Wrong(name, "缺失", "is missing")
        if listed.get(name) != _digest(folder / name):
            raise Wrong(name, "内容与清单不符", "is not what the manifest says")
    say(f"{len(listed)} 个部分与清单一致", f"{len(listed)} parts are what the manifest says")


def _originals(folder: Path, say: Callable[[str, str], None]) -> None:
    count = 0
    for path in sorted((folder / "originals").rglob("*")):
        if path.is_file():
            count += 1
            if _digest(path) != path.name:
                raise Wrong(path.name, "原件与其名称不符", "is not what its name says")
    say(f"{count} 份原件未被改动", f"{count} originals are unchanged")


def _journal(
    folder: Path, manifest: dict[str, Any], say: Callable[[str, str], None], heads: dict[int, str]
) -> None:
    name, segment = "tables/journal.csv", manifest["journal"]
    previous, n = segment["before"], int(segment["first"]) - 1
    for row in _rows(folder, "journal", manifest):
        n += 1
        plain = {key: row[key] for key in _ROW} | {"n": int(row["n"])}
        digest = sha256(b"\0" + bytes.fromhex(previous) + canonical(plain))
        if plain["n"] != n or digest != row["hash"] or heads.get(n, digest) != digest:
            raise Wrong(name, f"第 {n} 行被改动", f"row {n} was altered")
        previous = digest
    if (n, previous) != (int(segment["last"]), segment["head"]):
        raise Wrong(name, "末行与清单不符", "does not end as the manifest says")
    say(f"流水 {segment['first']}–{n} 首尾相接", f"journal {segment['first']}-{n}: one chain")


def _vouchers(folder: Path, manifest: dict[str, Any], say: Callable[[str, str], None]) -> None:
    sums: dict[str, int] = defaultdict(int)
    for line in _rows(folder, "voucher_lines", manifest):
        signed = int(str(line["amount_fen"])) * (1 if line["side"] == "debit" else -1)
        sums[str(line["voucher_no"])] += signed
    for row in _rows(folder, "vouchers", manifest):
        if sums.pop(str(row["no"]), 1) != 0:
            raise Wrong(
                "tables/vouchers.csv", f"{row['no']} 借贷不平", f"{row['no']} does not balance"
            )
    if sums:
        raise Wrong("tables/voucher_lines.csv", "有分录无凭证", "has lines without a voucher")
    say("每张凭证借贷平衡", "every voucher balances")


def _previous(
    manifest: dict[str, Any], previous: Path | None, say: Callable[[str, str], None]
) -> None:
    wanted = manifest["previous"]
    if wanted is None:
        say("这是第一个归档月份", "this is the first archived month")
        return
    if previous is None:
        say(f"上一月清单应为 {wanted}", f"the manifest of the month before must be {wanted}")
        return
    if _digest(previous / "manifest.json") != wanted:
        raise Wrong("manifest.json", "上一月清单不符", "the month before is another one")
    earlier = _manifest(previous)["journal"]
    segment = manifest["journal"]
    if (int(earlier["last"]) + 1, earlier["head"]) != (int(segment["first"]), segment["before"]):
        raise Wrong("tables/journal.csv", "与上一月流水不接", "does not follow the month before")
    say("与上一月首尾相接", "follows the month before")


def _rows(folder: Path, table: str, manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    null = manifest["null"]
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {key: None if value == null else value for key, value in row.items()}


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as content:
            while chunk := content.read(CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise Wrong(path.name, "无法读取", f"cannot be read ({error})") from error
    return digest.hexdigest()
