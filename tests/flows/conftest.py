"""A small deployment with four partners who send plain lists, driven step by step."""

from __future__ import annotations

import pytest

from tests.office import Office
from tests.regions import noted_business, two_offices


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.store.close()


@pytest.fixture
def offices(tmp_path):
    """Two agencies that know each other's keys and exchange signed messages."""
    with noted_business():
        here, there = two_offices(tmp_path)
        yield here, there
        here.store.close()
        there.store.close()
