"""A real RabbitMQ node that the tests start themselves: own name, own ports, own folder, TLS.

Everything is on loopback. A test gets a virtual host of its own with a region's queues in it.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from itertools import count
from pathlib import Path
from typing import Self

import psutil
import pytest

from hub.adapters.rabbit_management import Management
from hub.adapters.rabbit_setup import declare
from hub.settings import RabbitSettings
from scripts.rabbit_environment import environment
from tests.certificates import Certificates
from tests.conftest import require
from tests.servers import HOST, _free_port
from tests.waiting import eventually

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in PATH changes the user
ADMIN, PASSWORD = "admin", "only-for-tests"
START_S = 120
PLUGINS = "[rabbitmq_management,rabbitmq_auth_mechanism_ssl]."
CONFIG = """
listeners.tcp.1 = {host}:{amqp}
listeners.ssl.1 = {host}:{tls}
management.tcp.ip = {host}
management.tcp.port = {api}
default_user = {user}
default_pass = {password}
ssl_options.cacertfile = {folder}/ca.pem
ssl_options.certfile = {folder}/broker.pem
ssl_options.keyfile = {folder}/broker.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
ssl_cert_login_from = common_name
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
log.console = false
log.file.level = warning
disk_free_limit.absolute = 1MB
"""


class RabbitNode:
    """A node that starts, is killed and starts again with the same folder and ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.amqp, self.tls, self.api, self._dist, self._epmd = (_free_port() for _ in range(5))
        self.name = f"hub-test-{self.amqp}@localhost"
        self.certificates = Certificates(folder)
        self.certificates.issue("broker")
        self._process = None
        self._vhosts = count(1)
        config = CONFIG.format(
            host=HOST, amqp=self.amqp, tls=self.tls, api=self.api, folder=folder,
            user=ADMIN, password=PASSWORD,
        )  # fmt: skip
        (folder / "rabbitmq.conf").write_text(config)
        (folder / "enabled_plugins").write_text(PLUGINS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.kill()
        subprocess.run(
            ["epmd", "-port", str(self._epmd), "-kill"], capture_output=True, check=False
        )

    def start(self) -> None:
        """Start the node and return once its management API answers."""
        kill_with_us = ["setpriv", "--pdeathsig", "KILL", "--"]
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [*kill_with_us, str(SERVER)],
                env=self.environment(), cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        eventually(self._answers, timeout_s=START_S, what="RabbitMQ to start")

    def kill(self) -> None:
        """End it as a machine that loses its power."""
        if self._process is not None:
            children = psutil.Process(self._process.pid).children(recursive=True)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            psutil.wait_procs(children, timeout=START_S)
            self._process = None

    def environment(self) -> dict[str, str]:
        return environment(self.folder, self.name, distribution=self._dist, mapper=self._epmd)

    def ctl(self, *words: str) -> None:
        """Run `rabbitmqctl` on the node."""
        subprocess.run(
            ["/usr/lib/rabbitmq/bin/rabbitmqctl", "-n", self.name, *words],
            env=self.environment(), check=True, capture_output=True, timeout=START_S,
        )  # fmt: skip

    def call(self, method: str, path: str, body=None):
        """Ask the management API as the administrator."""
        login = base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(
            f"http://{HOST}:{self.api}/api/{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            content = answer.read()
        return json.loads(content) if content else None

    def settings(self, **changes) -> RabbitSettings:
        """Return how a hub reaches the node, in a virtual host that nobody else uses."""
        values = {
            "name": "regions", "kind": "rabbitmq", "host": HOST, "port": self.amqp,
            "vhost": f"v{next(self._vhosts)}", "user": "hub-330100", "password": secret(),
            "core_user": "core-330100", "core_password": secret(),
            "management_url": f"http://{HOST}:{self.api}", "admin_user": ADMIN,
            "admin_password": secret(), "heartbeat_s": 5, "blocked_timeout_s": 2.0,
            "connect_timeout_s": 10.0, "confirm_timeout_s": 20.0, "reconnect_max_s": 0.5,
        }  # fmt: skip
        return RabbitSettings(**{**values, **changes})

    def prepare(self, *regions: str, **changes) -> list[RabbitSettings]:
        """Set up a virtual host for regions as `hub broker setup` does; one road for each."""
        first = self.settings(**changes)
        roads = []
        for region in regions:
            road = RabbitSettings(
                **{
                    **{f: getattr(first, f) for f in RabbitSettings.__dataclass_fields__},
                    "user": f"hub-{region}",
                    "core_user": f"core-{region}",
                }
            )
            Management(road).set_up(region)
            assert declare(road, region) == []
            roads.append(road)
        return roads

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "out").read_text()[-2000:]
        try:
            return bool(self.call("GET", "overview"))
        except (OSError, urllib.error.URLError):
            return False


def secret() -> str:
    """Return the reference to the one password that every account of the tests has."""
    os.environ["HUB_TEST_BROKER"] = PASSWORD
    return "env:HUB_TEST_BROKER"


@pytest.fixture(scope="session")
def rabbit():
    """A RabbitMQ node of this test process; it ends with the process."""
    require(SERVER.exists() and shutil.which("epmd") is not None, "RabbitMQ (rabbitmq-server)")
    folder = Path(tempfile.mkdtemp(prefix="hub-rabbit-"))
    try:
        with RabbitNode(folder) as node:
            yield node
    finally:
        shutil.rmtree(folder, ignore_errors=True)
