"""Logs carry no identity or account numbers, and a stuck reader stops nobody."""

from __future__ import annotations

import io
import json
import logging
import os
import threading

import pytest
import structlog

from hub.logs import LINES_WAITING_MAX, LineWriter, log, masked, set_up_logs


@pytest.fixture
def lines():
    stream = io.StringIO()
    writer = set_up_logs(level="info", form="json", stream=stream)

    def read():
        assert writer.flush()
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield read
    structlog.reset_defaults()
    logging.basicConfig(handlers=[], force=True)


@pytest.mark.parametrize(
    "number",
    [
        "110101199003070011",  # 18-place identity number
        "11010119900307001X",
        "11010119900307001x",
        "110101900307001",  # 15 places, before 1999
        "6222021234567890",  # 16-digit card
        "6222021234567890123",  # 19-digit account
        "6222 0212 3456 7890 123",
        "6222-0212-3456-7890",
        "１１０１０１１９９００３０７００１１",  # full width, as bad input has it
    ],
)
def test_numbers_of_people_are_masked_wherever_they_stand(number, lines):
    log("test").info(
        "payer.read",
        plain=number,
        inside=f"person {number}, account",
        glued=f"id{number}号",
        nested={"deep": [{"list": (number,)}], number: 1},
        error=ValueError(f"bad {number}"),
    )

    text = json.dumps(lines(), ensure_ascii=False)

    assert number not in text
    assert "payer.read" in text


def test_a_number_given_as_an_integer_is_masked_too(lines):
    log("test").info("payer.read", person=110101199003070011, amount_fen=123456)

    assert lines()[0]["person"] == "1101************11"
    assert lines()[0]["amount_fen"] == 123456


def test_a_traceback_does_not_carry_a_number_out(lines):
    def fail():
        raise ValueError("account 6222021234567890123 unknown")

    try:
        fail()
    except ValueError:
        log("test").exception("step.ended")

    assert "6222021234567890123" not in lines()[0]["exception"]
    assert "ValueError" in lines()[0]["exception"]


@pytest.mark.parametrize(
    "text", ["a" * 32, "0123456789abcdef" * 4, "12345678901234567890123456789012", "20261124"]
)
def test_digests_trace_ids_and_short_numbers_stay_readable(text):
    assert masked(f"x {text} y") == f"x {text} y"


def test_warnings_of_libraries_go_through_the_same_mask(lines):
    logging.getLogger("pykka").error("unhandled: %s", "6222021234567890")

    assert lines()[0]["actor"] == "pykka"
    assert lines()[0]["message"] == "unhandled: 6222**********90"


def test_a_reader_that_hangs_costs_lines_and_never_blocks_the_writer():
    reading, writing = os.pipe()  # nobody reads: the pipe fills, then write() would block
    stream = os.fdopen(writing, "w", buffering=1)
    writer = LineWriter(stream)
    done = threading.Event()

    def spam():
        for _ in range(2 * LINES_WAITING_MAX):
            writer.info("x" * 100)
        done.set()

    threading.Thread(target=spam, daemon=True).start()

    assert done.wait(30)
    assert writer.dropped > 0
    os.close(reading)  # lets the writer's thread go on: its pipe is broken now


def test_a_reader_that_is_gone_does_not_fail_the_work():
    stream = io.StringIO()
    writer = LineWriter(stream)
    stream.close()

    writer.info("x")

    assert writer.flush()
    assert writer.dropped == 1
