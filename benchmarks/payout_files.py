"""How fast payout files are written and proven, against bare writes of the same payments.

    python benchmarks/payout_files.py --items 1000000

Bare: one formatted write a line in GB18030; lxml `xmlfile` with an element a payment; lxml
`iterparse`, cleared as it goes. Each piece of work runs in a process of its own; the best of each
figure counts. On a shared machine look at the ratios of processor time.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from hub.mappings.catalog import Catalog, load_catalog
from hub.mappings.payout_file import Written, prove, write_payout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = ("张伟", "王芳", "李娜", "欧阳修文", "杨𠮷", "阿依古丽·买买提")
PARTNERS = {"fixed": "rural_bank", "pain001": "iso_bank"}
COMPARED = {  # what is compared with which bare work
    "fixed write": "bare lines",
    "fixed prove": "bare lines",
    "pain001 write": "bare xmlfile",
    "pain001 prove": "bare iterparse",
}
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


def items(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        yield {
            "item_no": number,
            "end_to_end_id": f"P202611{number:010d}",
            "account_no": f"6222{number:015d}",
            "account_name": NAMES[number % len(NAMES)],
            "bank_no": "102100000458",
            "amount_fen": _fen(number),
            "person_id": f"P{number:010d}",
            "period": 202611,
            "purpose": "2026年11月养老金",
        }


def _fen(number: int) -> int:
    return (number * 7919) % 900_000 + 100


def head(count: int) -> dict[str, Any]:
    return {
        "message_id": "2026112600000001",
        "batch_no": "2026112600001",
        "business_on": date(2026, 11, 26),
        "created_at": datetime(2026, 11, 26, 1, 30, tzinfo=UTC),
        "item_count": count,
        "total_fen": sum(_fen(number) for number in range(1, count + 1)),
    }


def bare_lines(path: Path, count: int) -> None:
    with path.open("wb") as out:
        for item in items(count):
            out.write(
                "D{item_no:010d}{end_to_end_id:<35}{person_id:<20}{account_no:<30}{account_name:<30}"
                "{bank_no:<20}{amount_fen:017d}{period:06d}{purpose:<30}\r\n".format(**item).encode(
                    "gb18030"
                )
            )


def bare_xmlfile(path: Path, count: int) -> None:
    with (
        path.open("wb") as out,
        etree.xmlfile(out, encoding="utf-8") as file,
        file.element("Document", nsmap={None: NAMESPACE}),
    ):
        for item in items(count):
            payment = etree.Element("CdtTrfTxInf")
            identity = etree.SubElement(payment, "PmtId")
            etree.SubElement(identity, "EndToEndId").text = item["end_to_end_id"]
            amount = etree.SubElement(etree.SubElement(payment, "Amt"), "InstdAmt", Ccy="CNY")
            amount.text = f"{item['amount_fen'] / 100:.2f}"
            etree.SubElement(etree.SubElement(payment, "Cdtr"), "Nm").text = item["account_name"]
            account = etree.SubElement(etree.SubElement(payment, "CdtrAcct"), "Id")
            etree.SubElement(etree.SubElement(account, "Othr"), "Id").text = item["account_no"]
            file.write(payment)


def bare_iterparse(path: Path, count: int) -> None:
    seen = 0
    for _, element in etree.iterparse(path, tag=f"{{{NAMESPACE}}}CdtTrfTxInf"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
        seen += 1
    if seen != count:
        raise SystemExit(f"{seen} payments instead of {count}")


BARE: dict[str, Callable[[Path, int], None]] = {
    "bare lines": bare_lines,
    "bare xmlfile": bare_xmlfile,
    "bare iterparse": bare_iterparse,
}


def ours(what: str, path: Path, count: int, catalog: Catalog) -> None:
    form, _, action = what.partition(" ")
    partner = catalog.partner(PARTNERS[form])
    layout, kept = partner.layout("payout"), path.with_suffix(".json")
    if action == "write":
        with path.open("wb") as out:
            written = write_payout(partner, layout, head(count), items(count), out)
        said = [written.item_count, written.total_fen, written.fingerprint]
        kept.write_text(json.dumps(said), "utf-8")
        return
    number, total, fingerprint = json.loads(kept.read_text("utf-8"))
    with path.open("rb") as content:
        prove(
            layout,
            content,
            Written(item_count=number, total_fen=total, fingerprint=fingerprint),
        )


def run_one(what: str, folder: Path, count: int) -> None:
    """Do one piece of work in this process and say how long it took and how much it held."""
    catalog = load_catalog(Path(__file__).parents[1] / "config")
    path = folder / ("pain001" if what == "bare iterparse" else what.rpartition(" ")[0])
    if what in ("bare lines", "bare xmlfile"):
        path = folder / what
    began, cpu_began = time.perf_counter(), time.process_time()
    if what in BARE:
        BARE[what](path, count)
    else:
        ours(what, path, count, catalog)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    took = {"s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu_began}
    print(json.dumps({**took, "peak_mb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description="Payout files against bare writes and reads")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        run_one(args.one[0], Path(args.one[1]), args.items)
        return
    found: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.rounds):
            for what in ("bare lines", "bare xmlfile", *COMPARED, "bare iterparse"):
                command = [sys.executable, __file__, "--one", what, folder]
                command += ["--items", str(args.items)]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
                found.setdefault(what, []).append(json.loads(done.stdout))
    best = {
        what: {key: min(took[key] for took in times) for key in times[0]}
        for what, times in found.items()
    }
    for what, took in best.items():
        bare = best[COMPARED.get(what, what)]
        print(
            f"{what:15} {took['s']:7.2f} s {args.items / took['s']:12,.0f} payments/s "
            f"{took['peak_mb']:5.0f} MB peak {took['cpu_s'] / bare['cpu_s']:6.2f} x "
            f"{COMPARED.get(what, what)} in processor time"
        )


if __name__ == "__main__":
    main()
