"""What the tests of messages share: a broker, roads of both kinds, somebody who listens."""

from __future__ import annotations

import pytest

from tests.messages.roads import FolderPair, RabbitPair
from tests.rabbit import rabbit  # noqa: F401 -- a fixture


@pytest.fixture(params=["folder", "rabbitmq"])
def pair(request, tmp_path):
    """Two regions' hubs on one road; both kinds pass the same tests."""
    if request.param == "folder":
        made = FolderPair(tmp_path)
    else:
        made = RabbitPair(request.getfixturevalue("rabbit"))
    yield made
    made.close()
