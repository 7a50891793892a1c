"""The console's settings: where it listens, how long a session lasts, what seals its secrets."""

from __future__ import annotations

from dataclasses import dataclass

from hub.settings.keys import key as setting


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The organisation's provider of identities (OpenID Connect), asked at sign-in.

    `claim` of the ID token is the sign-in name: one that people cannot change themselves.
    `client_secret` is a secret reference. Two factors are proved by the token's `amr`, by an `acr`
    of this list, which is then asked for, or by the promise `second_factor` that the provider
    demands them of everybody.
    """

    issuer: str = setting(
        required=True,
        pattern=r"https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:[0-9]+)?(/[^\s?#]*)?",
    )
    client_id: str
    client_secret: str = setting(required=True, pattern=r"(env|file):.+")
    claim: str = setting("preferred_username", pattern=r"[A-Za-z0-9_:/.-]+")
    second_factor: bool = False
    acr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """The console (hub/console).

    `public_url` is what browsers call; with https:// cookies are Secure and named `__Host-`.
    `key` is a secret reference to 32 bytes in Base64 that seal second factors; without it nobody
    can enrol. `proxies` trusted reverse proxies stand before the hub. `demo` lets `hub user code`
    print one-time codes: never in a real installation. `traces`: each request is a span for
    OpenTelemetry, sent to where the OTEL_* variables say; these alone switch it on as well.
    `oidc`: people may sign in by a provider of identities too.
    """

    bind: str = setting("127.0.0.1", pattern=r"[0-9a-zA-Z.:-]+")
    port: int = setting(8480, minimum=0, maximum=65535)
    public_url: str = setting("http://127.0.0.1:8480", pattern=r"https?://[^/?#]+")
    key: str | None = setting(pattern=r"(env|file):.+")
    idle_minutes: int = setting(15, minimum=1, maximum=60)
    absolute_hours: int = setting(12, minimum=1, maximum=24)
    enrolment_hours: int = setting(72, minimum=1, maximum=336)
    sign_in_attempts: int = setting(20, minimum=1, maximum=10_000)
    requests_per_minute: int = setting(600, minimum=10, maximum=100_000)
    threads: int = setting(8, minimum=2, maximum=64)
    proxies: int = setting(0, minimum=0, maximum=5)
    demo: bool = False
    traces: bool = False
    oidc: OidcSettings | None = None

    @property
    def is_https(self) -> bool:
        """Tell whether browsers reach the console over TLS."""
        return self.public_url.startswith("https://")
