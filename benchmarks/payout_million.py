"""A month's payout from the desk's list to the delivered file, and the bank's answer applied.

    python benchmarks/payout_million.py --rows 1000000 --bank city_bank

Takes the way of production: the inbox, the steps, the folders of a deployment. Each phase runs in a
process of its own and says how long it took and how much memory it held. `--store` is a URL of an
empty PostgreSQL database instead of a SQLite file; `--profile` shows where phases spend their time.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hub.actors.cast import DELIVERY_STEPS, PAYOUT_STEPS
from hub.app import open_services
from hub.app.services import clock_of
from hub.domain.money import yuan_text
from hub.domain.payout import ListState
from hub.flows.ingest import ingest_received
from hub.flows.payout_approval import sign
from hub.flows.payout_release import release
from hub.flows.receive import receive
from hub.settings import FolderSettings, load_settings
from hub.simulate.benefits import Month, write_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.domain.payout import PayoutBatch, PayoutItem, PayoutList
    from hub.flows.services import Services
    from hub.settings import Settings

STEPS = {**PAYOUT_STEPS, **DELIVERY_STEPS}
PHASES = ("list", "intake", "sign", "release", "build", "deliver", "result", "answer")
RESULTS = {"city_bank": "result_paid", "iso_bank": "status"}  # banks that answer, and how
CONFIG = Path(__file__).resolve().parents[1] / "config"
FAILED_EVERY = 200  # of the payments one in so many comes back
PAGE_ROWS = 5_000


def day_of(month: int) -> date:
    return date(month // 100, month % 100, 25)


def deployment(folder: Path, bank: str, rows: int, store: str | None) -> None:
    """Make a deployment with the project's configuration and one file for all payments."""
    config = folder / "config"
    shutil.copytree(CONFIG, config)
    partner = config / "partners" / f"{bank}.toml"
    text = partner.read_text("utf-8")
    line = next(one for one in text.splitlines() if one.startswith("items_max"))
    partner.write_text(text.replace(line, f"items_max = {rows * 2}"), "utf-8")
    if store is not None:
        hub = config / "hub.toml"
        text = hub.read_text("utf-8")
        hub.write_text(text.replace('"sqlite:///var/hub.db"', json.dumps(store)), "utf-8")
    settings = load_settings(config)
    for name in settings.channels:
        folder_of(name, settings).mkdir(parents=True, exist_ok=True)


def folder_of(channel: str, settings: Settings) -> Path:
    found = settings.channels[channel]
    if not isinstance(found, FolderSettings):
        raise SystemExit(f"{channel} is no folder")
    return found.path


def taken_in(path: Path, channel: str, services: Services) -> None:
    with path.open("rb") as content:
        received = receive(channel, path.name, content, services)
    ingest_received(received.id, services)
    with services.store.read() as uow:
        now = uow.inbox.get(received.id)
    if now.state.value != "read":
        raise SystemExit(f"{path.name} is {now.state.value}: {now.error}")


def work(queue: str, services: Services) -> None:
    """Do what is due in a queue, as its worker would."""
    with services.store.read() as uow:
        due = uow.tasks.due(queue, services.now(), limit=100)
    for task in due:
        with services.store.begin() as uow:
            uow.tasks.begin(task.id)
        STEPS[task.step](task, services)
        with services.store.begin() as uow:
            uow.tasks.finish(task.id, at=services.now())


class Wanted(NamedTuple):
    """How many people a bank pays, and in which month (yyyymm)."""

    bank: str
    rows: int
    month: int


def do(phase: str, folder: Path, wanted: Wanted, services: Services) -> None:
    settings = services.settings
    benefits, answers = folder_of("benefits-in", settings), folder_of("bank-in", settings)
    if phase == "list":
        plan = Month(pensions=wanted.rows, month=wanted.month, banks=(wanted.bank,))
        write_list(plan, day_of(wanted.month), benefits, services.catalog)
    elif phase == "intake":
        taken_in(max(benefits.iterdir(), key=lambda one: one.stat().st_mtime), "benefits-in",
                 services)  # fmt: skip
    elif phase == "sign":
        signed(services)
    elif phase == "release":
        release(newest(services).id, person="赵敏", services=services)
    elif phase == "build":
        work("payout", services)
    elif phase == "deliver":
        for queue in {f"deliver:{name}" for name in settings.channels}:
            work(queue, services)
    elif phase == "result":
        path = folder / f"result{RESULTS[wanted.bank]}"
        with path.open("wb") as out:
            name = write_result(wanted.bank, services, out)
        path.rename(answers / name)
    else:
        taken_in(max(answers.iterdir(), key=lambda one: one.stat().st_mtime), "bank-in", services)


def signed(services: Services) -> None:
    for person in ("王芳", "李娜", "张伟"):
        if newest(services).state is not ListState.APPROVED:  # small sums need two
            sign(newest(services).id, person=person, services=services)


