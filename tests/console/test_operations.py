"""Operations in a browser: lanes, tasks, files, configuration; health and figures for machines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.app.lock import HubLock, HubState
from hub.console.topics.operations.configuration import MASK, file_text, masked, rows
from hub.flows import programs
from hub.store.tasks import TaskState


@pytest.fixture
def running(house):
    """A hub that holds the lock and says what it does, as `hub run` does."""
    lock = HubLock(house.services.work_dir)
    lock.acquire()
    now = house.services.now().isoformat()
    actors = {"inbox:tax-in": "idle", "deliver:alpha-out": "paused", "payout": "given up"}
    lock.write_state(
        HubState(
            pid=1, started_at=now, beat_at=now, actors=actors, given_up=["payout"],
            alarms=["payout: actor.given_up"],
        )
    )  # fmt: skip
    yield lock
    lock.release()


def parked(house):
    """Park a task as a worker does."""
    with house.services.store.begin() as uow:
        now = house.services.now()
        task = uow.tasks.add(queue="collection", step="ingest", subject_id="1", at=now)
        uow.tasks.begin(task.id)
        uow.tasks.park(task.id, at=now, note="disk full")
    return task.id


def test_lanes_are_shown_as_the_hub_says_and_ordered_through_tasks(house, client_of, running):
    operator = client_of("operator")
    page = operator.get("/operations").text

    assert "inbox:tax-in" in page
    assert "actor.given_up" in page
    assert 'hx-trigger="every 15s"' in page
    for order, lane in (
        ("pause", "inbox:tax-in"),
        ("resume", "deliver:alpha-out"),
        ("revive", "payout"),
    ):
        assert f"/actions/lane.{order}?lane={lane.replace(':', '%3A')}" in page
        assert operator.act(f"lane.{order}", lane=lane).status_code == 303
        assert house.journal(f"actor.{order}")[0].person == "operator"
    with house.services.store.read() as uow:
        assert {task.step for task in uow.tasks.list(queue="operator")} == {
            "pause",
            "resume",
            "revive",
        }
    assert operator.act("lane.pause", lane="inbox:none").status_code == 422


def test_without_a_hub_nothing_is_ordered(client_of):
    operator = client_of("operator")

    assert "hub run" in operator.get("/operations").text
    assert operator.act("lane.pause", lane="inbox:tax-in").status_code == 422


def test_parked_tasks_are_tried_again_alone_or_together(house, client_of):
    task = parked(house)
    operator = client_of("operator")

    assert f"/operations/tasks/{task}" in operator.get("/tables/tasks?state=parked").text
    assert "disk full" in operator.get(f"/operations/tasks/{task}").text
    assert operator.call("task.retry", ids=[task]).status_code == 200
    with house.services.store.read() as uow:
        assert uow.tasks.get(task).state is TaskState.DUE
    assert house.journal("task.retried")[0].person == "operator"
    assert operator.call("task.retry", ids=[task]).status_code == 422  # is not parked


def test_a_held_file_is_released_and_an_original_read_again(house, client_of):
    house.office.send("tax-in", "a.csv", b"one")
    held = house.office.send("tax-in", "a.csv", b"two")
    operator = client_of("operator")

    assert "a.csv" in operator.get("/tables/inbox?state=held&channel=tax-in").text
    assert operator.act("inbox.release", inbox_id=held.id).status_code == 303
    page = operator.get(f"/operations/inbox/{held.id}").text
    assert "file.released" in page
    assert operator.act("inbox.replay", inbox_id=held.id).status_code == 422  # not read yet
    assert operator.get("/operations/inbox/99").status_code == 404


def test_auditors_see_and_order_nothing(house, client_of):
    task = parked(house)
    auditor = client_of("auditor")

    assert auditor.get("/operations").status_code == 200
    assert auditor.get(f"/operations/tasks/{task}").status_code == 200
    for name, given in (("task.retry", {"ids": [task]}), ("lane.pause", {"lane": "payout"})):
        assert auditor.call(name, **given).status_code == 403
    assert 'formaction="/actions/task.retry"' not in auditor.get("/tables/tasks").text
    assert client_of("bookkeeper").get("/operations").status_code == 403


def test_the_configuration_is_shown_without_any_secret(house, client_of):
    operator = client_of("operator")
    page = operator.get("/operations/configuration").text

    assert "agency.region" in page
    assert "console.key" in page
    assert operator.get("/operations/configuration/hub.toml").status_code == 200
    for away in ("../hub.db", "%2e%2e/hub.db", "none.toml"):
        assert operator.get(f"/operations/configuration/{away}").status_code == 404


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("roads.broker.password", "hunter2", MASK),
        ("console.key", "env:HUB_KEY", "env:HUB_KEY"),
        ("console.key", "c2VjcmV0", MASK),
        ("store.url", "postgresql://hub:hunter2@db/hub", f"postgresql://hub:{MASK}@db/hub"),
        ("payout.finance_account_no", "15100000000001234", "*************1234"),
        ("agency.name", "示范市社会保险事业管理局", "示范市社会保险事业管理局"),
    ],
)
def test_what_must_not_be_read_is_masked(key, value, shown):
    assert masked(key, value) == shown


def test_secrets_in_files_are_masked_where_they_stand(tmp_path, house):
    file = tmp_path / "partner.toml"
    file.write_text('secret = "abc" # old\naccount_no = "6222000011112222"\nname = "甲"\n', "utf-8")

    assert (
        file_text(file) == f'secret = "{MASK}" # old\naccount_no = "************2222"\nname = "甲"'
    )
    odd = replace(house.services.settings.console, key="plain text")
    assert ("key", MASK) in list(rows(odd))


def test_health_is_everybodys_and_says_nothing_else(house):
    anybody = house.nobody()
    assert (anybody.get("/health").status_code, anybody.get("/health").text) == (200, "ok\n")

    house.services.store.close()
    house.office.database.write_bytes(b"no database at all, not even nearly one" * 99)

    broken = anybody.get("/health")
    assert (broken.status_code, broken.text) == (503, "not ready\n")


def test_figures_are_for_a_token_of_somebody_who_may_see_operations(house, client_of, running):
    parked(house)
    operator = house.person("operator")
    _token, raw = programs.add_token(
        operator, "prometheus", operator.viewer(house.roles).permissions, days=30,
        code=house.fresh_code("operator"), roles=house.roles, address="-", services=house.services,
    )  # fmt: skip
    program = house.nobody()

    text = program.get("/api/v1/metrics", headers={"Authorization": f"Bearer {raw}"}).text

    assert "hub_up 1.0" in text
    assert 'hub_tasks_open{queue="collection",state="parked"} 1.0' in text
    assert 'hub_actor{lane="payout",state="given up"} 1.0' in text
    assert "hub_console_requests_total" in text
    assert program.get("/api/v1/metrics").status_code != 200
    assert client_of("bookkeeper").get("/api/v1/metrics").status_code == 403
