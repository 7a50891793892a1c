"""A closed month leaves as a package: sealed, bound to the month before, readable without a hub."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.errors import Rejected
from hub.flows.months import archive_month, find, open_store, read_manifest
from hub.store.engine import Store
from hub.store.months import bounds
from hub_verify.month import check_month
from hub_verify.pack import Wrong
from tests import payouts
from tests.office import Office

ROWS = [payouts.row(number) for number in range(1, 4)]


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    payouts.pay(office, ROWS)
    office.clock.advance(days=8)
    yield office
    office.store.close()


def archive(office, month=202611):
    archive_month(
        month, office.database.parent / "months", person="档案员", services=office.services
    )
    return office.database.parent / "months" / f"{month // 100}-{month % 100:02d}"


def checked(folder, previous=None):
    said = []
    check_month(folder, lambda _zh, en: said.append(en), previous=previous, heads={})
    return said


def test_a_month_is_read_and_checked_without_the_hub(office):
    folder = archive(office)

    said = checked(folder)
    with (folder / "tables" / "payout_items.csv").open(encoding="utf-8") as file:
        items = list(csv.DictReader(file))

    assert [one["state"] for one in items] == ["in_flight"] * 3
    assert "every voucher balances" in said
    assert read_manifest(folder)["originals"] >= 2  # the list, and the file that was sent
    assert find(folder, payouts.person(2))[0]["person_id"] == payouts.person(2)


@pytest.mark.parametrize("part", ["tables/vouchers.csv", "tables/journal.csv", "balances.csv"])
def test_a_changed_part_is_found(office, part):
    path = archive(office) / part
    path.write_bytes(path.read_bytes() + b"\n")

    with pytest.raises(Wrong, match=part):
        checked(path.parents[0] if part == "balances.csv" else path.parents[1])


def test_months_follow_each_other_and_another_one_before_is_found(office):
    first = archive(office)
    office.clock.advance(days=31)
    second = archive(office, 202612)

    assert "follows the month before" in checked(second, first)
    other = first.with_name("other")
    shutil.copytree(first, other)
    manifest = other / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"202611", b"202610"))
    with pytest.raises(Wrong, match=r"manifest\.json"):
        checked(second, other)


def test_a_month_is_archived_once_in_order_and_only_when_it_is_over(office):
    with pytest.raises(Rejected) as early:
        archive(office, 202612)
    archive(office)
    with pytest.raises(Rejected) as twice:
        archive(office)
    with pytest.raises(Rejected) as before:
        archive(office, 202610)

    codes = [one.value.code for one in (early, twice, before)]
    assert codes == ["month_not_over", "month_archived", "month_order"]


def test_a_store_made_of_a_month_has_its_rows(office, tmp_path):
    folder = archive(office)
    open_store(folder, tmp_path / "reading.db")
    with office.store.read() as uow:
        (payout_id,) = {one.list_id for one in uow.payout_batches.list()}
        wanted = [uow.payouts.get(payout_id), *uow.payout_items.of_list(payout_id)]

    reading = Store.open(f"sqlite:///{tmp_path / 'reading.db'}")
    with reading.read() as uow:
        found = [uow.payouts.get(payout_id), *uow.payout_items.of_list(payout_id)]
        vouchers = uow.audit.unbalanced()
    reading.close()

    assert found == wanted
    assert vouchers.looked == 1
    assert vouchers.first is None
    with closing(sqlite3.connect(tmp_path / "reading.db")) as plain:
        assert plain.execute("SELECT count(*) FROM journal").fetchone()[0] > 5


def test_a_month_ends_at_midnight_where_the_agency_is():
    begins, ends = bounds(202612, ZoneInfo("Asia/Shanghai"))

    assert begins.astimezone(UTC) == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert ends.astimezone(UTC) == datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
