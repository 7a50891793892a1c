"""A small deployment with four partners who send plain lists, driven step by step."""

from __future__ import annotations

import pytest

from tests.office import Office


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.store.close()
