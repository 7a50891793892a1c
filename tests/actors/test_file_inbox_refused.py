"""An inbox whose place refuses it: it lives on, says so, and the neighbours' files are taken."""

from __future__ import annotations

import pytest

from hub.adapters.folder import FolderChannel
from hub.errors import Rejected
from tests.actors.test_file_inbox import Office
from tests.deployments import make_services


class Refusing(FolderChannel):
    """A folder that refuses a verb, for some names or for all, until a test empties `verbs`."""

    def __init__(self, root) -> None:
        super().__init__(root)
        self.verbs = {}
        self.asked = 0

    def _ask(self, verb, name=""):
        self.asked += 1
        if self.verbs.get(verb) == name:
            raise Rejected("sftp_permission_denied", server="bank:22", folder="in")

    def list(self):
        self._ask("list")
        return super().list()

    def finish(self, name, *, accepted):
        self._ask("finish", name)
        super().finish(name, accepted=accepted)


@pytest.fixture
def office(tmp_path, directory, monotonic):
    channel = Refusing(tmp_path / "channels" / "tax-in")
    services = make_services(tmp_path, channels={"tax-in": channel})
    office = Office(services, directory, monotonic, "tax-in")
    office.channel = channel
    yield office
    office.ref.stop(timeout=5)
    services.store.close()


def test_a_place_that_refuses_us_does_not_end_the_actor(office):
    office.put("a.txt")
    office.channel.verbs = {"list": ""}
    office.poll(3)
    assert office.ref.is_alive()
    assert office.channel.asked == 3

    office.channel.verbs = {}
    office.poll(2)
    assert [name for name, _ in office.received()] == ["a.txt"]


def test_a_file_that_may_not_be_moved_is_taken_once_and_its_neighbours_too(office):
    office.channel.verbs = {"finish": "a.txt"}
    office.put("a.txt", b"a")
    office.put("b.txt", b"b")
    office.poll(4)

    assert [name for name, _ in office.received()] == ["a.txt", "b.txt"]
    assert office.waiting() == ["a.txt"]

    office.channel.verbs = {}
    office.poll()
    assert office.waiting() == []
    assert len(office.received()) == 2
