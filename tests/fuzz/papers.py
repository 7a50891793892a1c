"""Targets: packed files, workbooks, names of files, raw lines, papers, signatures."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from hub.adapters.pgp import PgpProtection
from hub.adapters.sm import Sm2Protection, Sm3Protection
from hub.documents.transfer_workbook import write_paper
from hub.documents.work_list import ITEM, SHEETS
from hub.domain.codes import bank_account, cnaps, credit_code, person_id, region
from hub.domain.file_name import is_plain, shown
from hub.domain.transfer_kinds import Kind
from hub.domain.transfer_paper import Paper, PaperKind, unflat
from hub.domain.way import Way
from hub.flows.payout_reissue import read_corrections
from hub.flows.work_list import read_work_list
from hub.mappings import raw_text, transfer_sheet, unpack
from hub.mappings.file_names import match, other_name
from hub.mappings.layout import Form
from hub.settings.protection import ProtectionSettings
from tests.fuzz.files import reading_of
from tests.fuzz.seeds import layouts, of_form
from tests.fuzz.target import Target, Unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fuzz.mutations import Seed
    from tests.fuzz.target import Run

FILE = "received.bin"
SIZE_MAX = 4 * 1024 * 1024


def _packed() -> Iterator[Seed]:
    inner = b"a|b|c\n" * 40
    yield "gz", gzip.compress(inner, mtime=0)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr(zipfile.ZipInfo("list.txt"), inner, compress_type=method)
        yield "zip", out.getvalue()


def _open_unpack(folder: Path) -> Run:
    path = folder / "packed"

    def run(label: str, content: bytes) -> None:
        path.write_bytes(content)
        with unpack.unpacked(
            path, file=f"x.{label}", size_bytes_max=SIZE_MAX, work_dir=folder
        ) as to:
            if to.stat().st_size > SIZE_MAX:
                raise Unsafe("unpack: more than the limit")
        if any(one.name.startswith("unpacked-") for one in folder.iterdir()):
            raise Unsafe("unpack: something is left")

    return run


def _workbooks() -> Iterator[Seed]:
    for label, content in of_form(Form.SHEET):
        if content.startswith((b"PK", b"\xd0\xcf")):
            yield label, content


def _read_workbook(label: str, content: bytes) -> None:
    reading_of(layouts()[label], content)


def _paper_books() -> Iterator[Seed]:
    common = {
        "ref": "ZY-1", "round": 1, "kind": Kind.PENSION, "person_id": "33010019800101000X",
        "person_name": "张三", "source": "510100", "target": "330100", "number": "F-1",
        "made_on": date(2026, 11, 24),
    }  # fmt: skip
    yield "", write_paper(Paper(paper=PaperKind.NOTICE, amount_fen=12345, **common))
    years = ({"year": 2025, "months": 12, "base_fen": 600000},)
    yield "", write_paper(Paper(paper=PaperKind.FORM, amount_fen=1, epoch=1, years=years, **common))


def _read_paper_book(_label: str, content: bytes) -> None:
    unflat(*transfer_sheet.read_sheet(content, file=FILE))


def _paper_seeds() -> Iterator[Seed]:
    yield from ((label, c) for label, c in of_form(Form.XML) if "transfer_paper" in label)


def _read_paper(label: str, content: bytes) -> None:
    layout = layouts()[label]
    rows, reading = reading_of(layout, content)
    fields = {name.partition(".")[2]: value for name, value in reading.head.items()}
    paper = unflat(fields, [row.values for row in rows])
    if not paper.code:
        raise Unsafe("paper: no code")


def _names() -> Iterator[Seed]:
    for label, layout in layouts().items():
        yield label, layout.file_name.replace("{any}", "1").encode()
    for name in ("ZSMX_20261124_001.txt", "a.txt.gz", "a.ZIP", "x.sig", "FFMX_20261124_001.csv"):
        yield "tax.collections", name.encode()


def _read_name(label: str, content: bytes) -> None:
    name = os.fsdecode(content)  # as a server's listing gives it
    template = layouts()[label].file_name
    match(template, name)
    plain = unpack.plain_name(name)
    match(template, plain)
    other_name(template, name)
    is_plain(name)
    text = shown(name)
    if not text.isprintable() and not all(
        c == "\u3000" or c.isprintable() or c.isspace() for c in text
    ):
        raise Unsafe("name: what is shown cannot be seen")
    text.encode("utf-8")
    for one in (bank_account, cnaps, credit_code, person_id, region):
        one.is_valid(name)
        one.compact(name)
    ProtectionSettings(signature_name="{name}.sig").signed_by(name)


def _raw() -> Iterator[Seed]:
    for form in (Form.DELIMITED, Form.XML, Form.CAMT, Form.MT940, Form.PAIN002):
        yield from of_form(form)


def _open_raw(folder: Path) -> Run:
    path = folder / "raw"

    def run(label: str, content: bytes) -> None:
        path.write_bytes(content)
        for number in (1, 3, 10**9):
            for piece in raw_text.pieces(path, layouts()[label], number, around=2):
                if content[piece.byte_offset :][: len(piece.raw)] != piece.raw:
                    raise Unsafe("raw: the piece does not stand where it says")

    return run


PLAIN = b"H|1\nD|1|100\n"
SECRET = "HUB_FUZZ_SECRET"


def _open_sm3(folder: Path) -> Run:
    os.environ[SECRET] = "a secret of tests"
    made = Sm3Protection(ProtectionSettings(scheme="sm3_suffix", secret=f"env:{SECRET}"))
    return _unseal(made, folder)


def _sm3_seeds() -> Iterator[Seed]:
    import hashlib

    digest = hashlib.new("sm3", PLAIN + b"a secret of tests").hexdigest().encode()
    yield "", PLAIN + b"<!--" + digest + b"-->"
    yield "", PLAIN + b"<!--" + digest.upper() + b"-->\r\n"


def _unseal(protection: object, folder: Path) -> Run:
    sealed = folder / "sealed"

    def run(_label: str, content: bytes) -> None:
        sealed.write_bytes(content)
        plain, who = protection.unseal(sealed, [], folder, file=FILE)  # type: ignore[attr-defined]
        if who is None or plain.read_bytes() != PLAIN:
            raise Unsafe("protection: altered content is taken as signed")

    return run


def _signatures(folder: Path, *, is_pgp: bool) -> Run:
    """Detached signatures, damaged: none but the good one may vouch for the file."""
    from tests.keys import keys, openssl, sm2_pair

    plain, signature = folder / "plain", folder / "signature"
    plain.write_bytes(PLAIN)
    if is_pgp:
        bank = keys().bank
        good = bank.signature(PLAIN)
        said = ProtectionSettings(verify_with=(bank.public,), signature_name="{name}.sig")
        protection: object = PgpProtection(said, size_bytes_max=SIZE_MAX)
    else:
        private, public = sm2_pair(folder)
        identity = ("-sigopt", "distid:1234567812345678")
        openssl("dgst", "-sm3", *identity, "-sign", private, "-out", signature, plain)
        good = signature.read_bytes()
        said = ProtectionSettings(scheme="sm2", verify_with=(public,), signature_name="{name}.sig")
        protection = Sm2Protection(said)
    mutator = Target(
        name="pgp" if is_pgp else "sm2",
        modules=(),
        seeds=lambda: [("", good)],
        open=lambda _f: _none,
    )

    def run(_label: str, content: bytes) -> None:
        _, damaged = mutator.input(1, int.from_bytes(content[:8].ljust(8, b"\0"), "big"))
        signature.write_bytes(damaged)
        _, who = protection.unseal(plain, [signature], folder, file=FILE)  # type: ignore[attr-defined]
        if who is None:
            raise Unsafe("protection: nobody vouches and it is taken")

    return run


def _none(_label: str, _content: bytes) -> None:
    """Do nothing."""


def _work_lists() -> Iterator[Seed]:
    answered = ",".join(SHEETS[Way.PAYOUT].answered)
    count = answered.count(",")
    yield "list", (f"{ITEM},{answered}\n1{',甲' * (count + 1)}\n2{',' * (count + 1)}\n").encode()
    yield "list", (f'{ITEM},{answered}\n"3","a""b"{"," * count}\n').encode("gb18030")
    yield "corrections", b"item_id,account_no,explanation\n1,6222000000000000011,x\n2,,\n"


def _open_work_list(folder: Path) -> Run:
    path = folder / "list.csv"

    def run(label: str, content: bytes) -> None:
        path.write_bytes(content)
        read = read_work_list if label == "list" else read_corrections
        if read(path) != read(path):
            raise Unsafe("work list: reads otherwise the second time")

    return run


TARGETS = [
    Target(name="unpack", modules=["hub.mappings.unpack"], seeds=_packed, open=_open_unpack,
           placed=True),
    Target(name="workbook", modules=["hub.mappings.workbook", "hub.mappings.sheet_cells"],
           seeds=_workbooks, open=lambda _folder: _read_workbook, placed=True, ci_inputs=8),
    Target(name="transfer_sheet", modules=["hub.mappings.transfer_sheet"], seeds=_paper_books,
           open=lambda _folder: _read_paper_book, ci_inputs=6),
    Target(name="transfer_paper", modules=["hub.domain.transfer_paper", "hub.flows.transfer_paper"],
           seeds=_paper_seeds, open=lambda _folder: _read_paper),
    Target(name="file_names", modules=["hub.mappings.file_names", "hub.domain.file_name"],
           seeds=_names, open=lambda _folder: _read_name, ci_inputs=1000),
    Target(name="raw_text", modules=["hub.mappings.raw_text"], seeds=_raw, open=_open_raw),
    Target(name="sm3", modules=["hub.adapters.sm"], seeds=_sm3_seeds, open=_open_sm3, placed=True),
    Target(name="sm2", modules=["hub.adapters.sm", "hub.adapters.sm2"], seeds=lambda: [("", b"\0" * 8)],  # noqa: E501
           open=partial(_signatures, is_pgp=False), placed=True, ci_inputs=8),
    Target(name="pgp", modules=["hub.adapters.pgp", "hub.adapters.gnupg"],
           seeds=lambda: [("", b"\0" * 8)], open=partial(_signatures, is_pgp=True), placed=True,
           ci_inputs=3),
    Target(name="work_list", modules=["hub.flows.work_list", "hub.flows.payout_reissue"],
           seeds=_work_lists, open=_open_work_list, placed=True),
]  # fmt: skip
