"""Every error of paramiko, of sockets and of the system comes out as exactly one refusal."""

from __future__ import annotations

import builtins
import io
import socket
import struct

import paramiko
import pytest
from paramiko import sftp, ssh_exception
from paramiko.pkey import UnknownKeyType

from hub.adapters.retrying import ATTEMPTS_MAX, RetryingChannel
from hub.adapters.sftp import SftpChannel
from hub.adapters.sftp_errors import TROUBLE, refusal
from hub.adapters.sftp_session import SftpStatus
from hub.adapters.sftp_transfer import give_name
from hub.errors import DeliveryUnknown, Rejected, Unavailable
from hub.settings import SftpSettings

SETTINGS = SftpSettings(
    name="bank", kind="sftp", direction="in", host="bank.example", port=22, user="hub",
    folder="in", private_key="env:KEY", host_keys=(),
)  # fmt: skip
KEY = paramiko.RSAKey.generate(1024)
ARGUMENTS = {
    "BadAuthenticationType": ("no", ["password"]),
    "PartialAuthentication": (["password"],),
    "ChannelException": (1, "prohibited"),
    "BadHostKeyException": ("bank.example", KEY, KEY),
    "ProxyCommandFailure": ("nc", "error"),
    "NoValidConnectionsError": ({("10.0.0.1", 22): OSError("refused")},),
    "UnicodeDecodeError": ("utf-8", b"\xff", 0, 1, "invalid"),
    "UnicodeEncodeError": ("utf-8", "\udcff", 0, 1, "invalid"),
    "UnicodeTranslateError": ("\udcff", 0, 1, "invalid"),
}
REJECTED = {
    "BadHostKeyException": "sftp_host_key_differs",
    "IncompatiblePeer": "sftp_no_common_algorithm",
    "UnknownKeyType": "sftp_key_unusable",
    "PasswordRequiredException": "sftp_key_unusable",
    "AuthenticationException": "sftp_login_refused",
    "BadAuthenticationType": "sftp_login_refused",
    "PartialAuthentication": "sftp_login_refused",
    "AuthFailure": "sftp_login_refused",
    "UnableToAuthenticate": "sftp_login_refused",
}


def classes():
    """Return every class of exception that paramiko, sockets and the system have."""
    modules = (ssh_exception, paramiko, sftp, socket, struct, builtins)
    found = {c for m in modules for c in vars(m).values() if isinstance(c, type)}
    found = {c for c in found if issubclass(c, TROUBLE)} | {UnknownKeyType}
    return sorted(found, key=lambda c: c.__name__)


def made(cls):
    arguments = ARGUMENTS.get(cls.__name__, ("words",))
    return cls(*arguments)


class Failing(SftpChannel):
    """The real channel; getting to its server always fails in one way."""

    def __init__(self, error) -> None:
        super().__init__(SETTINGS)
        self.error = error
        self.count = 0

    def _connect(self):
        self.count += 1
        raise self.error


class Renaming:
    """A session whose rename fails in one way."""

    def __init__(self, error) -> None:
        self.error = error

    def rename(self, *_paths):
        raise self.error


VERBS = {
    "list": lambda c: list(c.list()),
    "open": lambda c: c.open("x"),
    "finish": lambda c: c.finish("x", accepted=True),
    "fingerprint": lambda c: c.fingerprint("x"),
    "put": lambda c: c.put("x", io.BytesIO(), sha256="0"),
}


def test_the_list_of_classes_is_not_empty_and_has_the_ones_that_matter():
    names = {c.__name__ for c in classes()}

    assert {"SSHException", "ChannelException", "SFTPError", "gaierror", "TimeoutError",
            "ConnectionResetError", "BrokenPipeError", "EOFError", "error"} <= names  # fmt: skip
    assert len(names) > 35


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("cls", classes(), ids=lambda c: f"{c.__module__}.{c.__name__}")
def test_nothing_is_swallowed_and_only_what_may_pass_is_tried_again(cls, verb):
    channel = Failing(made(cls))

    with pytest.raises((Rejected, Unavailable)) as caught:
        VERBS[verb](RetryingChannel(channel, sleep=lambda _s: None))

    code = REJECTED.get(cls.__name__)
    assert type(caught.value) is (Rejected if code else Unavailable)
    assert caught.value.code == (code or "sftp_unavailable")
    assert caught.value.__cause__ is channel.error
    assert channel.count == (1 if code or verb == "put" else ATTEMPTS_MAX)
    assert all(caught.value.explain(language) for language in ("zh", "en"))


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        (sftp.SFTP_PERMISSION_DENIED, Rejected, "sftp_permission_denied"),
        (sftp.SFTP_NO_SUCH_FILE, Rejected, "sftp_folder_missing"),
        (sftp.SFTP_FAILURE, Unavailable, "sftp_failed"),
        (sftp.SFTP_BAD_MESSAGE, Unavailable, "sftp_failed"),
        (sftp.SFTP_CONNECTION_LOST, Unavailable, "sftp_failed"),
        (sftp.SFTP_OP_UNSUPPORTED, Unavailable, "sftp_failed"),
        (sftp.SFTP_EOF, Unavailable, "sftp_failed"),
        (99, Unavailable, "sftp_failed"),
    ],
)
def test_an_answer_of_the_server_has_its_own_refusal(code, kind, expected):
    error = refusal(SftpStatus(code, "esc\x1b[31m"), SETTINGS)

    assert (type(error), error.code) == (kind, expected)
    assert "\x1b" not in error.explain("zh") + error.explain("en")


@pytest.mark.parametrize("cls", classes(), ids=lambda c: f"{c.__module__}.{c.__name__}")
def test_whatever_happens_after_the_rename_was_asked_for_the_outcome_is_unknown(cls):
    error = made(cls)

    with pytest.raises(DeliveryUnknown) as caught:
        give_name(Renaming(error), b".part", b"letter", name="letter", sha256="0")
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("bug", [TypeError("bug"), KeyError("bug"), KeyboardInterrupt()])
@pytest.mark.parametrize("verb", VERBS)
def test_a_bug_comes_out_as_itself_at_once(bug, verb):
    channel = Failing(bug)

    with pytest.raises(type(bug)) as caught:
        VERBS[verb](RetryingChannel(channel, sleep=lambda _s: None))
    assert caught.value is bug
    assert channel.count == 1


def test_a_bug_is_no_trouble_of_the_server():
    for bug in (TypeError, KeyError, AttributeError, AssertionError, KeyboardInterrupt):
        assert not issubclass(bug, TROUBLE)
