"""The store on both databases: every test of this folder runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from hub.store.archive import Archive
from tests.doubles import FrozenClock
from tests.servers import migrated_store, open_store, postgres  # noqa: F401 -- a fixture
from tests.store.plans import explaining

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.real)]


@pytest.fixture(params=DATABASES)
def url(request, tmp_path):
    """The URL of a migrated database that nobody else uses."""
    if request.param == "sqlite":
        migrated_store(tmp_path / "hub.db").close()
        yield f"sqlite:///{tmp_path}/hub.db"
    else:
        with request.getfixturevalue("postgres").database() as address:
            yield address


@pytest.fixture(params=DATABASES)
def empty_url(request, tmp_path):
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        with request.getfixturevalue("postgres").database(empty=True) as address:
            yield address


@pytest.fixture
def store(url):
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def now(clock):
    return clock.now()


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


@pytest.fixture
def plans(store):
    """Collect the steps by which SQLite would carry out each query that a test makes."""
    found = []
    with explaining(store, lambda _, steps: found.extend(steps)):
        yield found
