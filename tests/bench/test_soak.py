"""The soak's sampler and verdict: a process that leaks is found, one that does not is not.

How long things take is not looked at: the victims are small, and do so much work a sample.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from datetime import UTC
from functools import partial
from itertools import pairwise
from statistics import median

import pytest
from cryptography.exceptions import InvalidSignature

from benchmarks.soak_exchange import Exchange
from benchmarks.soak_samples import (
    Table,
    failed,
    process_sample,
    quantile,
    read_table,
    report,
    slope,
    verdict,
)
from hub.domain.envelope import open_wire
from hub.domain.region_message import MessageState
from tests.conftest import ROOT
from tests.regions import CHENGDU, HANGZHOU, resealed, two_offices

RATE = 100
MESSAGES = 70  # caches of 128 are full after two rounds
SAMPLES = 12
PER_SAMPLE = 50  # messages
HOUR_S = 3600
VICTIM = """
import sys, threading
kept, stop = [], threading.Event()
def handle(message):
    {leak}
for line in sys.stdin:
    handle(line)
    print("done", flush=True)
stop.set()
"""
LEAKS = {
    "a file a message": ("kept.append(open('/dev/null'))", "fds"),
    "memory a message": ("kept.append(bytearray(40_000))", "memory"),
    "a thread a message": (
        "kept.append(threading.Thread(target=stop.wait)); kept[-1].start()", "threads",
    ),
}  # fmt: skip


def work_of(leak, path):
    """Let a victim handle messages and sample it as the soak does, with time ten times as long."""
    command = [sys.executable, "-c", VICTIM.format(leak=leak)]
    table = Table(path)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as victim:
        for number in range(1, SAMPLES + 1):
            for _ in range(PER_SAMPLE):
                victim.stdin.write("message\n")
                victim.stdin.flush()
                assert victim.stdout.readline() == "done\n"
            table.add({"at_s": 10.0 * number} | process_sample("hub", victim.pid))
        victim.stdin.close()
    return table.rows


@pytest.mark.parametrize("leak", LEAKS)
def test_a_process_that_leaks_fails_the_soak(leak, tmp_path) -> None:
    line, what = LEAKS[leak]
    rows = work_of(line, tmp_path / "samples.csv")
    found = verdict(rows, warm_up_s=20, judged=["hub"], rate=RATE)
    assert failed(found)
    (bad,) = [one.what for one in found if one.good is False and what in one.what]
    assert bad in report(found)
    assert read_table(tmp_path / "samples.csv")[-1]["hub_fds"] == rows[-1]["hub_fds"]


def test_a_process_that_does_not_leak_passes(tmp_path) -> None:
    rows = work_of("kept[:] = [bytearray(40_000), open('/dev/null')]", tmp_path / "samples.csv")
    found = verdict(rows, warm_up_s=20, judged=["hub"], rate=RATE, rss_mb_per_hour_max=10)
    assert not failed(found), report(found)
    assert [one.what for one in found] == [
        "hub: memory, MB/h", "hub: fds grown by", "hub: threads grown by",
    ]  # fmt: skip


def steady(n, **changes):
    """Return the n-th sample of a run in which nothing grows but what business needs."""
    return {
        "at_s": 10.0 * n, "messages": 100.0 * n, "files": 10.0 * n, "unanswered": 40.0 + n % 7,
        "database_mb": 1 + 100 * n * 9000 / 1e6, "archive_mb": 10 * n * 4000 / 1e6,
        "commit_p99_ms": 40.0, "hub_rss_mb": 250.0 + n % 5, "hub_fds": 40.0 + n % 3,
        "hub_threads": 30.0,
    } | changes  # fmt: skip


judge = partial(verdict, warm_up_s=600, judged=["hub"], rate=RATE, told={"commit_p99_ms": 500.0})


def test_a_steady_hour_passes() -> None:
    found = judge([steady(n) for n in range(360)])
    assert not failed(found), report(found)
    assert [one.good for one in found if one.what.startswith("commit")] == [None]


@pytest.mark.parametrize(
    ("column", "gained", "said"),
    [
        ("hub_rss_mb", lambda n: n * 10 / HOUR_S * 1.5, "memory"),  # 1.5 MB an hour
        ("hub_fds", lambda n: n // 100, "fds"),
        ("hub_threads", lambda n: n // 100, "threads"),
        ("unanswered", lambda n: n * 4, "waiting"),
        ("database_mb", lambda n: (n / 360) ** 2 * 200, "database"),  # rows that nobody needs
        ("archive_mb", lambda n: (n / 360) ** 2 * 20, "archive"),
    ],
)
def test_whatever_grows_by_itself_is_found(column, gained, said) -> None:
    rows = [steady(n) for n in range(360)]
    rows = [row | {column: row[column] + gained(n)} for n, row in enumerate(rows)]
    bad = [one.what for one in judge(rows) if one.good is False]
    assert len(bad) == 1, bad
    assert said in bad[0]


def test_growth_before_the_warm_up_is_over_and_one_burst_do_not_count() -> None:
    rows = [steady(n, hub_rss_mb=min(n, 50) + 200.0) for n in range(360)]
    for n in range(200, 206):
        rows[n] |= {"hub_rss_mb": 900.0, "hub_fds": 90.0}
    assert not failed(judge(rows))


def test_a_process_that_is_gone_fails_and_so_does_a_run_too_short_to_judge() -> None:
    rows = [steady(n) for n in range(100)]
    gone = [row if n < 80 else {k: v for k, v in row.items() if "rss" not in k}
            for n, row in enumerate(rows)]  # fmt: skip
    assert failed(judge(gone))
    assert failed(judge(rows[:61]))
    assert process_sample("hub", 2**22 + 1) == {}


def test_slope_and_quantiles_of_nothing_are_nothing() -> None:
    assert slope([], "x") == 0
    assert quantile([], 0.99) == 0
    assert quantile(range(100), 0.99) == 99


def test_the_soaks_messages_are_such_as_a_hub_applies_and_answers_once(tmp_path) -> None:
    here, there = two_offices(tmp_path)
    exchange = Exchange(None, there.key, CHENGDU, HANGZHOU, here.key.public)
    at = here.clock.now().astimezone(UTC)
    sent = [exchange.sealed(number, at) for number in range(1, 4)]
    here.receive(*sent)
    assert {one.state for one in here.messages() if one.peer == CHENGDU} >= {MessageState.APPLIED}
    receipts = here.outgoing()
    assert len(receipts) == exchange.unanswered == len(sent)
    for one in receipts:
        assert open_wire(one.body).envelope.recipient == CHENGDU
        exchange.receipt(one.body)
    assert (exchange.answered, exchange.refused, exchange.unexpected) == (3, 0, 0)
    assert exchange.unanswered == 0
    commits_s, answers_s = exchange.times_s()
    assert commits_s == [0.0] * 3
    assert len(answers_s) == 3
    exchange.receipt(receipts[0].body)  # the road may bring it twice
    assert exchange.unexpected == 0
    second = resealed(here, open_wire(receipts[0].body), id="f" * 32)
    exchange.receipt(second)  # but another receipt for the same message is one too many
    assert exchange.unexpected == 1
    with pytest.raises(InvalidSignature):
        exchange.receipt(resealed(there, open_wire(receipts[1].body)))


def objects_after_messages(folder):
    """Return how many objects live after each of four rounds of messages."""
    here, there = two_offices(folder)
    exchange = Exchange(None, there.key, CHENGDU, HANGZHOU, here.key.public)
    kept = []
    for first in range(1, 4 * MESSAGES, MESSAGES):
        at = here.clock.now().astimezone(UTC)
        here.receive(*(exchange.sealed(n, at) for n in range(first, first + MESSAGES)))
        for one in here.outgoing():
            exchange.receipt(one.body)
        exchange.times_s()
        gc.collect()
        kept.append(len(gc.get_objects()))
    assert exchange.answered == 4 * MESSAGES
    return kept


def test_messages_that_were_answered_leave_no_object_behind(tmp_path) -> None:
    code = (  # in a process of its own: pytest keeps what is logged
        "import pathlib, sys; from tests.bench.test_soak import objects_after_messages;"
        "print(*objects_after_messages(pathlib.Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    kept = [int(word) for word in done.stdout.splitlines()[-1].split()]
    grown = median(later - earlier for earlier, later in pairwise(kept))
    assert grown < MESSAGES / 2, kept  # less than half an object a message