def newest(services: Services) -> PayoutList:
    with services.store.read() as uow:
        return uow.payouts.list()[-1]


def batches(services: Services) -> list[PayoutBatch]:
    with services.store.read() as uow:
        return uow.payout_batches.list(list_id=newest(services).id)


def items(services: Services) -> Iterator[PayoutItem]:
    (batch,) = batches(services)
    after = 0
    while True:
        with services.store.read() as uow:
            page = uow.payout_items.page(
                list_id=batch.list_id, batch_id=batch.id, after=after, limit=PAGE_ROWS
            )
        yield from page
        if len(page) < PAGE_ROWS:
            return
        after = page[-1].item_no


def write_result(bank: str, services: Services, out: BinaryIO) -> str:
    """Write what the bank answers, as its layout has it, and return its name."""
    (batch,), day = batches(services), services.today()
    if bank == "city_bank":
        return write_paid(batch, services, out)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:'
        f'pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>R{batch.message_id}</MsgId>'
        f"<CreDtTm>{day}T17:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>"
        f"<OrgnlMsgId>{batch.message_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>"
        f"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch.message_id}</OrgnlPmtInfId>\n"
    )
    tail = "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>\n"
    texts = chain([head], (status(one, day) for one in items(services)), [tail])
    out.writelines(text.encode() for text in texts)
    return f"PAIN002_{day:%Y%m%d}_0001.xml"


def status(item: PayoutItem, day: date) -> str:
    failed = item.item_no % FAILED_EVERY == 0
    reason = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>" if failed else ""
    return (
        f"<TxInfAndSts><OrgnlInstrId>{item.item_no}</OrgnlInstrId>"
        f"<OrgnlEndToEndId>{item.end_to_end_id}</OrgnlEndToEndId>"
        f"<TxSts>{'RJCT' if failed else 'ACSC'}</TxSts>{reason}<OrgnlTxRef><Amt>"
        f'<InstdAmt Ccy="CNY">{yuan_text(item.amount_fen)}</InstdAmt></Amt>'
        f"<IntrBkSttlmDt>{day}</IntrBkSttlmDt></OrgnlTxRef></TxInfAndSts>\n"
    )


def write_paid(batch: PayoutBatch, services: Services, out: BinaryIO) -> str:
    """Write the file of what was paid: its lines have no number of ours, only account and sum."""
    ours = folder_of("city-bank-out", services.settings) / batch.file_name
    with ours.open("rb") as lines:
        shutil.copyfileobj(lines, out)  # each was paid: the answer repeats our file
    return f"0{batch.file_name}"


def run_one(phase: str, folder: Path, wanted: Wanted, *, profile: bool) -> None:
    """Do one phase in this process and say what it took."""
    settings = load_settings(folder / "config")
    hour = settings.reconciliation.opens_at.replace(minute=PHASES.index(phase))
    services = open_services(settings, clock=clock_of(settings, day_of(wanted.month), hour))
    profiler = cProfile.Profile(time.process_time) if profile else None
    began, cpu_began = time.perf_counter(), time.process_time()
    if profiler is None:
        do(phase, folder, wanted, services)
    else:
        profiler.runcall(do, phase, folder, wanted, services)
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(40)
    took = {"s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu_began}
    services.store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    file = settings.store.sqlite_file
    size = file.stat().st_size // 10**6 if file is not None else None
    print(json.dumps({**took, "peak_mb": peak, "database_mb": size}))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--bank", choices=[*RESULTS, "rural_bank"], default="iso_bank")
    parser.add_argument("--store", help="URL of an empty PostgreSQL database")
    parser.add_argument("--folder", type=Path, help="a new folder that is kept, or one of before")
    parser.add_argument("--month", type=int, default=202611, help="yyyymm, for a folder of before")
    parser.add_argument("--profile", choices=PHASES, nargs="*", default=[])
    parser.add_argument("--one", choices=PHASES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        profile = args.one in args.profile
        wanted = Wanted(args.bank, args.rows, args.month)
        run_one(args.one, args.folder, wanted, profile=profile)
        return
    with tempfile.TemporaryDirectory() as own:
        folder = args.folder or Path(own) / "payout"
        if not (folder / "config").exists():
            deployment(folder, args.bank, args.rows, args.store)
        phases = PHASES if args.bank in RESULTS else PHASES[:6]
        for phase in phases:
            command = [sys.executable, __file__, "--one", phase, "--folder", str(folder)]
            command += ["--bank", args.bank, "--rows", str(args.rows), "--month", str(args.month)]
            command += ["--profile", *args.profile] if args.profile else []
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            took = json.loads(done.stdout)
            print(
                f"{phase:8} {took['s']:8.1f} s {took['cpu_s']:8.1f} s processor "
                f"{args.rows / took['s']:10,.0f} rows/s {took['peak_mb']:6} MB peak "
                f"{took['database_mb'] or 0:6} MB database",
                flush=True,
            )


if __name__ == "__main__":
    main()
