"""The console for tests: real store, real application, a person of each role."""

from __future__ import annotations

import pytest

from tests.console.house import House


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A console over a small deployment; `house.client_of("payout_maker")` is signed in."""
    made = House(tmp_path, monkeypatch)
    yield made
    made.office.store.close()


@pytest.fixture
def client_of(house):
    """Sign the person of a role in, by the sign-in page, with password and one-time code."""
    return house.client_of
