"""The evidence pack: the same bytes each time, checked without the hub, and any change is found."""

from __future__ import annotations

import ast
import base64
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.adapters.signing import PrivateKey, Signer
from hub.domain.envelope import canonical, sha256_of
from hub.domain.region_directory import Kind
from hub.errors import Rejected
from hub.flows.evidence import CONTEXT, export, zipped
from hub.store.verifying import export_head
from hub_verify.main import main
from tests.conftest import ROOT
from tests.regions import CASE, CHENGDU, HANGZHOU, carry, noted_business, two_offices


@pytest.fixture
def here(offices):
    """An agency with a case of which messages went both ways, one of them unanswered."""
    here, there = offices
    here.post(CHENGDU, case="OTHER-1")
    asked = here.post(CHENGDU, body={"question": "缴费年限"})
    carry(here, there)
    there.clock.advance(hours=3)
    there.post(HANGZHOU, body={"answer": "12 年 3 个月"}, in_reply_to=asked.id)
    carry(there, here)
    here.post(CHENGDU, case="OTHER-1")
    here.post(CHENGDU, body={"question": "无回执"})
    return here


def pack_of(here, *, own_rows=False):
    return export(CASE, own_rows=own_rows, person="王主任", services=here.services)


def parts_of(pack):
    with zipfile.ZipFile(io.BytesIO(pack)) as file:
        return {name: file.read(name) for name in file.namelist()}


def verify(path, content, capsys, *options):
    """Return exit code and answer of `hub-verify --json`."""
    path.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main([str(path), "--json", *map(str, options)])
    return ended.value.code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("own_rows", [False, True])
def test_a_pack_is_the_same_each_time_and_all_of_it_holds(here, tmp_path, capsys, own_rows):
    pack = pack_of(here, own_rows=own_rows)

    code, answer = verify(tmp_path / "x.zip", pack, capsys, "--key", here.key.public.text)

    assert pack == pack_of(here, own_rows=own_rows)
    assert (code, answer["wrong"]) == (0, None)
    said = " ".join(line["en"] for line in answer["checked"])
    assert "4 parts" not in said
    assert "5 messages: each signature is good" in said
    assert "was delivered" in said
    assert "has no receipt" in said
    rows = [json.loads(line) for line in parts_of(pack)["journal.jsonl"].splitlines()]
    foreign = [row for row in rows if "OTHER-1" in row["facts"]]
    assert bool(foreign) is not own_rows


def test_it_runs_alone_and_imports_nothing_of_the_hub(here, tmp_path):
    for path in (ROOT / "hub_verify").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in getattr(node, "names", [])] if isinstance(
                node, ast.Import
            ) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []  # fmt: skip
            roots = {name.partition(".")[0] for name in names}
            assert roots <= sys.stdlib_module_names | {"cryptography", "hub_verify"}, path
    pack = tmp_path / "x.zip"
    pack.write_bytes(pack_of(here))
    alone = "import sys; sys.modules['hub'] = None; from hub_verify.main import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", alone, pack], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("✓") > 8


def test_every_part_that_is_changed_is_named(here, tmp_path, capsys):
    parts = parts_of(pack_of(here))
    assert len(parts) == 13
    for name, content in parts.items():
        changed = content.replace(b"2026", b"2025", 1)
        changed = content + b" " if changed == content else changed
        code, answer = verify(tmp_path / "x.zip", zipped({**parts, name: changed}), capsys)
        assert code == 1, name
        accused = {"keys.json": "signature.json"}.get(name, name)
        assert answer["wrong"]["part"] in (name, accused), answer["wrong"]

        left = {other: one for other, one in parts.items() if other != name}
        code, answer = verify(tmp_path / "x.zip", zipped(left), capsys)
        assert (code, answer["wrong"]["part"]) == (1, name)
    code, answer = verify(tmp_path / "x.zip", zipped({**parts, "more.txt": b""}), capsys)
    assert (code, answer["wrong"]["part"]) == (1, "more.txt")


def test_any_byte_of_the_file_that_is_changed_is_found(here, tmp_path, capsys):
    pack = pack_of(here)

    @settings(max_examples=150, deadline=None)
    @given(at=st.integers(0, len(pack) - 1), flipped=st.integers(1, 255))
    def changed(at, flipped):
        bad = bytes([*pack[:at], pack[at] ^ flipped, *pack[at + 1 :]])
        assert verify(tmp_path / "x.zip", bad, capsys)[0] == 1

    changed()
    assert verify(tmp_path / "x.zip", pack + b"\0", capsys)[0] == 1
    assert verify(tmp_path / "x.zip", b"", capsys)[0] == 1


