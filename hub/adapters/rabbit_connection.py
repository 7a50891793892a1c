"""How to reach a RabbitMQ broker: parameters, TLS, and what a failure means."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

import pika
from pika.credentials import ExternalCredentials, PlainCredentials
from pika.exceptions import (
    AMQPError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from hub.errors import HubError, Rejected, Unavailable
from hub.settings import Secret

if TYPE_CHECKING:
    from hub.settings import RabbitSettings

TROUBLE: Final = (AMQPError, OSError, ValueError, AssertionError)
"""What pika raises when a connection is lost; not AMQPError alone (pika 1.4 raises ValueError)."""

_LOGIN: Final = (ProbableAuthenticationError, ProbableAccessDeniedError)


def parameters(
    road: RabbitSettings, role: str, *, user: str | None = None, password: str | None = None
) -> pika.ConnectionParameters:
    """Return how to connect; `role` is what the broker's own tools show of us.

    `Rejected` for a secret or a certificate that cannot be read.
    """
    return pika.ConnectionParameters(
        host=road.host,
        port=road.port,
        virtual_host=road.vhost,
        credentials=_credentials(road, user, password),
        heartbeat=road.heartbeat_s,
        blocked_connection_timeout=road.blocked_timeout_s,
        socket_timeout=road.connect_timeout_s,
        stack_timeout=road.connect_timeout_s,
        connection_attempts=1,
        ssl_options=tls(road),
        client_properties={"connection_name": f"hub {road.user} {role}"},
    )


def tls(road: RabbitSettings) -> pika.SSLOptions | None:
    """Return how to check the broker's certificate and show ours; `None` without TLS."""
    if road.ca_file is None:
        return None
    try:
        context = ssl.create_default_context(cafile=str(road.ca_file))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if road.certificate_file is not None and road.key_file is not None:
            context.load_cert_chain(road.certificate_file, road.key_file)
    except OSError as error:
        raise Rejected("broker_login_refused", road=road.name, reason=str(error)) from error
    return pika.SSLOptions(context, road.host)


def refusal(road: RabbitSettings, error: BaseException | None) -> HubError:
    """Return what a failure to connect means: wrong login, or a broker that is away."""
    reason = _reason(error)
    if isinstance(error, HubError):
        return error
    if isinstance(error, _LOGIN):
        return Unavailable("broker_login_refused", road=road.name, reason=reason)
    return Unavailable("broker_unavailable", road=road.name, reason=reason)


def _reason(error: BaseException | None) -> str:
    if error is None:
        return "no answer in time"
    if isinstance(error, AMQPError) and error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return f"{type(error).__name__}: {error}"[:300]


def _credentials(
    road: RabbitSettings, user: str | None, password: str | None
) -> PlainCredentials | ExternalCredentials:
    if user is None and road.login == "certificate":
        return ExternalCredentials()
    reference = password if user else road.password
    return PlainCredentials(user or road.user, Secret(reference or "").reveal())
