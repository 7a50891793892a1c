"""PGP against the machine's own GnuPG, both ways, and everything that must be refused."""

from __future__ import annotations

import pytest

from hub.adapters.pgp import PgpProtection
from hub.errors import Rejected
from hub.settings.protection import ProtectionSettings
from tests.keys import keys

pytestmark = pytest.mark.real

CONTENT = "姓名|金额\n王芳|1234.56\n".encode("gb18030") * 500
NAME = "HP_1.txt.pgp"


@pytest.fixture(scope="module")
def k():
    return keys()


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def protection(size_bytes_max=1 << 30, **settings):
    return PgpProtection(ProtectionSettings(**settings), size_bytes_max=size_bytes_max)


def file(tmp_path, content, name="file"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def both_ways(k, **changes):
    """Return the hub's side of a bank that encrypts and signs in one message."""
    said = {
        "encrypt_to": k.bank.public, "sign_with": f"file:{k.hub.private}",
        "verify_with": (k.bank.public,), "decrypt_with": (f"file:{k.hub.private}",),
    }  # fmt: skip
    return protection(**{**said, **changes})


def refused(subject, path, work, signatures=()):
    with pytest.raises(Rejected) as caught:
        subject.unseal(path, signatures, work, file=NAME)
    assert caught.value.place.file == NAME
    return caught.value.code


@pytest.mark.parametrize("armor", [False, True])
def test_what_we_seal_the_bank_s_gnupg_opens_and_knows_as_ours(k, tmp_path, work, armor):
    sealed, signature = both_ways(k, armor=armor).seal(file(tmp_path, CONTENT), work)

    k.bank.knows(k.hub)
    status = k.bank.gpg("--status-fd", "1", "--output", tmp_path / "out", "--decrypt", sealed)
    assert (tmp_path / "out").read_bytes() == CONTENT
    assert f"VALIDSIG {k.hub.fingerprint}".encode() in status
    assert signature is None
    assert sealed.read_bytes().startswith(b"-----BEGIN PGP") is armor
    assert "王芳".encode("gb18030") not in sealed.read_bytes()


def test_what_the_bank_s_gnupg_seals_we_open_and_say_whose_it_is(k, tmp_path, work):
    sealed = file(tmp_path, k.bank.letter(CONTENT, k.hub))

    plain, who = both_ways(k).unseal(sealed, [], work, file=NAME)

    assert plain.read_bytes() == CONTENT
    assert who == k.bank.fingerprint


def test_a_detached_signature_leaves_the_file_as_it_is(k, tmp_path, work):
    subject = protection(sign_with=f"file:{k.hub.private}", signature_name="{name}.sig",
                         verify_with=(k.bank.public,))  # fmt: skip
    path = file(tmp_path, CONTENT)
    sealed, signature = subject.seal(path, work)
    assert sealed == path
    k.bank.knows(k.hub)
    k.bank.gpg("--verify", signature, sealed)

    theirs = file(tmp_path, k.bank.signature(CONTENT), "theirs.sig")
    assert subject.unseal(path, [theirs], work, file=NAME) == (path, k.bank.fingerprint)


def test_a_detached_signature_is_of_the_encrypted_bytes(k, tmp_path, work):
    subject = both_ways(k, signature_name="{name}.sig")
    sealed, signature = subject.seal(file(tmp_path, CONTENT), work)
    k.bank.gpg("--verify", signature, sealed)

    theirs = k.bank.envelope(CONTENT, k.hub)
    beside = file(tmp_path, k.bank.signature(theirs), "theirs.sig")
    plain, who = subject.unseal(file(tmp_path, theirs, "theirs"), [beside], work, file=NAME)
    assert (plain.read_bytes(), who) == (CONTENT, k.bank.fingerprint)


def test_while_a_key_changes_both_are_known(k, tmp_path, work):
    subject = both_ways(
        k, verify_with=(k.stranger.public, k.bank.public),
        decrypt_with=(f"file:{k.stranger.private}", f"file:{k.hub.private}"),
    )  # fmt: skip
    plain, who = subject.unseal(file(tmp_path, k.bank.letter(CONTENT, k.hub)), [], work, file=NAME)
    assert (plain.read_bytes(), who) == (CONTENT, k.bank.fingerprint)


def test_messages_that_are_not_what_they_must_be(k, tmp_path, work):
    subject = both_ways(k)
    letter = k.bank.letter(CONTENT, k.hub)
    altered = bytearray(letter)
    altered[len(letter) // 2] ^= 1
    cases = {
        "protection_not_encrypted": [CONTENT, k.bank.gpg("--sign", content=CONTENT), b""],
        "signature_missing": [k.bank.envelope(CONTENT, k.hub)],
        "signature_other_key": [
            k.stranger.letter(CONTENT, k.hub),
            k.hub.letter(CONTENT, k.hub),  # our own key is no partner's, though we have it
        ],
        "protection_cannot_decrypt": [k.bank.letter(CONTENT, k.stranger)],
        "protection_altered": [bytes(altered), letter[:-40], letter[:200]],
    }
    for code, contents in cases.items():
        for number, content in enumerate(contents):
            path = file(tmp_path, content, f"{code}{number}")
            (work / "plain").unlink(missing_ok=True)
            assert refused(subject, path, work) == code, number


def test_signatures_that_do_not_hold(k, tmp_path, work):
    subject = protection(verify_with=(k.bank.public, k.expired.public), signature_name="{name}.sig")
    path = file(tmp_path, CONTENT)
    good = k.bank.signature(CONTENT)
    cases = {
        "signature_broken": [
            k.bank.signature(CONTENT + b"x"),
            b"junk",
            b"",
            # a whole message that the bank signed is no signature of another file
            k.bank.gpg("--sign", content=b"other"),
            k.bank.gpg("--clearsign", content=b"other"),
            k.bank.gpg("--sign", content=CONTENT),
        ],
        "signature_other_key": [k.stranger.signature(CONTENT)],
        "signature_key_expired": [k.expired.signature(CONTENT)],
    }
    for code, contents in cases.items():
        for number, content in enumerate(contents):
            signature = file(tmp_path, content, f"{code}{number}")
            assert refused(subject, path, work, [signature]) == code, number
    assert refused(subject, path, work) == "signature_missing"
    both = [file(tmp_path, b"junk", "a"), file(tmp_path, good, "b")]
    assert subject.unseal(path, both, work, file=NAME) == (path, k.bank.fingerprint)


def test_what_need_not_be_protected_is_taken_but_a_bad_signature_never(k, tmp_path, work):
    plain = file(tmp_path, CONTENT)
    assert both_ways(k, required=False).unseal(plain, [], work, file=NAME) == (plain, None)
    detached = protection(verify_with=(k.bank.public,), signature_name="{name}.sig", required=False)
    assert detached.unseal(plain, [], work, file=NAME) == (plain, None)
    forged = file(tmp_path, k.stranger.signature(CONTENT), "forged")
    assert refused(detached, plain, work, [forged]) == "signature_other_key"
    forged = file(tmp_path, k.stranger.letter(CONTENT, k.hub), "letter")
    assert refused(both_ways(k, required=False), forged, work) == "signature_other_key"


def test_a_message_that_unpacks_to_more_than_the_limit_is_refused(k, tmp_path, work):
    bomb = file(tmp_path, k.bank.letter(bytes(4_000_000), k.hub))
    assert bomb.stat().st_size < 40_000
    assert refused(both_ways(k, size_bytes_max=1_000_000), bomb, work) == "packed_too_large"
    assert (work / "plain").stat().st_size <= 1_000_000


def test_keys_are_proven_and_ours_is_never_named(k, tmp_path, work, monkeypatch):
    assert both_ways(k).prove() == []
    monkeypatch.setenv("OUR_KEY", k.hub.private.read_text())
    assert both_ways(k, sign_with="env:OUR_KEY").prove() == []

    junk = file(tmp_path, b"no key", "junk.asc")
    unusable = [
        {"encrypt_to": junk}, {"encrypt_to": tmp_path / "none.asc"}, {"sign_with": f"file:{junk}"},
        {"sign_with": f"file:{k.hub.public}"}, {"verify_with": (junk,)},
    ]  # fmt: skip
    for changes in unusable:
        with pytest.raises(Rejected) as caught:
            both_ways(k, **changes).prove()
        assert caught.value.code == "protection_key_unusable", changes
        assert "PRIVATE KEY" not in str(caught.value)
    for changes in ({"encrypt_to": k.expired.public}, {"sign_with": f"file:{k.expired.private}"}):
        for use in (lambda s: s.prove(), lambda s: s.seal(file(tmp_path, CONTENT), work)):
            with pytest.raises(Rejected) as caught:
                use(both_ways(k, **changes))
            assert caught.value.code == "protection_key_expired"


def test_a_private_key_with_a_passphrase_cannot_be_used(k, tmp_path):
    locked = k.folder / "locked"
    locked.mkdir(mode=0o700, exist_ok=True)
    words = ["--homedir", locked, "--passphrase", "geheim"]
    k.stranger.gpg(*words, "--quick-gen-key", "l@example.org", "ed25519", "sign", "1y")
    key = file(tmp_path, k.stranger.gpg(*words, "--armor", "--export-secret-keys"), "locked.asc")
    with pytest.raises(Rejected) as caught:
        protection(sign_with=f"file:{key}", signature_name="{name}.sig").prove()
    assert caught.value.code == "protection_key_unusable"