def test_a_pack_that_a_forger_signed_anew_is_found_by_the_key_that_is_known_otherwise(
    here, tmp_path, capsys
):
    parts = parts_of(pack_of(here))
    forger = PrivateKey.generate("ed25519")
    entry = json.loads(parts["keys.json"])[0]
    own = {
        **entry,
        "region": HANGZHOU,
        "key_id": forger.public.id,
        "public_key": forger.public.text,
    }
    parts["keys.json"] = json.dumps([*json.loads(parts["keys.json"]), own]).encode()
    parts["case.json"] = b"[]"
    manifest = json.loads(parts["manifest.json"])
    names = parts.keys() - {"manifest.json", "signature.json"}
    manifest["parts"] = {name: sha256_of(parts[name]) for name in names}
    parts["manifest.json"] = canonical(manifest)
    signature = base64.b64encode(forger.sign(CONTEXT + parts["manifest.json"])).decode()
    parts["signature.json"] = canonical({"key_id": forger.public.id, "signature": signature})
    forged = zipped(parts)

    code, answer = verify(tmp_path / "x.zip", forged, capsys)
    assert code == 0  # alone it cannot tell, but it says whose key it trusted
    assert forger.public.text in answer["checked"][1]["en"]
    code, answer = verify(tmp_path / "x.zip", forged, capsys, "--key", here.key.public.text)
    assert (code, answer["wrong"]["part"]) == (1, "signature.json")


def test_a_head_that_was_kept_elsewhere_shows_a_journal_that_was_written_anew(
    here, tmp_path, capsys
):
    export_head(here.store, tmp_path / "heads.jsonl")
    head = json.loads((tmp_path / "heads.jsonl").read_text())
    assert (
        verify(tmp_path / "x.zip", pack_of(here), capsys, "--head", tmp_path / "heads.jsonl")[0]
        == 0
    )

    (tmp_path / "heads.jsonl").write_text(json.dumps({**head, "hash": "0" * 64}))
    code, answer = verify(
        tmp_path / "x.zip", pack_of(here), capsys, "--head", tmp_path / "heads.jsonl"
    )
    assert (code, answer["wrong"]["part"]) == (1, "journal.jsonl")


def test_a_withdrawn_key_still_proves_what_it_signed_before(here, tmp_path, capsys):
    here.enter(Kind.KEY, CHENGDU, {"public_key": parts_key(here)}, valid_until=date(2026, 11, 24))
    here.clock.advance(days=5)

    assert verify(tmp_path / "x.zip", pack_of(here), capsys)[0] == 0


def test_a_key_is_judged_by_the_offices_day_and_not_by_greenwich(offices, tmp_path, capsys):
    here, there = offices
    here.clock.advance(hours=13)  # 01:00 of the 25th in China, still the 24th in UTC
    fresh = PrivateKey.generate("ed25519")
    for office in offices:
        office.enter(
            Kind.KEY, HANGZHOU, {"public_key": fresh.public.text}, valid_from=date(2026, 11, 25)
        )
    os.environ[here.variable] = fresh.text
    here.services = replace(here.services, signing=Signer(f"env:{here.variable}"))
    here.post(CHENGDU)
    carry(here, there)

    code, answer = verify(tmp_path / "x.zip", pack_of(here), capsys)
    assert (code, answer["wrong"]) == (0, None)
    assert here.messages()[-1].envelope.key_id == fresh.public.id


def parts_key(here):
    with here.store.read() as uow:
        (record,) = uow.regions.holding(date(2026, 11, 24), code=CHENGDU, kind=Kind.KEY)
    return record.facts["public_key"]


def test_a_pack_of_sm2_signatures_is_checked_without_any_library_for_them(tmp_path, capsys):
    with noted_business():
        here, there = two_offices(tmp_path, algorithm="sm2")
        here.post(CHENGDU, body={"question": "缴费年限"})
        carry(here, there)
        code, answer = verify(tmp_path / "x.zip", pack_of(here), capsys)
        here.store.close()
        there.store.close()
    assert (code, answer["wrong"]) == (0, None)
    assert "sm2:" in answer["checked"][1]["en"]


def test_of_an_unknown_case_there_is_no_pack(here):
    with pytest.raises(Rejected, match="Nothing is known"):
        export("NO-SUCH", own_rows=False, person="王主任", services=here.services)
