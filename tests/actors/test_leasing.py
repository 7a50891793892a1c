"""One process's lanes: what may begin, when one is handed over, what a wrong clock forbids."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.actors.directory import Directory
from hub.actors.leasing import Leasing
from hub.errors import Unavailable
from tests.servers import open_store, postgres  # noqa: F401 -- a fixture
from tests.waiting import eventually

pytestmark = pytest.mark.real

NAMES = ("collection", "deliver:bank", "inbox:tax", "send:road")
LEASE_S = 1.0


class RealClock:
    """The machine's clock, wrong by as much as a test says."""

    def __init__(self) -> None:
        self.wrong_by = timedelta(0)

    def now(self):
        return datetime.now(UTC) + self.wrong_by


class Process:
    """What one hub process has besides its actors."""

    def __init__(self, services, url, alarms, **options) -> None:
        self.store = open_store(url)
        self.clock = RealClock()
        settings = replace(
            services.settings, nodes=replace(services.settings.nodes, lease_s=LEASE_S)
        )
        self.leasing = Leasing(
            replace(services, store=self.store, clock=self.clock, settings=settings), **options
        )
        self.directory = Directory(lanes=self.leasing)
        self.alarms = alarms

    def start(self):
        self.leasing.join()
        self.leasing.start(NAMES, self.directory, alarm=self.alarms, say=dict)
        return self

    def held(self):
        return {name for name in NAMES if self.leasing.holds(name)}

    def freeze(self):
        """Let nobody say any more that this process lives."""
        self.leasing._stopping = True
        self.leasing._nudge.set()
        eventually(lambda: not self.leasing.is_running())

    def stop(self):
        self.leasing.stop()
        self.store.close()


@pytest.fixture
def process(services, postgres, alarms):  # noqa: F811
    made = []
    with postgres.database() as url:

        def make(**options):
            made.append(Process(services, url, alarms, **options))
            return made[-1]

        yield make
        for one in made:
            one.stop()


def test_a_lane_is_handed_over_once_the_piece_of_work_in_it_is_done(process):
    first = process().start()
    assert first.held() == set(NAMES)
    with first.directory.at_work("collection") as ours, first.directory.at_work("inbox:tax"):
        assert ours
        second = process().start()
        eventually(lambda: len(second.held()) == 2 or len(first.held()) == 2)
        with second.directory.at_work("collection") as theirs:
            assert not theirs
        assert first.leasing.keeps("collection")

    eventually(lambda: len(first.held()) == len(second.held()) == 2)
    assert first.held() | second.held() == set(NAMES)


def test_one_that_stood_still_begins_nothing_before_it_has_asked(process, monotonic):
    frozen = process(monotonic=monotonic).start()
    assert frozen.held() == set(NAMES)

    monotonic.now_s += LEASE_S

    assert frozen.held() == set()
    assert not frozen.leasing.keeps("collection")
    with frozen.directory.at_work("collection") as ours:
        assert not ours


def test_what_was_begun_before_the_others_took_over_is_not_committed(process, services):
    frozen = process().start()
    frozen.freeze()
    with frozen.directory.at_work("collection") as ours:
        assert ours
        other = process().start()
        eventually(lambda: other.held() == set(NAMES))
        with pytest.raises(Unavailable) as found:
            frozen.store.transact(
                lambda u: u.tasks.add(queue="q", step="s", subject_id="1", at=services.now())
            )

    assert found.value.code == "lease_lost"
    frozen.leasing.look()  # it goes on: taken for dead, it enters again
    eventually(lambda: frozen.leasing.look() and len(frozen.held()) == 2)


def test_with_a_wrong_clock_nothing_is_sent_and_somebody_is_told(process, alarms):
    one = process().start()
    one.clock.wrong_by = timedelta(seconds=-61)
    eventually(lambda: one.held() == {"collection", "inbox:tax"})
    other = process().start()
    eventually(lambda: other.held() == {"deliver:bank", "send:road"})
    assert [actor for actor, _ in alarms.of("clock.skewed")] == ["leasing"]

    one.clock.wrong_by = timedelta(seconds=59)
    other.stop()

    eventually(lambda: one.held() == set(NAMES))


def test_a_given_up_actors_lane_goes_to_another_and_an_order_revives_it_anywhere(process):
    first, second = process().start(), process().start()
    eventually(lambda: len(second.held()) == len(first.held()) == 2)
    (lane, *_) = second.held()
    second.directory.give_up(lane)

    eventually(lambda: lane in first.held())
    first.store.transact(lambda uow: uow.leases.revive(lane))

    eventually(lambda: not second.directory.is_given_up(lane))


def test_a_process_whose_database_is_away_rests_in_time_and_goes_on_by_itself(process, postgres):  # noqa: F811
    one = process().start()
    name = one.store._engine.url.database
    postgres.sql(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    eventually(lambda: one.held() == set())
    postgres.sql(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")

    eventually(lambda: one.held() == set(NAMES))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_the_heartbeat_has_the_process_started_again(process):
    one = process().start()
    one.leasing._say = lambda: {"a set is no JSON": set()}

    eventually(lambda: not one.leasing.is_running())
