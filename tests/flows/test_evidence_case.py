"""Evidence of a whole transfer: who signed what is in it, and even its maker cannot bend it."""

from __future__ import annotations

import base64
import json

import pytest

from hub.domain.envelope import canonical, sha256_of
from hub.flows.evidence import CONTEXT, export, zipped
from tests.flows.test_evidence import parts_of, verify
from tests.transfers import CHENGDU, HANGZHOU, carry, offices


@pytest.fixture
def two(tmp_path):
    """Two offices after a pension relation has gone from one to the other."""
    new, old = made = offices(tmp_path, HANGZHOU, CHENGDU)
    new.consent(new.apply("in", old))
    carry(*made)
    old.offer(old.apply("out", new))
    carry(*made)
    old.funds(old.case(), "HK-1")
    carry(*made)
    new.funds(new.case(), "DZ-1")
    new.continue_(new.case())
    carry(*made)
    yield made
    for one in made:
        one.store.close()


def pack_of(office):
    return export(office.case().ref, own_rows=False, person="王主任", services=office.services)


def signed_anew(office, parts):
    """Return a pack whose maker changed its parts and signed it with the agency's own key."""
    manifest = json.loads(parts["manifest.json"])
    names = parts.keys() - {"manifest.json", "signature.json"}
    manifest["parts"] = {name: sha256_of(parts[name]) for name in names}
    text = canonical(manifest)
    signature = base64.b64encode(office.key.sign(CONTEXT + text)).decode()
    proof = canonical({"key_id": office.key.public.id, "signature": signature})
    return zipped({**parts, "manifest.json": text, "signature.json": proof})


def test_both_sides_can_prove_the_same_transfer(two, tmp_path, capsys):
    said = []
    for office in two:
        pack = pack_of(office)
        code, answer = verify(tmp_path / "x.zip", pack, capsys, "--key", office.key.public.text)
        assert (code, answer["wrong"]) == (0, None)
        said.append(" ".join(line["zh"] for line in answer["checked"]))
        parts = parts_of(pack)
        assert json.loads(parts["case.json"])[0]["state"] == "done"
        signers = [
            s["person"] for a in json.loads(parts["approvals.json"]) for s in a["signatures"]
        ]
        assert set(signers) <= {"李初", "王复", "赵批"}
        assert len(signers) >= 2
    for words in ("consent#1", "offer#1", "continue#1", "李初、王复"):
        assert any(words in one for one in said), words
    wires = [
        {content for name, content in parts_of(pack_of(office)).items() if name.startswith("mess")
         and name != "messages.json"}
        for office in two
    ]  # fmt: skip
    assert wires[0] == wires[1]  # byte for byte what the other one has


CHANGES = [
    ("approvals.json", "李初", "孙某"),
    ("approvals.json", '"levels": 2', '"levels": 3'),
    ("approvals.json", "pooled_fen", "paidup_fen"),
    ("journal.jsonl", "李初", "孙某"),
    ("messages.json", '"delivered_at": "2026', '"delivered_at": "2025'),
    ("messages/", "1234567", "7234567"),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change[0]}-{change[2]}")
def test_not_even_its_maker_can_bend_it(two, tmp_path, capsys, change):
    begin, old, new = change
    parts = parts_of(pack_of(two[1]))
    part = next(n for n in parts if n.startswith(begin) and old.encode() in parts[n])
    changed = parts[part].replace(old.encode(), new.encode(), 1)

    pack = signed_anew(two[1], {**parts, part: changed})
    code, answer = verify(tmp_path / "x.zip", pack, capsys)

    assert (code, answer["wrong"]["part"]) == (1, part), answer["wrong"]


def test_a_message_or_a_row_left_out_is_missed(two, tmp_path, capsys):
    office = two[1]
    parts = parts_of(pack_of(office))
    lines = parts["journal.jsonl"].splitlines(keepends=True)
    without = b"".join(lines[:3] + lines[4:])
    code, answer = verify(
        tmp_path / "x.zip", signed_anew(office, {**parts, "journal.jsonl": without}), capsys
    )
    assert (code, answer["wrong"]["part"]) == (1, "journal.jsonl")

    gone = next(n for n in sorted(parts) if n.startswith("messages/"))
    entries = [e for e in json.loads(parts["messages.json"]) if e["file"] != gone]
    left = {name: one for name, one in parts.items() if name != gone}
    left["messages.json"] = json.dumps(entries).encode()
    code, answer = verify(tmp_path / "x.zip", signed_anew(office, left), capsys)
    assert (code, answer["wrong"]["part"]) == (1, "messages.json")
