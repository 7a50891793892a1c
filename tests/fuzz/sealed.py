"""Targets: what `hub-verify` reads without a hub, evidence packs and archived months."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from hub_verify.checks import check
from hub_verify.month import check_month
from hub_verify.pack import Wrong, canonical, open_pack, sha256
from tests.fuzz.target import Target, Unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.mutations import Seed
    from tests.fuzz.target import Run

EVIDENCE = Path(__file__).with_name("evidence.zip")
MONTH = Path(__file__).with_name("month.zip")
MANIFEST = "manifest.json"
CHECKED = ("journal", "vouchers", "voucher_lines")  # tables that the verifier takes apart


def _packs() -> Iterator[Seed]:
    yield "", EVIDENCE.read_bytes()


def _check_pack(_label: str, content: bytes) -> None:
    check(open_pack(content), lambda _zh, _en: None, pinned=None, heads={})
    if content != EVIDENCE.read_bytes():
        raise Unsafe("evidence: another pack than the one that was signed is taken")


def _months() -> Iterator[Seed]:
    with zipfile.ZipFile(MONTH) as pack:
        for name in ("manifest.json", *(f"tables/{t}.csv" for t in CHECKED)):
            yield name, pack.read(name)


def _open_month(folder: Path) -> Run:
    with zipfile.ZipFile(MONTH) as pack:
        pack.extractall(folder)
    sealed = (folder / MANIFEST).read_bytes()

    def run(name: str, content: bytes) -> None:
        """Check the month with one part damaged, of which the manifest says that it is right."""
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(content)
        if name != MANIFEST:
            manifest = json.loads(sealed)
            manifest["parts"][name] = sha256(content)
            (folder / MANIFEST).write_bytes(canonical(manifest))
        try:
            check_month(folder, lambda _zh, _en: None, previous=None, heads={})
        finally:
            (folder / name).write_bytes(before)
            (folder / MANIFEST).write_bytes(sealed)

    return run


TARGETS = [
    Target(name="evidence", modules=["hub_verify.pack", "hub_verify.checks", "hub_verify.signatures",  # noqa: E501
                                     "hub_verify.main"],
           seeds=_packs, open=lambda _folder: _check_pack, refusals=(Wrong,)),
    Target(name="month", modules=["hub_verify.month"], seeds=_months, open=_open_month,
           refusals=(Wrong,)),
]  # fmt: skip
