"""Files of partners that encrypt and sign: what leaves, what is kept, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hub.app.services import open_protections
from hub.domain.facts import Source
from hub.errors import Rejected, Unavailable
from hub.flows.payout_release import release
from hub.flows.payout_resend import resend
from hub.flows.payout_withdraw import withdraw
from hub.flows.verify import verify
from hub.mappings.catalog import load_catalog
from hub.store.inbox import InboxState
from tests import debits, payouts
from tests.answers import line, result_bytes
from tests.facts import collection
from tests.keys import keys
from tests.lists import list_bytes, list_name, write_partners
from tests.office import TUESDAY, Office
from tests.payouts import items_of, pay, row, sent_files

pytestmark = pytest.mark.real

LIST = list_bytes(Source.COLLECTIONS, [collection("R1", 2_000_000)])
NAME = list_name(Source.COLLECTIONS, TUESDAY)


@pytest.fixture(scope="module")
def k():
    return keys()


@pytest.fixture
def open_office(tmp_path):
    """Open an office where the named partners have a `[protection]`."""
    opened = []

    def make(**protections):
        folder = tmp_path / "partners"
        write_partners(folder)
        payouts.write_payout_partners(folder)
        debits.write_debit_partners(folder)
        for code, text in protections.items():
            path = folder / f"{code}.toml"
            path.write_text(path.read_text("utf-8") + f"\n[protection]\n{text}\n", "utf-8")
        office = Office(tmp_path, catalog=load_catalog(tmp_path))
        shields = open_protections(office.services.catalog, office.services.settings)
        office.services = replace(office.services, protections=shields)
        opened.append(office)
        return office

    yield make
    for office in opened:
        office.store.close()


def letters(k):
    """A bank with which everything is encrypted and signed in one message."""
    return (
        f'encrypt_to = "{k.bank.public}"\nsign_with = "file:{k.hub.private}"\n'
        f'verify_with = ["{k.bank.public}"]\ndecrypt_with = ["file:{k.hub.private}"]'
    )


def detached(k, *, required="true"):
    return (
        f'sign_with = "file:{k.hub.private}"\nverify_with = ["{k.bank.public}"]\n'
        f'signature_name = "{{name}}.sig"\nrequired = {required}'
    )


def state(office, received):
    found = office.received(received.id)
    return found.state, (found.error or {}).get("code")


def journal(office, event):
    with office.store.read() as uow:
        return [
            json.loads(one.facts) for one in uow.journal.after(0, limit=1000) if one.event == event
        ]


def sent_of(office, batch):
    with office.store.read() as uow:
        return uow.outbox.get(batch.outgoing_id)


def test_a_payout_leaves_encrypted_and_its_plain_file_is_kept(k, open_office):
    office = open_office(alpha=letters(k))
    (batch,) = pay(office, [row(1), row(2)])

    ((name, sealed),) = sent_files(office).items()
    plain = office.services.archive.path(batch.content_sha256).read_bytes()
    assert name == batch.file_name
    assert sealed != plain
    assert k.bank.gpg("--decrypt", content=sealed, expect=None) == plain
    outgoing = sent_of(office, batch)
    assert outgoing.original_sha256 == batch.content_sha256
    assert office.services.archive.path(outgoing.content_sha256).read_bytes() == sealed
    assert [one.name for one in verify(office.services) if not one.ok] == []


def test_a_retry_and_a_file_sent_again_are_the_same_bytes(k, open_office):
    office = open_office(
        alpha=letters(k).replace("decrypt", 'signature_name = "{name}.asc"\ndecrypt')
    )
    (batch,) = pay(office, [row(1)])
    first = sent_files(office)
    assert [*first] == [batch.file_name, f"{batch.file_name}.asc"]

    for name in first:
        (office.services.settings.channels["alpha-out"].path / name).unlink()
    resend(batch.id, person="钱一", reason="银行称没有收到", services=office.services)
    resend(batch.id, person="孙二", services=office.services)
    office.work()

    assert sent_files(office) == first
    assert [one.name for one in verify(office.services) if not one.ok] == []


def test_a_bank_s_sealed_answer_is_applied_once_though_it_is_sealed_anew(k, open_office):
    office = open_office(alpha=letters(k))
    (batch,) = pay(office, [row(1)])
    with office.store.read() as uow:
        payout = uow.payouts.get(batch.list_id)
    content = result_bytes([line(one, 7) for one in items_of(office, payout)])
    first = office.send("alpha-in", "HP_1.txt", k.bank.letter(content, k.hub))
    again = office.send("alpha-in", "HP_2.txt", k.bank.letter(content, k.hub))
    office.work()

    assert [one.state.value for one in items_of(office, payout)] == ["paid"]
    assert [state(office, one)[0] for one in (first, again)] == [
        InboxState.READ, InboxState.DUPLICATE,
    ]  # fmt: skip
    (read,) = [one for one in journal(office, "file.read") if one["partner"] == "alpha"]
    assert read["vouched"] == k.bank.fingerprint
    kept = office.services.archive.path(office.received(first.id).sha256).read_bytes()
    assert content not in kept
    assert [one.name for one in verify(office.services) if not one.ok] == []


def test_a_forged_answer_pays_nobody_and_its_neighbour_goes_on(k, open_office):
    office = open_office(alpha=letters(k))
    (batch,) = pay(office, [row(1), row(2)])
    with office.store.read() as uow:
        payout = uow.payouts.get(batch.list_id)
    content = result_bytes([line(one, 7) for one in items_of(office, payout)])
    before = {name: rows for name, rows in office.dump().items() if "payout" in name}
    forged = {
        "protection_not_encrypted": content,
        "signature_other_key": k.stranger.letter(content, k.hub),
        "signature_missing": k.stranger.envelope(content, k.hub),
        "protection_cannot_decrypt": k.bank.letter(content, k.stranger),
        "protection_altered": k.bank.letter(content, k.hub)[:-30],
    }
    sent = {c: office.send("alpha-in", f"HP_{c}.txt", b) for c, b in forged.items()}
    neighbour = office.send("tax-in", NAME, LIST)
    office.work()

    assert {code: state(office, one) for code, one in sent.items()} == {
        code: (InboxState.REFUSED, code) for code in forged
    }
    assert {name: rows for name, rows in office.dump().items() if "payout" in name} == before
    assert state(office, neighbour)[0] is InboxState.READ
    assert len(office.discrepancies()) >= len(forged)
    assert not any("PRIVATE KEY" in str(rows) for rows in office.dump().values())


@pytest.mark.parametrize("first", ["file", "signature"])
def test_a_file_and_its_signature_come_in_either_order(k, open_office, first):
    office = open_office(tax=detached(k))
    signature = (f"{NAME}.sig", k.bank.signature(LIST))
    for name, content in sorted([(NAME, LIST), signature], reverse=first == "signature"):
        received = office.send("tax-in", name, content)
        if name == NAME and first == "file":
            (task,) = office.due()
            with pytest.raises(Unavailable, match="has not come yet"):
                office.run(task)
    office.work()
    with office.store.read() as uow:
        (file,) = uow.inbox.of_name("tax-in", NAME)
    assert state(office, file)[0] is InboxState.READ
    assert state(office, received)[0] is InboxState.READ
    assert file.rows == 1


def test_a_file_without_its_signature_is_refused_and_read_when_it_comes_late(k, open_office):
    office = open_office(tax=detached(k))
    received = office.send("tax-in", NAME, LIST)
    office.clock.advance(minutes=16)
    office.work()
    assert state(office, received) == (InboxState.REFUSED, "signature_missing")
    office.send("tax-in", f"{NAME}.sig", k.bank.signature(LIST))
    office.work()
    assert state(office, received)[0] is InboxState.READ


def test_an_altered_file_is_refused_and_an_unsigned_one_is_marked_where_none_is_required(
    k, open_office
):
    office = open_office(tax=detached(k, required="false"))
    altered = office.send("tax-in", NAME, LIST)
    office.send("tax-in", f"{NAME}.sig", k.bank.signature(LIST + b"x"))
    second = list_name(Source.COLLECTIONS, TUESDAY, 2)
    unsigned = office.send(
        "tax-in", second, list_bytes(Source.COLLECTIONS, [collection("R2", 1_000)])
    )
    office.clock.advance(minutes=16)
    office.work()

    assert state(office, altered) == (InboxState.REFUSED, "signature_broken")
    assert state(office, unsigned)[0] is InboxState.READ
    vouched = {one["name"]: one.get("vouched") for one in journal(office, "file.read")}
    assert vouched[second] == "channel"


def test_a_batch_that_is_withdrawn_takes_its_signature_along(k, open_office):
    office = open_office(alpha=detached(k))
    payout = payouts.approve(office, payouts.take_list(office, [row(1)]))
    release(payout.id, person="赵出", services=office.services)
    (build,) = office.due()
    office.run(build)
    office.finish(build)
    office.clock.advance(hours=4, minutes=30)  # 16:30, the bank's deadline
    file, signature = office.due()
    with pytest.raises(Rejected, match="deadline"):
        office.run(file)
    with pytest.raises(Unavailable):
        office.run(signature)
    (batch,) = payouts.batches_of(office, payout)
    for person in ("钱一", "孙二"):
        withdraw(batch.id, person=person, reason="当日不再受理", services=office.services)
    office.work()

    assert sent_files(office) == {}
    with office.store.read() as uow:
        assert {one.state.value for one in uow.outbox.list()} == {"withdrawn"}
    assert [one.name for one in verify(office.services) if not one.ok] == []
