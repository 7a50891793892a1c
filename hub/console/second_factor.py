"""A fresh one-time code for each signature, and the square code of a new second factor."""

from __future__ import annotations

from hub.console.context import console
from hub.console.sessions import address, signed_in
from hub.documents.square_code import svg
from hub.errors import Rejected
from hub.flows import sign_in


def require_fresh_code(code: str | None) -> None:
    """Demand a one-time code that was not used before, from the person in front of the browser.

    `Rejected`: `step_up_no_token` for programs, `fresh_code_needed`, `code_wrong`.
    """
    person = signed_in().person
    if not code:
        raise Rejected("fresh_code_needed")
    sign_in.require_code(person, code, address=address(), services=console().services)


def square_code(sealed: str, sign_in_name: str) -> str:
    """Return a second factor's square code as SVG, for an authenticator to read."""
    services = console().services
    known = sign_in.credentials(services)
    uri = known.factor_uri(sealed, name=sign_in_name, issuer=services.settings.agency.name)
    return svg(uri)


def written_code(sealed: str, sign_in_name: str) -> str:
    """Return a second factor as text in groups, for who cannot read the square code."""
    services = console().services
    uri = sign_in.credentials(services).factor_uri(sealed, name=sign_in_name, issuer="hub")
    secret = uri.partition("secret=")[2].partition("&")[0]
    return " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
