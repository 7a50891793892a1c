"""Sets up, checks and looks at the roads for messages; works without a running hub."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hub.adapters.spool import SpoolRoad
from hub.errors import Rejected
from hub.settings import FolderRoadSettings, RabbitSettings

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.settings import RoadSettings, Settings


def chosen(settings: Settings, name: str | None) -> list[RoadSettings]:
    """Return the road of a name, or every road; `Rejected("road_unknown")` if there is none."""
    roads = settings.roads
    if name is None and roads:
        return list(roads.values())
    if name is None or name not in roads:
        raise Rejected("road_unknown", road=name or "-", known=", ".join(sorted(roads)) or "-")
    return [roads[name]]


def commands(settings: Settings, name: str | None) -> list[str]:
    """Return the `rabbitmqctl` commands for users and permissions; none for a folder."""
    lines = []
    for road in chosen(settings, name):
        if isinstance(road, RabbitSettings):
            from hub.adapters import rabbit_management  # noqa: PLC0415 -- see hub.app.services

            lines += rabbit_management.commands(road, settings.agency.region)
    return lines


def set_up(settings: Settings, name: str | None) -> list[dict[str, Any]]:
    """Create what is missing; return per road what was done and what differs and was left."""
    region = settings.agency.region
    answers = []
    for road in chosen(settings, name):
        done, drift = [], []
        if isinstance(road, RabbitSettings):
            from hub.adapters import rabbit_management, rabbit_setup  # noqa: PLC0415

            if road.management_url:
                done += rabbit_management.Management(road).set_up(region)
            drift = [asdict(one) for one in rabbit_setup.declare(road, region)]
            done.append("exchanges, queues and bindings")
        elif isinstance(road, FolderRoadSettings):
            SpoolRoad(road.path, region).declare()
            done.append(f"queues in {road.path}")
        answers.append({"road": road.name, "done": done, "drift": drift})
    return answers


def check(settings: Settings, name: str | None) -> list[dict[str, Any]]:
    """Return what differs from what `set_up` would make, creating nothing."""
    region = settings.agency.region
    answers = []
    for road in chosen(settings, name):
        drift: list[dict[str, Any]] = []
        notes = []
        if isinstance(road, RabbitSettings):
            from hub.adapters import rabbit_management, rabbit_setup  # noqa: PLC0415

            found = rabbit_setup.check(road, region)
            if road.management_url:
                seen = {(one.what, one.problem) for one in found}
                more = rabbit_management.Management(road).drift(region)
                found += [one for one in more if (one.what, one.problem) not in seen]
            else:
                notes.append("bindings and permissions were not looked at: no management_url")
            drift = [asdict(one) for one in found]
        elif isinstance(road, FolderRoadSettings):
            drift = [
                {"what": f"queue {q['queue']}", "problem": "missing", "detail": str(road.path)}
                for q in SpoolRoad(road.path, region).depth()
                if not (road.path / str(q["queue"])).is_dir()
            ]
        answers.append({"road": road.name, "drift": drift, "notes": notes})
    return answers


def status(services: Services, name: str | None) -> list[dict[str, Any]]:
    """Return per road what waits in its queues and in our own store."""
    settings = services.settings
    region = settings.agency.region
    with services.store.read() as uow:
        backlog = uow.messages.backlog()
        quarantined = uow.quarantine.count_open()
        oldest = {road: uow.messages.oldest_queued_at(road) for road in settings.roads}
    answers = []
    for road in chosen(settings, name):
        queues: list[dict[str, Any]] = []
        if isinstance(road, RabbitSettings):
            from hub.adapters import rabbit_setup  # noqa: PLC0415

            queues = rabbit_setup.depth(road, region)
        elif isinstance(road, FolderRoadSettings):
            queues = SpoolRoad(road.path, region).depth()
        answers.append(
            {
                "road": road.name,
                "kind": road.kind,
                "queues": queues,
                "out": backlog["out"].get(road.name, {}),
                "oldest_queued_at": oldest[road.name],
                "quarantined": quarantined,
            }
        )
    return answers
