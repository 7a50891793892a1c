"""The provider of identities, where one is configured; only then is its library loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.errors import Rejected

if TYPE_CHECKING:
    from hub.ports import IdentityProvider
    from hub.settings import Settings


def open_provider(settings: Settings) -> IdentityProvider | None:
    """Return the provider of a deployment, or `None`; connects to nobody.

    `Rejected("provider_not_installed")` when what it needs is not there.
    """
    if settings.console.oidc is None:
        return None
    try:
        from hub.adapters.open_id import OpenIdProvider  # noqa: PLC0415 -- of the extra `oidc`
    except ImportError as error:
        raise Rejected("provider_not_installed", missing=error.name) from error
    return OpenIdProvider(settings.console.oidc)
