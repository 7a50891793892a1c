"""`hub-verify FILE.zip`, or an archived month's folder: says line by line what it checked.

Exit code 0 only if all of it holds.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from hub_verify.checks import check
from hub_verify.month import check_month
from hub_verify.pack import Wrong, open_pack
from hub_verify.signatures import parse_key

UNUSABLE = 2  # the question, not the pack, is wrong


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="hub-verify", description="离线核验证据包 · Checks an evidence pack offline."
    )
    parser.add_argument("file", type=Path, help="证据包或月度档案 · the pack, or a month's folder")
    parser.add_argument("--key", help="导出机构的公钥 · the exporter's public key, ed25519:...")
    parser.add_argument("--head", type=Path, help="另存的流水头 · heads of the journal, JSON lines")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出 · answer as JSON")
    parser.add_argument("--previous", type=Path, help="上一月档案 · the month archived before")
    options = parser.parse_args(arguments)
    is_month = options.file.is_dir()
    try:
        content = b"" if is_month else options.file.read_bytes()
        if options.key:
            parse_key(options.key)
        heads = _heads(options.head)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"✗ {error}\n")
        raise SystemExit(UNUSABLE) from error
    found: list[dict[str, str]] = []

    def say(zh: str, en: str) -> None:
        found.append({"zh": zh, "en": en})
        if not options.json:
            sys.stdout.write(f"✓ {zh} · {en}\n")

    wrong = None
    try:
        if is_month:
            check_month(options.file, say, previous=options.previous, heads=heads)
        else:
            check(open_pack(content), say, pinned=options.key, heads=heads)
    except Wrong as error:
        wrong = error
    if options.json:
        first = None if wrong is None else {"part": wrong.part, "zh": wrong.zh, "en": wrong.en}
        answer = {"ok": wrong is None, "checked": found, "wrong": first}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    elif wrong is not None:
        sys.stdout.write(f"✗ {wrong.part}: {wrong.zh} · {wrong.en}\n")
    else:
        sys.stdout.write("✓ 全部属实 · everything holds\n")
    raise SystemExit(0 if wrong is None else 1)


def _heads(path: Path | None) -> dict[int, str]:
    """Return exported heads of the journal by row, as `hub journal export` writes them."""
    lines = [] if path is None else path.read_text("utf-8").splitlines()
    heads = [json.loads(line) for line in lines]
    return {int(head["n"]): str(head["hash"]) for head in heads}


if __name__ == "__main__":
    main()
