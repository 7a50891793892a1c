"""A real provider of identities in a thread, and a person who signs in there."""

from __future__ import annotations

from contextlib import contextmanager

import oidc_provider_mock
import requests
from authlib.oidc import core
from flask import request
from joserfc import jwt
from joserfc.jwk import RSAKey

SECRET = "HUB_TEST_OIDC"


@contextmanager
def running():
    """Run a provider."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield Provider(server)


class Provider:
    """The provider, what was asked of it, and a person who signs in there."""

    def __init__(self, server) -> None:
        self.issuer = f"http://localhost:{server.server_port}"
        self.asked = []
        server.app.before_request(self._note)

    def _note(self):
        self.asked.append((request.path, request.form.to_dict(), request.headers))

    def has(self, sub, **claims):
        requests.put(f"{self.issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()

    def sign_in(self, where, sub):
        """Sign in as somebody; return where the provider sends the browser back to."""
        answer = requests.post(where, data={"sub": sub}, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


def forge(provider, monkeypatch, *, sign=True, **claims):
    """Let the provider put other claims into its tokens, signed with its own or another key."""
    real = core.OpenIDCode.process_token

    def process(self, grant, response):
        answer = real(self, grant, response)
        token = answer["id_token"] if isinstance(answer, dict) else response["id_token"]
        config = self.get_jwt_config(grant)
        own = RSAKey.import_key(config["key"])
        found = jwt.decode(token, own)
        key = own if sign else RSAKey.generate_key(2048, {"kid": own.kid})
        made = jwt.encode(found.header, {**found.claims, **claims}, key)
        (answer if isinstance(answer, dict) else response)["id_token"] = made
        return answer

    monkeypatch.setattr(core.OpenIDCode, "process_token", process)
