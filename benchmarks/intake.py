"""How fast a partner's whole list becomes checked facts, against DuckDB alone without any check.

    python benchmarks/intake.py --rows 5000000

Writes a list of collections as delimited and as fixed-width GB18030 text, takes both in, and
copies the same rows as UTF-8 from CSV to Parquet with DuckDB alone, in turn, each in a process of
its own. The best of each kind of figure counts; on a shared machine look at the processor time.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from hub.bulk.intake import take_in
from hub.domain.facts import Source
from hub.domain.money import yuan_text
from hub.mappings.layout import Control, Field, FieldType, Form, Layout, RecordShape
from hub.settings.model import Limits

KINDS = {"102": "pension", "112": "medical", "122": "unemployment", "132": "work_injury"}
NAMES = ("张伟", "王芳", "李娜", "欧阳修文", "杨𠮷", "阿依古丽·买买提")
FIELDS = (
    Field(name="receipt_no", type=FieldType.TEXT, width=18),
    Field(name="payer_id", type=FieldType.TEXT, width=18),
    Field(name="payer_name", type=FieldType.TEXT, width=40, required=False),
    Field(name="person_id", type=FieldType.TEXT, width=18, required=False),
    Field(name="person_name", type=FieldType.TEXT, width=30, required=False),
    Field(name="insurance_kind", type=FieldType.CODE, width=3, map="kinds"),
    Field(name="period", type=FieldType.PERIOD, width=6),
    Field(name="amount_fen", type=FieldType.AMOUNT_YUAN, width=13),
    Field(name="collected_on", type=FieldType.DATE, width=8),
)
TRAILER = (
    Field(name="rows", type=FieldType.COUNT, width=10),
    Field(name="total_fen", type=FieldType.AMOUNT_FEN, width=16),
)
BARE = """
    COPY (SELECT * FROM read_csv('{path}', header = false, delim = '|', quote = '', columns = {{
        'receipt_no': 'VARCHAR', 'payer_id': 'VARCHAR', 'payer_name': 'VARCHAR',
        'person_id': 'VARCHAR', 'person_name': 'VARCHAR', 'insurance_kind': 'VARCHAR',
        'period': 'INTEGER', 'amount': 'DECIMAL(15, 2)', 'collected_on': 'DATE'}},
        dateformat = '%Y%m%d'))
    TO '{out}' (FORMAT parquet, COMPRESSION zstd)
"""


def layout(form: str) -> Layout:
    return Layout(
        partner="BENCH", name=form, form=Form(form), file_name="list.txt", sha256="0",
        source=Source.COLLECTIONS, encoding="gb18030", delimiter="|", maps={"kinds": KINDS},
        day="item.collected_on",
        records=(
            RecordShape(name="item", tag="D", fields=FIELDS, repeat=True),
            RecordShape(name="trailer", tag="T", fields=TRAILER),
        ),
        controls=(
            Control(field="trailer.rows", equals="count", of="item"),
            Control(field="trailer.total_fen", equals="sum", of="item.amount_fen"),
        ),
    )  # fmt: skip


def write_files(rows: int, folder: Path) -> dict[str, Path]:
    """Write the same rows in three forms; what is alike in real lists is alike here."""
    paths = {name: folder / f"{name}.txt" for name in ("delimited", "fixed", "bare")}
    widths = [field.width or 0 for field in FIELDS]
    total = 0
    files = {name: path.open("wb") for name, path in paths.items()}
    for number in range(rows):
        fen = (number * 7919) % 900_000 + 100
        total += fen
        cells = [
            str(10**17 + number // 5), f"91330106{number // 50:010d}",
            f"示范市第{number // 50}有限责任公司", f"11010119{number:010d}",
            NAMES[number % len(NAMES)], list(KINDS)[number % 4], "202601", yuan_text(fen),
            "20260105",
        ]  # fmt: skip
        encoded = [cell.encode("gb18030") for cell in cells]
        files["bare"].write(f"{'|'.join(cells)}\n".encode())
        files["delimited"].write(b"D|" + b"|".join(encoded) + b"\n")
        padded = [cell.ljust(width) for cell, width in zip(encoded, widths, strict=True)]
        padded[7] = encoded[7].rjust(widths[7], b"0")
        files["fixed"].write(b"D" + b"".join(padded) + b"\n")
    files["delimited"].write(f"T|{rows}|{total}\n".encode())
    files["fixed"].write(f"T{rows:010d}{total:016d}\n".encode())
    for file in files.values():
        file.close()
    return paths


def run_one(what: str, path: Path, out: Path) -> None:
    """Do one piece of work in this process and say how long it took and how much it held."""
    began, cpu_began = time.perf_counter(), time.process_time()
    if what == "bare":
        with duckdb.connect(config={"threads": "2"}) as connection:
            connection.execute(BARE.format(path=path, out=out))
    else:
        limits = Limits()
        take_in(path, layout(what), file=path.name, file_values={}, limits=limits, out=out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    took = {"s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu_began}
    print(json.dumps({**took, "peak_mb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description="Intake against a bare copy by DuckDB")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=3, metavar=("WHAT", "FILE", "OUT"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        run_one(args.one[0], Path(args.one[1]), Path(args.one[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(args.rows, Path(folder))
        found: dict[str, list[dict[str, float]]] = {name: [] for name in paths}
        for _ in range(args.rounds):
            for name, path in paths.items():
                command = [sys.executable, __file__, "--one", name, path, f"{folder}/out.parquet"]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
                found[name].append(json.loads(done.stdout))
        best = {
            name: {key: min(took[key] for took in times) for key in times[0]}
            for name, times in found.items()
        }
        for name, took in best.items():
            megabytes = paths[name].stat().st_size / 1e6
            print(
                f"{name:10} {megabytes:6.0f} MB  {took['s']:6.2f} s  "
                f"{args.rows / took['s']:12,.0f} rows/s  {took['peak_mb']:5.0f} MB peak  "
                f"{took['s'] / best['bare']['s']:5.2f} x bare  "
                f"{took['cpu_s'] / best['bare']['cpu_s']:5.2f} x bare in processor time"
            )


if __name__ == "__main__":
    main()
