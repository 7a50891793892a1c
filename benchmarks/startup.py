"""From the start of `hub run` to all of its actors at work, and from SIGTERM to its end.

    python benchmarks/startup.py --folder F --times 5

`F` is a deployment with a store in it, as `payout_million.py --folder` leaves one. Ready is when
the hub itself says of every actor that it runs, and a task that was due before the start is done.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hub.app import open_services
from hub.domain.way import Way
from hub.flows.running import hub_state
from hub.settings import load_settings
from hub.store.tasks import TaskState

LOOK_S = 0.02
READY_LIMIT_S = 10.0
STOP_LIMIT_S = 20.0
PATIENCE_S = 300.0
WAITING = ("free", "starting", "waiting")


def start_and_stop(config: Path) -> tuple[float, float]:
    """Return the seconds until it was ready, and until it had ended."""
    services = open_services(load_settings(config.parent))
    with services.store.begin() as uow:
        build = Way.PAYOUT.step("build")  # of a batch that is built: there is nothing to do
        task = uow.tasks.add(queue="payout", step=build, subject_id="1", at=services.now())
    hub = Path(sys.executable).parent / "hub"
    began = time.perf_counter()
    with (config.parent.parent / "startup.log").open("ab") as log:
        process = subprocess.Popen([hub, "run", "--config", config.parent], stderr=log)
    try:
        while not _is_ready(services, task.id):
            if time.perf_counter() - began > PATIENCE_S or process.poll() is not None:
                raise SystemExit(f"not ready, see {log.name}")
            time.sleep(LOOK_S)
        ready = time.perf_counter() - began
        process.send_signal(signal.SIGTERM)
        told = time.perf_counter()
        process.wait(PATIENCE_S)
        return ready, time.perf_counter() - told
    finally:
        process.kill()
        services.store.close()


def _is_ready(services, task_id: int) -> bool:  # noqa: ANN001 -- the hub's services
    state = hub_state(services)
    if state is None or not state.actors or any(s in WAITING for s in state.actors.values()):
        return False
    with services.store.read() as uow:
        return uow.tasks.get(task_id).state is TaskState.DONE


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--times", type=int, default=5)
    args = parser.parse_args()
    worst = [0.0, 0.0]
    for _ in range(args.times):
        took = start_and_stop(args.folder / "config" / "hub.toml")
        worst = [max(pair) for pair in zip(worst, took, strict=True)]
        print(json.dumps({"ready_s": round(took[0], 2), "stopped_s": round(took[1], 2)}))
    sys.exit(worst[0] > READY_LIMIT_S or worst[1] > STOP_LIMIT_S)


if __name__ == "__main__":
    main()
