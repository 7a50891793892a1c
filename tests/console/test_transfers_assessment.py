"""失业保险待遇核定表 in the console: from the page of its case, for the desk and who signs."""

from __future__ import annotations

import pytest

from hub.domain.transfer_kinds import Kind
from tests.console.house import House
from tests.documents.papers import pages, words
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, paying_offices

LABEL = "失业保险待遇核定表（一式二份，PDF）"
BENEFIT = Kind.UNEMPLOYMENT_BENEFIT


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Return the console of the new place, its office, and the old place."""
    offices = paying_offices(tmp_path, HANGZHOU, CHENGDU)
    house = House(
        tmp_path, monkeypatch, office=offices[0], requests_per_minute=100_000,
        sign_in_attempts=10_000,
    )  # fmt: skip
    yield house, *offices
    for one in offices:
        one.store.close()


def test_it_is_printed_from_its_case_and_each_look_is_on_record(two):
    house, new, old = two
    new.consent(new.apply("in", old, kind=BENEFIT))
    carry(new, old)
    clerk, auditor = house.client_of("transfer_clerk"), house.client_of("auditor")
    case = new.case(kind=BENEFIT)
    path = f"/transfers/{case.id}/assessment.pdf"
    assert path not in clerk.get(f"/transfers/{case.id}").text  # no form has come yet
    assert clerk.get(path).status_code == 422

    old.offer(old.apply("out", new, kind=BENEFIT), 600_000)
    carry(new, old)
    assert LABEL in clerk.get(f"/transfers/{case.id}?lang=zh").text
    made = clerk.get(path)
    assert made.headers["Content-Disposition"].endswith(f"HD-{case.id:06d}.pdf")
    assert pages(made.data) == 2
    assert "财务未到账" in words(made.data)
    with house.services.store.read() as uow:
        (look,) = uow.security.looks(limit=10)
    assert look.person == house.person("transfer_clerk").name

    assert house.client_of("transfer_approver").get(path).status_code == 200
    assert path not in auditor.get(f"/transfers/{case.id}").text
    assert auditor.get(path).status_code == 403


def test_a_pension_has_none(two):
    house, new, old = two
    case = new.apply("in", old)
    assert house.client_of("transfer_clerk").get(
        f"/transfers/{case.id}/assessment.pdf"
    ).status_code == 422  # fmt: skip
