"""A file whose words are understood later brings more to the books, beside what it brought."""

from __future__ import annotations

import pytest

from hub.domain.way import Way
from hub.flows.payout_answers import remap
from hub.flows.verify import verify
from hub.mappings.catalog import load_catalog
from hub.store.vouchers import Span
from tests import debits, payouts
from tests.answers import answer, line

STRANGE = "没见过的话"


def complete_the_map(office, bank):
    file = office.services.catalog.partner(bank).file
    text = file.read_text("utf-8").replace('"余额不足" =', f'"{STRANGE}" = "AC06"\n"余额不足" =')
    file.write_text(text, "utf-8")
    object.__setattr__(office.services, "catalog", load_catalog(file.parent.parent))


def paid(office):
    (batch,) = payouts.pay(office, [payouts.row(1), payouts.row(2)])
    with office.store.read() as uow:
        return list(uow.payout_items.of_batch(batch.id))


def collected(office):
    listed = debits.debit(office, [debits.row(1), debits.row(2)])
    items = debits.items_of(office, listed)
    answer(office, [line(one, "7") for one in items], "0", bank="gamma")
    return items


@pytest.mark.parametrize(
    ("way", "bank", "orders", "event"),
    [
        (Way.PAYOUT, "alpha", paid, "payout.returned"),
        (Way.DEBIT, "gamma", collected, "debit.reversed"),
    ],
)
def test_what_is_understood_later_is_booked_beside_the_rest(office, way, bank, orders, event):
    one, two = orders(office)
    back = [line(one, "8", "余额不足", reference="R1"), line(two, "8", STRANGE, reference="R2")]
    answer(office, back, "1", bank=bank)
    complete_the_map(office, bank)

    taken = remap(bank, person="李管", services=office.services.on(way))
    again = remap(bank, person="李管", services=office.services.on(way))

    with office.store.read() as uow:
        booked = [v.amount_fen for v in uow.vouchers.list(Span()) if v.event == event]
    assert (taken, again) == ((1, 0), (0, 0))
    assert booked == [one.amount_fen, two.amount_fen]
    assert [check.name for check in verify(office.services) if not check.ok] == []
