"""A provider of identities by OpenID Connect (Authlib): authorization code with PKCE.

OpenID Connect Core 1.0, 3.1, and RFC 7636. What the provider publishes and its keys are read anew
with each sign-in: these are rare, and so nothing here is ever out of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from hub.errors import Rejected, Unavailable
from hub.ports import Identity
from hub.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from joserfc.jwk import KeySetSerialization

    from hub.settings import OidcSettings

TIMEOUT_S: Final = 10
LEEWAY_S: Final = 60  # how far the clocks of provider and hub may be apart
NAME_CHARS_MAX: Final = 100
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
# never "none", and nothing that a public key could be taken for the secret of
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
_SCOPE: Final = "openid profile"
_KNOWN: Final = frozenset({"pwd", "pin", "kba"})  # RFC 8176: what somebody knows
_HELD: Final = frozenset({"otp", "hwk", "swk", "sc"})  # and has
_BASIC, _POST = "client_secret_basic", "client_secret_post"


class OpenIdProvider:
    """One provider as the settings describe it; connects to nobody before it is asked."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings

    def begin(self, *, back: str, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser goes to sign in: `Unavailable("provider_unreachable")`.

        The provider is asked to make sure again who it is, or the hub's own limit on idle sessions
        would mean nothing.
        """
        with self._session(back) as session:
            found = self._metadata(session)
            more = {"acr_values": " ".join(self._settings.acr)} if self._settings.acr else {}
            url, _state = session.create_authorization_url(
                found["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier,
                prompt="login", **more,
            )  # fmt: skip
            return str(url)

    def finish(self, code: str, *, back: str, nonce: str, verifier: str, at: datetime) -> Identity:
        """Exchange what the browser brought for an identity whose token was checked.

        `Rejected("provider_answer_refused")` names what is wrong with it;
        `Unavailable("provider_unreachable")` when there is no answer.
        """
        with self._session(back) as session:
            found = self._metadata(session)
            methods = found.get("token_endpoint_auth_methods_supported", [_BASIC])
            session.token_endpoint_auth_method = _BASIC if _BASIC in methods else _POST
            try:
                answer = session.fetch_token(
                    found["token_endpoint"], code=code, code_verifier=verifier,
                    grant_type="authorization_code", redirect_uri=back, allow_redirects=False,
                )  # fmt: skip
            except AuthlibBaseError as error:
                raise Rejected("provider_answer_refused", reason=str(error.error)[:80]) from error
            except (RequestException, ValueError) as error:
                raise self._unreachable() from error
            keys = self._json(session, found["jwks_uri"])
        return self._identity(self._claims(answer, keys, nonce=nonce, at=at))

    def _claims(
        self, answer: Mapping[str, Any], keys: dict[str, Any], *, nonce: str, at: datetime
    ) -> Mapping[str, Any]:
        """Return the claims of an ID token that is signed, for us, and an answer to our nonce."""
        ours = self._settings
        options = {
            "iss": {"essential": True, "value": ours.issuer},
            "aud": {"essential": True, "value": ours.client_id},
        }
        given = {
            "nonce": nonce, "client_id": ours.client_id,
            "access_token": answer.get("access_token"),
        }  # fmt: skip
        try:
            published = KeySet.import_key_set(cast("KeySetSerialization", keys))
            raw = str(answer.get("id_token", ""))
            token = jwt.decode(raw, published, algorithms=list(_ALGORITHMS))
            claims = CodeIDToken(token.claims, token.header, options, given)
            claims.validate(now=int(at.timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            reason = getattr(error, "description", None) or type(error).__name__
            raise Rejected("provider_answer_refused", reason=str(reason)[:80]) from error
        return dict(claims)

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        name = claims.get(self._settings.claim)
        if not isinstance(name, str) or not 0 < len(name) <= NAME_CHARS_MAX:
            reason = f"no claim {self._settings.claim}"
            raise Rejected("provider_answer_refused", reason=reason)
        methods = frozenset(map(str, claims.get("amr") or ()))
        two = "mfa" in methods or bool(methods & _KNOWN and methods & _HELD)
        is_strong = self._settings.second_factor or two or claims.get("acr") in self._settings.acr
        return Identity(name=name, is_strong=is_strong)

    def _metadata(self, session: OAuth2Session) -> Mapping[str, Any]:
        """Return what the provider publishes, which must be about itself and say where to go."""
        found = self._json(session, self._settings.issuer.rstrip("/") + _WELL_KNOWN)
        if found.get("issuer") != self._settings.issuer:
            raise Rejected("provider_answer_refused", reason="another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            scheme = urlsplit(str(found.get(name))).scheme
            if scheme not in ("https", urlsplit(self._settings.issuer).scheme):
                raise Rejected("provider_answer_refused", reason=name)
        return found

    def _json(self, session: OAuth2Session, url: str) -> dict[str, Any]:
        try:
            answer = session.get(url, withhold_token=True, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (RequestException, ValueError) as error:
            raise self._unreachable() from error
        if not isinstance(found, dict):
            raise self._unreachable()
        return found

    def _session(self, back: str) -> OAuth2Session:
        return OAuth2Session(
            self._settings.client_id, Secret(self._settings.client_secret).reveal(),
            scope=_SCOPE, redirect_uri=back, code_challenge_method="S256",
            default_timeout=TIMEOUT_S,
        )  # fmt: skip

    def _unreachable(self) -> Unavailable:
        host = urlsplit(self._settings.issuer).hostname
        return Unavailable("provider_unreachable", host=host)
