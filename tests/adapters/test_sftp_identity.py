"""Who they are and who we are: host keys, login keys, and accounts that must not be locked."""

from __future__ import annotations

import os

import pytest

from hub.adapters.retrying import RetryingChannel
from hub.adapters.sftp import LOGIN_PAUSES_S, SftpChannel
from hub.adapters.sftp_connection import load_key
from hub.errors import Rejected, Unavailable
from hub.settings.host_key import fingerprint, host_key_blob
from tests.adapters.sshd import Sshd, new_key, public

pytestmark = pytest.mark.real


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "bank"
    root.mkdir()
    return root


@pytest.fixture
def server(tmp_path):
    with Sshd(tmp_path) as server:
        yield server


@pytest.fixture(params=["ed25519", "ecdsa", "rsa"])
def other_key(request, tmp_path):
    return new_key(tmp_path / f"other_{request.param}", request.param)


def refused(channel, code, kind=Rejected):
    with pytest.raises(kind) as caught:
        RetryingChannel(channel, sleep=lambda _s: None).fingerprint("x")
    assert caught.value.code == code
    return caught.value


def test_a_server_with_another_key_is_refused_and_its_key_is_shown(
    sshd, proxy, root, tmp_path, other_key
):
    pinned = (public(other_key),)
    channel = SftpChannel(sshd.settings(root, port=proxy.port, host_keys=pinned))

    error = refused(channel, "sftp_host_key_differs")

    assert proxy.connections == 1
    assert error.facts["shown"] in ("-", fingerprint(host_key_blob(public(sshd.host_key))))


def test_a_key_that_changes_is_refused_from_the_next_connection_on(server, root, tmp_path):
    channel = SftpChannel(server.settings(root))
    channel.probe()
    server.stop()
    server.start(host_key=new_key(tmp_path / "new"))

    error = refused(channel, "sftp_host_key_differs")
    assert error.facts["shown"] == fingerprint(host_key_blob(public(tmp_path / "new")))


def test_two_pinned_keys_let_a_server_change_from_one_to_the_other(server, root, tmp_path):
    following = new_key(tmp_path / "next", "ecdsa")
    both = (public(server.host_key), public(following))
    channel = SftpChannel(server.settings(root, host_keys=both))
    channel.probe()
    server.stop()
    server.start(host_key=following)

    RetryingChannel(channel, sleep=lambda _s: None).fingerprint("x")


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_every_kind_of_key_serves_on_both_sides(tmp_path, root, kind):
    with Sshd(tmp_path) as server:
        server.stop()
        server.user_key = new_key(tmp_path / f"user_{kind}", kind)
        host_key = new_key(tmp_path / f"host_{kind}", kind)
        server.start(host_key=host_key)
        (root / "x").write_bytes(b"")

        channel = SftpChannel(server.settings(root, host_keys=(public(host_key),)))

        assert [f.name for f in channel.list()] == ["x"]


@pytest.mark.parametrize("max_auth_tries", [6, 1])  # with 1 the server hangs up at once
def test_a_refused_login_is_not_tried_again_until_the_pause_is_over(tmp_path, root, max_auth_tries):
    clock = Clock()
    with Sshd(tmp_path, max_auth_tries=max_auth_tries) as server:
        settings = server.settings(root, private_key=f"file:{new_key(tmp_path / 'wrong')}")
        channel = SftpChannel(settings, monotonic=clock)

        for _ in range(5):
            refused(channel, "sftp_login_refused")
        assert logins(server) == 1

        clock.now_s = LOGIN_PAUSES_S["sftp_login_refused"] + 1
        refused(channel, "sftp_login_refused")
        assert logins(server) == 2


def test_a_login_that_is_let_in_later_ends_the_refusal(server, root, tmp_path):
    clock = Clock()
    ours = new_key(tmp_path / "ours")
    channel = SftpChannel(server.settings(root, private_key=f"file:{ours}"), monotonic=clock)
    refused(channel, "sftp_login_refused")
    with server.user_key.with_suffix(".pub").open("a", encoding="utf-8") as authorized:
        authorized.write(public(ours) + "\n")

    clock.now_s = LOGIN_PAUSES_S["sftp_login_refused"] + 1
    channel.probe()


def test_a_connection_lost_while_logging_in_is_tried_again_but_not_at_once(sshd, proxy, root):
    clock = Clock()
    channel = SftpChannel(sshd.settings(root, port=proxy.port), monotonic=clock)
    codes = []
    while codes[-1:] != ["sftp_login_unclear"]:  # cut at every piece in turn, until it is a login
        pieces = iter(range(len(codes) + 2))
        proxy.cut_when = lambda left=pieces: next(left, None) is None
        with pytest.raises(Unavailable) as caught:
            channel.probe()
        codes.append(caught.value.code)
    connections = proxy.connections
    proxy.behave()

    refused(channel, "sftp_login_unclear", Unavailable)
    assert proxy.connections == connections
    clock.now_s = LOGIN_PAUSES_S["sftp_login_unclear"] + 1
    channel.probe()


@pytest.mark.parametrize("text", ["", "not a key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_a_private_key_that_is_none_is_refused_before_anybody_is_called(
    sshd, proxy, root, tmp_path, text
):
    path = tmp_path / "key"
    path.write_text(text, "utf-8")
    settings = sshd.settings(root, port=proxy.port, private_key=f"file:{path}")

    refused(SftpChannel(settings), "sftp_key_unusable" if text else "secret_missing")
    assert proxy.connections == 0


def test_a_key_with_a_passphrase_is_refused_and_one_may_come_from_the_environment(
    sshd, root, tmp_path, monkeypatch
):
    locked = new_key(tmp_path / "locked", passphrase="secret")
    refused(SftpChannel(sshd.settings(root, private_key=f"file:{locked}")), "sftp_key_unusable")

    monkeypatch.setitem(os.environ, "HUB_TEST_KEY", sshd.user_key.read_text("utf-8"))
    settings = sshd.settings(root, private_key="env:HUB_TEST_KEY")
    assert load_key(settings).get_name() == "ssh-ed25519"
    SftpChannel(settings).probe()


def logins(server):
    return (server.folder / "log").read_text("utf-8").count("Failed publickey")
