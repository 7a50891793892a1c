"""RabbitMQ's management API: users, permissions and bindings, which AMQP itself cannot show.

The permissions are data here, so that `hub broker setup` can set them or print the commands for
the broker's own administrator to type.
"""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from hub.adapters.rabbit_setup import Drift, arguments, bindings
from hub.domain.message_topology import (
    EXCHANGE,
    command_keys,
    events_queue,
    queues,
    read_queues,
    write_keys,
)
from hub.errors import Unavailable
from hub.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.settings import RabbitSettings

ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024
NOBODY: Final = "^$"
NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One login and what it may: queues it reads, keys it writes. Nobody but us configures."""

    user: str
    password: str | None  # a secret reference; None: by certificate only
    read: str
    write_keys: str

    @property
    def permissions(self) -> dict[str, str]:
        """Return its permissions in the vhost."""
        return {"configure": NOBODY, "write": f"^{EXCHANGE}$", "read": self.read}

    @property
    def topic_permissions(self) -> dict[str, str]:
        """Return which keys it may write on the exchange; it may bind nothing."""
        return {"exchange": EXCHANGE, "write": self.write_keys, "read": NOBODY}


def accounts(road: RabbitSettings, region: str) -> list[Account]:
    """Return the logins of a region: its hub's, and its core system's when there is one."""
    hub = Account(
        user=road.user,
        password=road.password,
        read=read_queues(region),
        write_keys=write_keys(region),
    )
    if road.core_user is None:
        return [hub]
    events = "^" + events_queue(region).replace(".", "\\.") + "$"
    core = Account(
        user=road.core_user,
        password=road.core_password,
        read=events,
        write_keys=command_keys(region),
    )
    return [hub, core]


def commands(road: RabbitSettings, region: str) -> list[str]:
    """Return the `rabbitmqctl` commands that set the same; passwords are left to be typed."""
    lines = [f"rabbitmqctl add_vhost {_word(road.vhost)}"]
    for account in accounts(road, region):
        user, vhost = _word(account.user), _word(road.vhost)
        allowed, topic = account.permissions, account.topic_permissions
        lines += [
            f"rabbitmqctl add_user {user}  # asks for the password",
            (
                f"rabbitmqctl set_permissions -p {vhost} {user}"
                f" '{allowed['configure']}' '{allowed['write']}' '{allowed['read']}'"
            ),
            (
                f"rabbitmqctl set_topic_permissions -p {vhost} {user}"
                f" {EXCHANGE} '{topic['write']}' '{topic['read']}'"
            ),
        ]
    return lines


class Management:
    """The API of one broker, with an administrator's login."""

    def __init__(self, road: RabbitSettings) -> None:
        self._road = road
        self._url = (road.management_url or "").rstrip("/")
        login = f"{road.admin_user}:{Secret(road.admin_password or '').reveal()}"
        self._authorization = "Basic " + base64.b64encode(login.encode()).decode()
        cafile = None if road.ca_file is None else str(road.ca_file)
        self._context = ssl.create_default_context(cafile=cafile)
        self._vhost = quote(road.vhost, safe="")

    def set_up(self, region: str) -> list[str]:
        """Create vhost, users and permissions, as often as one likes; return what was set."""
        done = [f"vhost {self._road.vhost}"]
        self._call("PUT", f"vhosts/{self._vhost}", {})
        admin = quote(self._road.admin_user or "", safe="")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._call("PUT", f"permissions/{self._vhost}/{admin}", everything)
        for account in accounts(self._road, region):
            user = quote(account.user, safe="")
            secret: dict[str, str] = {"password_hash": ""}  # no password fits: certificate only
            if account.password is not None:
                secret = {"password": Secret(account.password).reveal()}
            self._call("PUT", f"users/{user}", {**secret, "tags": ""})
            self._call("PUT", f"permissions/{self._vhost}/{user}", account.permissions)
            topic = account.topic_permissions
            self._call("PUT", f"topic-permissions/{self._vhost}/{user}", topic)
            done.append(f"user {account.user} with its permissions")
        return done

    def drift(self, region: str) -> list[Drift]:
        """Return what differs: bindings, arguments of queues, permissions."""
        return [*self._bindings(region), *self._queues(region), *self._permissions(region)]

    def _bindings(self, region: str) -> Iterable[Drift]:
        wanted = set(bindings(region))
        names = {queue.name for queue in queues(region)}
        found = {
            (b["source"], b["destination"], b["routing_key"])
            for b in self._call("GET", f"bindings/{self._vhost}")
            if b["destination_type"] == "queue" and b["source"] and b["destination"] in names
        }
        for problem, some in (("missing", wanted - found), ("unexpected", found - wanted)):
            for exchange, queue, key in sorted(some):
                yield Drift(what=f"binding {exchange} → {queue}", problem=problem, detail=key)

    def _queues(self, region: str) -> Iterable[Drift]:
        found = {q["name"]: q["arguments"] for q in self._call("GET", f"queues/{self._vhost}")}
        for queue in queues(region):
            wanted = arguments(self._road, region, queue)
            has = found.get(queue.name, wanted)  # a missing one is seen by AMQP already
            for name in sorted(wanted.keys() | has.keys()):
                if wanted.get(name) != has.get(name):
                    detail = f"{name} is {has.get(name)!r}, not {wanted.get(name)!r}"
                    yield Drift(what=f"queue {queue.name}", problem="different", detail=detail)

    def _permissions(self, region: str) -> Iterable[Drift]:
        for account in accounts(self._road, region):
            user = quote(account.user, safe="")
            for kind, wanted in (
                ("permissions", [account.permissions]),
                ("topic-permissions", [account.topic_permissions]),
            ):
                found = self._call("GET", f"users/{user}/{kind}")
                here = [f for f in found or () if f["vhost"] == self._road.vhost]
                has = [{k: f[k] for k in wanted[0]} for f in here]
                if has != wanted:
                    what = f"{kind} of {account.user}"
                    problem = "different" if has else "missing"
                    yield Drift(what=what, problem=problem, detail=f"{has} instead of {wanted}")

    def _call(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 -- JSON
        request = urllib.request.Request(  # noqa: S310 -- the settings allow http and https only
            f"{self._url}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": self._authorization, "Content-Type": "application/json"},
        )
        context = self._context if self._url.startswith("https:") else None
        try:
            with urllib.request.urlopen(  # noqa: S310
                request, timeout=self._road.connect_timeout_s, context=context
            ) as answer:
                content = answer.read(ANSWER_BYTES_MAX)
        except urllib.error.HTTPError as error:
            if error.code == NOT_FOUND:
                return None
            reason = f"{method} {path}: {error.code}"
            raise Unavailable("broker_unavailable", road=self._road.name, reason=reason) from error
        except OSError as error:
            raise Unavailable(
                "broker_unavailable", road=self._road.name, reason=str(error)
            ) from error
        return json.loads(content) if content else None


def _word(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
