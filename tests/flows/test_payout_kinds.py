"""A bank may have another file for some kinds of lists: its partner file names the layout."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hub.errors import Rejected
from hub.flows.payout_approval import sign
from hub.mappings.catalog import load_catalog
from hub.settings import ConfigErrors
from tests.answers import answering_office
from tests.payouts import approve, pay, row, sent_files, take_list

UNITS = """
[layouts.payout_units]
form = "delimited"
direction = "out"
file_name = "DW_{day:%Y%m%d}_{sequence:03d}.txt"
delimiter = "|"
controls = [
  { field = "header.item_count", equals = "count", of = "item" },
  { field = "header.total_fen", equals = "sum", of = "item.amount_fen" },
]
[[layouts.payout_units.records]]
name = "header"
fields = [
  { name = "item_count", type = "count" },
  { name = "total_fen", type = "amount_fen" },
]
[[layouts.payout_units.records]]
name = "item"
repeat = true
fields = [
  { name = "end_to_end_id", type = "text" },
  { name = "account_no", type = "text" },
  { name = "account_name", type = "text" },
  { name = "amount_fen", type = "amount_fen" },
]
"""


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


def describe(office, kinds, *, more=UNITS):
    """Let `alpha` have another layout for some kinds; `[payout]` gets the table `kinds`."""
    file = office.services.catalog.partner("alpha").file
    text = re.sub(r"(?m)^kinds = .*\n", "", file.read_text("utf-8"))
    text = text.replace("[payout]\n", f"[payout]\nkinds = {kinds}\n")
    file.write_text(text if more in text else text + more, "utf-8")
    office.services = replace(office.services, catalog=load_catalog(file.parent.parent))


def test_each_kind_goes_in_its_own_file(office):
    describe(office, '{ unit = "payout_units" }')
    unit = row(
        1, kind="unit", account_name="示范制造有限公司第一分厂第二车间"
    )  # too long for `payout`

    (social,) = pay(office, [row(2)])
    (batch,) = pay(office, [unit], sequence=2)

    files = sent_files(office)
    assert sorted(files) == ["DF_20261124_S_001.txt", "DW_20261124_001.txt"]
    assert files[social.file_name].startswith(b"H")
    assert files[batch.file_name].decode().splitlines()[0] == f"1|{batch.total_fen}"
    assert "第二车间" in files[batch.file_name].decode()


def test_another_layout_for_the_kind_voids_what_was_signed(office):
    payout = take_list(office, [row(1, kind="unit")])
    sign(payout.id, person="李初", services=office.services)
    social = approve(office, take_list(office, [row(2)], 2))
    assert social.approval.is_complete

    describe(office, '{ unit = "payout_units" }')

    with pytest.raises(Rejected) as void:
        sign(payout.id, person="王审", services=office.services)
    assert void.value.code == "payout_approval_void"


@pytest.mark.parametrize(
    ("kinds", "problem"),
    [
        ('{ pensions = "payout_units" }', "is no kind of list; known: social, unit"),
        ('{ collection = "payout_units" }', "is no kind of list"),
        ('{ unit = "nothing" }', '"nothing" is none of the layouts'),
        ('{ unit = "result" }', 'needs direction = "out"'),
    ],
)
def test_what_cannot_work_is_told_when_the_hub_starts(office, kinds, problem):
    with pytest.raises(ConfigErrors) as found:
        describe(office, kinds)

    assert problem in str(found.value)


def test_a_name_for_files_sent_again_must_be_a_template(office):
    file = office.services.catalog.partner("alpha").file
    text = file.read_text("utf-8").replace("[payout]\n", '[payout]\nresend_name = "CF_{x}.txt"\n')
    file.write_text(text, "utf-8")

    with pytest.raises(ConfigErrors) as found:
        load_catalog(file.parent.parent)

    assert "payout.resend_name: is no template of a file name" in str(found.value)
