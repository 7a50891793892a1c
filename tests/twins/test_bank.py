"""A twin bank takes files, checks them, and does to each payment what its script says."""

from __future__ import annotations

from collections import Counter as Bag

import pytest
from lxml import etree

from hub.errors import Rejected
from tests.twins.counter import THURSDAY, WEDNESDAY, Counter, items, payout_bytes

RETURNS = """
[[outcomes]]
outcome = "rejected"
count = 2
reason = "BE01"
[[outcomes]]
outcome = "returned"
permille = 100
reason = "AC04"
after_days = 1
[answers]
returns = ["return", "return_advice"]
"""
FAILS = """
[[outcomes]]
outcome = "rejected"
count = 2
reason = "户名不符"
[[outcomes]]
outcome = "silent"
count = 1
"""


def standings(told):
    return Bag((standing, reason) for rows in told.values() for _, standing, reason in rows)


@pytest.mark.samples
def test_an_iso_bank_tells_what_was_paid_and_later_what_came_back(tmp_path, samples):
    counter = Counter(tmp_path, "iso_bank", RETURNS)
    counter.pay(20)

    first = counter.told(WEDNESDAY)
    later = counter.told(THURSDAY)

    assert standings(first) == {("paid", None): 18, ("rejected", "BE01"): 2}
    assert standings(later) == {("returned", "AC04"): 4}  # two payments, in both kinds of message
    assert counter.told(THURSDAY) == {}
    assert list(counter.takes.iterdir()) == []
    for path in counter.gives.iterdir():
        name = etree.parse(path).getroot().nsmap[None].rpartition(":")[2]
        etree.XMLSchema(file=samples / "xsd" / f"{name}.xsd").assertValid(etree.parse(path))


def test_a_text_bank_answers_in_two_files_and_is_silent_about_one(tmp_path):
    counter = Counter(tmp_path, "city_bank", FAILS)
    counter.pay(10)

    told = counter.told(WEDNESDAY)

    assert list(told) == ["0DF_20261125_001.txt", "1DF_20261125_001.txt"]
    assert standings(told) == {("paid", None): 7, ("rejected", "BE01"): 2}


def test_the_seed_alone_decides_who_is_meant(tmp_path):
    def failed(name, seed):
        counter = Counter(tmp_path / name, "city_bank", FAILS, seed=seed)
        counter.pay(100)
        return counter.told(WEDNESDAY)["1DF_20261125_001.txt"]

    assert failed("a", 7) == failed("b", 7)
    assert failed("c", 8) != failed("a2", 7)


def test_an_open_payment_is_paid_later(tmp_path):
    script = '[[outcomes]]\noutcome = "open"\ncount = 1\nafter_days = 1\n'
    counter = Counter(tmp_path, "iso_bank", script)
    counter.pay(3)

    assert standings(counter.told(WEDNESDAY)) == {("paid", None): 2, ("open", None): 1}
    assert standings(counter.told(THURSDAY)) == {("paid", None): 1}
    assert counter.twin.ledger.audit().outcomes == {"paid": 3}


@pytest.mark.parametrize("first", ["half", "wrong_totals"])
def test_a_bad_answer_is_refused_by_the_hub_and_a_good_one_follows(tmp_path, first):
    counter = Counter(tmp_path, "city_bank", f'[answers]\nfirst = "{first}"\n')
    counter.pay(6)

    (bad,) = counter.twin.live(WEDNESDAY).said
    with pytest.raises(Rejected):
        counter.heard(bad.name)
    assert counter.twin.ledger.audit().outcomes == {}
    told = counter.told(THURSDAY)

    assert list(told) == ["0DF_20261125_001-2.txt"]
    assert standings(told) == {("paid", None): 6}


def test_answers_come_in_parts_in_reverse_and_twice(tmp_path):
    script = "[answers]\nparts = 3\nreversed = true\ntwice = true\n"
    counter = Counter(tmp_path, "iso_bank", script)
    counter.pay(6)

    told = list(counter.told(WEDNESDAY).values())

    names = [[name for name, _, _ in rows] for rows in told]
    assert names[:3] == names[3:]
    assert sum(names[:3], []) == [one["end_to_end_id"] for one in reversed(items(6))]  # noqa: RUF017
    assert counter.twin.ledger.audit().outcomes == {"paid": 6}


def test_the_same_bytes_again_are_paid_once(tmp_path):
    counter = Counter(tmp_path, "iso_bank")
    counter.pay(3)
    counter.twin.live(WEDNESDAY)
    counter.pay(3)

    assert [got.verdict.value for got in counter.twin.live(WEDNESDAY).got] == ["repeat"]
    found = counter.twin.ledger.audit()
    assert (found.files, found.repeats, found.payments, found.twice) == (1, 1, 3, [])


def test_one_payment_in_two_files_is_refused_and_proved(tmp_path):
    counter = Counter(tmp_path, "iso_bank")
    counter.pay(3)
    counter.twin.live(WEDNESDAY)
    counter.pay(3, sequence=2, first=3)

    told = counter.told(WEDNESDAY)

    assert counter.twin.ledger.got[-1].why == "payment_twice"
    assert standings(told) == {("rejected", "AM05"): 1}
    assert counter.twin.ledger.audit().twice == ["E0000000000000000003"]


@pytest.mark.parametrize("bank", ["iso_bank", "city_bank"])
def test_a_file_whose_sum_is_wrong_is_refused_whole(tmp_path, bank):
    counter = Counter(tmp_path, bank)
    counter.put(payout_bytes(bank, items(3)).replace(b"1000.02", b"1000.03"))

    done = counter.twin.live(WEDNESDAY)

    assert [(got.verdict.value, got.why) for got in done.got] == [("refused", "control_differs")]
    assert done.said == []


def test_a_bank_may_leave_files_or_go_silent(tmp_path):
    leaves = Counter(tmp_path / "leaves", "city_bank", 'takes = "leaves"\n')
    name = leaves.pay(2)
    assert len(leaves.twin.live(WEDNESDAY).got) == 1
    assert leaves.twin.live(WEDNESDAY).got == []
    assert [path.name for path in leaves.takes.iterdir()] == [name]

    silent = Counter(tmp_path / "silent", "city_bank", 'takes = "never"\n')
    silent.pay(2)
    assert silent.twin.live(THURSDAY).as_dict() == {"got": [], "said": []}


def test_a_twin_goes_on_from_its_log(tmp_path):
    counter = Counter(tmp_path, "iso_bank", RETURNS)
    counter.pay(20)
    counter.twin.live(WEDNESDAY)
    with (counter.home / "own" / "ledger.jsonl").open("a") as file:
        file.write('{"what": "sai')  # stopped in the middle of a line

    counter.open()

    assert standings(counter.told(THURSDAY)) == {("returned", "AC04"): 4}
    counter.open()
    assert counter.told(THURSDAY) == {}


def test_what_is_no_file_of_payments_is_left_alone(tmp_path):
    counter = Counter(tmp_path, "city_bank")
    (counter.takes / "readme.txt").write_text("x")
    (counter.takes / ".DF_20261125_001.txt.part").write_text("x")

    assert counter.twin.live(WEDNESDAY).got == []
    assert len(list(counter.takes.iterdir())) == 2
