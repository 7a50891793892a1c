"""A hub of one region with a road: real store, real steps, and its actors when they are wanted."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from hub.actors.stage import Stage
from hub.settings import FolderRoadSettings
from hub.store.messages import EventRoad
from tests.office import Office
from tests.waiting import eventually

ROAD = "regions"


class MessageHub:
    """An office that is `region`, on a road; with `events`, its events leave by it."""

    def __init__(self, home, region, road, settings, *, events=False) -> None:
        home.mkdir(parents=True)
        self.office = Office(home)
        self.region = region
        services = self.office.services
        agency = replace(services.settings.agency, region=region)
        self.services = replace(
            services,
            roads={ROAD: road},
            settings=replace(
                services.settings, agency=agency, roads=MappingProxyType({ROAD: settings})
            ),
        )
        self.office.services = self.services
        self.store = self.services.store
        if events:
            self.store.events = EventRoad(road=ROAD, region=region)
        self.stage = None

    def start(self):
        """Start every actor of the hub."""
        self.stage = Stage(self.services, brisk=True)
        self.stage.start()
        return self

    def stop(self) -> None:
        if self.stage is not None:
            assert self.stage.stop()
            self.stage = None

    def close(self) -> None:
        self.stop()
        for road in self.services.roads.values():
            road.close()
        self.store.close()

    def send(self, *messages):
        with self.store.begin() as uow:
            for one in messages:
                uow.messages.send(one, road=ROAD)

    def out(self, state=None):
        with self.store.read() as uow:
            return list(reversed(uow.messages.list_out(state=state, limit=10_000)))

    def arrived(self):
        with self.store.read() as uow:
            return list(reversed(uow.messages.list_in(limit=10_000)))

    def quarantined(self):
        with self.store.read() as uow:
            return uow.quarantine.list()

    def tasks(self, queue):
        with self.store.read() as uow:
            return uow.tasks.list(queue=queue, limit=10_000)

    def expect(self, count, *, timeout_s=60.0):
        """Wait until so many messages have arrived and are committed."""
        eventually(lambda: len(self.arrived()) >= count, timeout_s=timeout_s, what="arrivals")
        return [one.message.id for one in self.arrived()]


def folder_settings(path, **changes) -> FolderRoadSettings:
    return FolderRoadSettings(**{"name": ROAD, "kind": "folder", "path": path, **changes})
