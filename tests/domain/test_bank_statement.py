"""A line counts once: whole, in parts, again, grown, in pages, in whatever order it comes."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.bank_statement import (
    Before,
    Content,
    Fresh,
    Head,
    Standing,
    StatementLine,
    merge,
)

DAY = date(2026, 11, 24)
lines = st.builds(
    StatementLine,
    number=st.just(1),
    booked_on=st.just(DAY),
    amount_fen=st.integers(-50, 50).filter(bool),
    reference=st.sampled_from([None, "A", "B", "C"]),
    narrative=st.sampled_from([None, "手续费"]),
)


class Account:
    """What was taken of one account, in memory."""

    def __init__(self) -> None:
        self.names = set()
        self.lines = []
        self.edges = defaultdict(list)
        self.digests = set()

    def take(self, found, opening=None, on=DAY):
        content = Content()
        for line in found:
            content.add(line)
        closing = None if opening is None else opening + content.net_fen
        head = Head(
            account_no=None, reference=None, sequence_no=None, interim=False, first_on=on,
            last_on=on, opening_fen=opening, closing_fen=closing, rows=len(found),
        )  # fmt: skip
        digest = content.digest(head, on, on)
        if digest in self.digests:
            return Standing.REPEAT
        before = self.before(on)
        merging = merge(head, content, before)
        if merging.standing is Standing.TAKEN:
            fresh = Fresh("a", merging, before)
            for line in found:
                name = fresh.name(line)
                if name is not None:
                    assert name not in self.names
                    self.names.add(name)
                    self.lines.append(line)
            self.digests.add(digest)
            if opening is not None:
                self.edges[on].append((opening, closing))
        return merging.standing

    def before(self, on):
        mine = [line for line in self.lines if line.booked_on == on]
        credit = sum(line.amount_fen for line in mine if line.amount_fen > 0)
        debit = sum(line.amount_fen for line in mine if line.amount_fen < 0)
        return Before(
            bag={on: Counter(line.base for line in mine)} if mine else {},
            sums={on: (credit, debit)} if mine else {},
            edges=tuple(self.edges[on]),
        )


def bag(found):
    return Counter(line.base for line in found)


@given(found=st.lists(lines, max_size=8), opening=st.integers(0, 1000))
def test_the_same_statement_again_adds_nothing(found, opening):
    account = Account()
    account.take(found, opening)

    assert account.take(list(reversed(found)), opening) is Standing.REPEAT
    assert bag(account.lines) == bag(found)


@given(found=st.lists(lines, min_size=1, max_size=8), data=st.data(), balances=st.booleans())
def test_a_day_that_grows_adds_what_is_new_and_its_part_later_nothing(found, data, balances):
    cut = data.draw(st.integers(0, len(found)))
    opening = 100 if balances else None
    grown, shrunk = Account(), Account()

    grown.take(found[:cut], opening)
    grown.take(found, opening)
    shrunk.take(found, opening)
    shrunk.take(found[:cut], opening)

    assert bag(grown.lines) == bag(shrunk.lines) == bag(found)
    assert grown.names == shrunk.names


@given(
    pages=st.lists(st.lists(lines, min_size=1, max_size=4), min_size=1, max_size=3),
    order=st.randoms(use_true_random=False),
)
def test_days_in_any_order_are_the_same_days(pages, order):
    days = [
        [
            StatementLine(
                number=1, booked_on=DAY + timedelta(days=n), amount_fen=line.amount_fen,
                reference=line.reference, narrative=line.narrative,
            )
            for line in page
        ]
        for n, page in enumerate(pages)
    ]  # fmt: skip
    forward, shuffled = Account(), Account()
    told = list(enumerate(days))
    for n, day in told:
        forward.take(day, on=DAY + timedelta(days=n))
    order.shuffle(told)
    for n, day in told + told[:1]:
        shuffled.take(day, on=DAY + timedelta(days=n))

    assert forward.names == shuffled.names
    assert bag(forward.lines) == bag(line for day in days for line in day)


@given(
    first=st.lists(lines, min_size=1, max_size=4), second=st.lists(lines, min_size=1, max_size=4)
)
def test_pages_that_go_on_are_both_there_even_with_alike_lines(first, second):
    one, two = sum(x.amount_fen for x in first), sum(x.amount_fen for x in second)
    if 0 in (one, two, one + two):
        return  # a page that ends where another began tells no order
    forward, backward = Account(), Account()
    for account, order in ((forward, (0, 1)), (backward, (1, 0))):
        for n in order:
            account.take((first, second)[n], (500, 500 + one)[n])

    assert bag(forward.lines) == bag(backward.lines) == bag(first + second)


def test_the_same_day_in_another_form_adds_nothing():
    account = Account()
    account.take([_line(5, "A"), _line(-3, "B")], 100)

    assert account.take([_line(5, "X1"), _line(-3, "X2")], 100) is Standing.REPEAT
    assert len(account.lines) == 2


def test_a_changed_line_is_a_contradiction_and_nothing_is_taken():
    account = Account()
    account.take([_line(5, "A"), _line(-3, "B")], 100)

    assert account.take([_line(5, "A"), _line(-4, "B")], 100) is Standing.CONFLICT
    assert account.take([_line(7, "Q")], 100) is Standing.CONFLICT
    assert len(account.lines) == 2


def _line(fen, reference):
    return StatementLine(number=1, booked_on=DAY, amount_fen=fen, reference=reference)
