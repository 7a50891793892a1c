"""Bytes come in: four outcomes, one transaction, nothing above the limit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.errors import Rejected
from hub.flows import receive
from hub.store.inbox import InboxState, Novelty


def outcomes(office):
    return [(task.step, task.subject_id) for task in office.due()]


def test_a_new_file_is_kept_and_is_to_be_read(office):
    received = office.send("tax-in", "a.txt", b"one")

    assert (received.novelty, received.state) == (Novelty.NEW, InboxState.RECEIVED)
    assert office.services.archive.path(received.sha256).read_bytes() == b"one"
    assert outcomes(office) == [("ingest", str(received.id))]
    assert office.events() == ["file.received"]


@pytest.mark.parametrize("name", ["a.txt", "copy of a.txt"])
def test_known_content_is_a_repeat_under_whatever_name(office, name):
    office.send("tax-in", "a.txt", b"one")
    again = office.send("tax-in", name, b"one")
    office.work()

    assert (again.novelty, again.state) == (Novelty.REPEAT, InboxState.DUPLICATE)
    assert office.received(again.id).rows is None


def test_a_known_name_with_other_content_is_held(office):
    office.send("tax-in", "a.txt", b"one")
    other = office.send("tax-in", "a.txt", b"two")

    assert (other.novelty, other.state) == (Novelty.NAME_REUSED, InboxState.HELD)
    assert ("hold", str(other.id)) in outcomes(office)


def test_a_file_above_the_limit_leaves_nothing(office):
    settings = office.services.settings
    limits = replace(settings.limits, file_bytes_max=3)
    office.services = replace(office.services, settings=replace(settings, limits=limits))

    with pytest.raises(Rejected) as caught:
        office.send("tax-in", "a.txt", b"four")

    assert caught.value.code == "file_too_large"
    assert outcomes(office) == []
    assert office.events() == []


def test_only_what_was_read_or_refused_is_replayed_and_only_what_is_held_is_released(office):
    new = office.send("tax-in", "a.txt", b"one")

    for act in (receive.replay, receive.release):
        with pytest.raises(Rejected):
            act(new.id, person="王芳", services=office.services)
