"""The journal: nothing changes it unseen; verifying names the first bad row."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.errors import Rejected
from hub.store import verifying
from hub.store.journal import GENESIS, Head
from hub.store.verifying import export_head, read_heads, verify

ROWS = 12


@pytest.fixture
def written(store, now):
    for number in range(1, ROWS + 1):
        store.transact(
            lambda u, n=number: u.journal.note(
                "file.read", f"inbox:{n}", at=now, actor="collection",
                person="王芳" if n % 2 else None, rows=n, day=now.date(), name="征收明细.csv",
            )
        )  # fmt: skip
    return store


@pytest.fixture
def tamper(written):
    """Run statements as somebody who owns the database and has taken the triggers away."""

    def tamper(*statements):
        with written._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                for name in ("no_update", "no_delete", "no_replace"):
                    connection.execute(text(f"DROP TRIGGER journal_{name}"))
            else:
                connection.execute(text("DROP TRIGGER journal_no_change ON journal"))
            for statement in statements:
                connection.execute(text(statement))

    return tamper


def copied(row, number, **changes):
    names = ("at", "event", "subject", "actor", "person", "facts", "hash")
    values = ", ".join(changes.get(name, name) for name in names)
    return (
        f"INSERT INTO journal (n, {', '.join(names)}) SELECT {number}, {values}"
        f" FROM journal WHERE n = {row}"
    )


def test_an_untouched_chain_holds_and_each_row_keeps_its_facts(written, now):
    assert verify(written).first_bad is None
    with written.read() as uow:
        first = uow.journal.after(0, limit=1)[0]
        assert uow.journal.list(subject="inbox:3")[0].n == 3
        assert [e.n for e in uow.journal.list(event="file.read", limit=2)] == [ROWS, ROWS - 1]
    assert (first.n, first.at, first.person) == (1, now, "王芳")
    assert json.loads(first.facts) == {"rows": 1, "day": "2026-11-24", "name": "征收明细.csv"}


def test_the_hash_is_the_one_that_is_described(written, now):
    with written.read() as uow:
        first, second = uow.journal.after(0, limit=2)
    previous = GENESIS
    for entry in (first, second):
        row = {
            "n": entry.n, "at": "2026-11-24T04:00:00.000000+00:00", "event": "file.read",
            "subject": entry.subject, "actor": "collection", "person": entry.person,
            "facts": entry.facts,
        }  # fmt: skip
        canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(
            b"\0" + bytes.fromhex(previous) + canonical.encode("utf-8")
        ).hexdigest()
        assert entry.hash == previous


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET person = 'x' WHERE n = 3",
        "UPDATE journal SET person = 'x' WHERE n = 999",
        "DELETE FROM journal WHERE n = 3",
        "DELETE FROM journal",
    ],
)
def test_the_database_refuses_to_change_or_delete_rows(written, statement):
    if "999" in statement and written._engine.dialect.name == "sqlite":
        return  # its triggers are by row, and there is none
    with pytest.raises(DBAPIError, match="only grows"), written._engine.begin() as connection:
        connection.execute(text(statement))
    assert verify(written).first_bad is None


def test_rows_cannot_be_replaced_or_cut_off_by_other_words(written):
    sqlite = written._engine.dialect.name == "sqlite"
    statement = (
        copied(4, 3).replace("INSERT", "INSERT OR REPLACE") if sqlite else "TRUNCATE journal"
    )

    with pytest.raises(DBAPIError, match="only grows"), written._engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statements", "first_bad", "reason"),
    [
        (["UPDATE journal SET facts = '{}' WHERE n = 5"], 5, "changed"),
        (["UPDATE journal SET person = NULL WHERE n = 5"], 5, "changed"),
        (["UPDATE journal SET subject = 'inbox:9', facts = facts WHERE n = 1"], 1, "changed"),
        ([f"UPDATE journal SET hash = '{'a' * 64}' WHERE n = 12"], 12, "changed"),
        (["DELETE FROM journal WHERE n = 7"], 7, "missing"),
        (["DELETE FROM journal WHERE n <= 2"], 1, "missing"),
        (["DELETE FROM journal WHERE n = 7", "UPDATE journal SET n = 7 WHERE n = 8"], 7, "changed"),
        (
            ["UPDATE journal SET n = 99 WHERE n = 4", "UPDATE journal SET n = 4 WHERE n = 5",
             "UPDATE journal SET n = 5 WHERE n = 99"],
            4,
            "changed",
        ),
        ([copied(3, 13)], 13, "changed"),
        ([copied(3, 15)], 13, "missing"),
    ],
)  # fmt: skip
def test_any_tampering_is_named_by_its_first_bad_row(
    written, tamper, statements, first_bad, reason
):
    tamper(*statements)

    verdict = verify(written)

    assert (verdict.first_bad, verdict.reason) == (first_bad, reason)
    assert verdict.head.n == first_bad - 1


def test_a_cut_off_end_shows_only_against_an_exported_head(written, tamper, tmp_path):
    heads = tmp_path / "heads.jsonl"
    head = export_head(written, heads)
    tamper(f"DELETE FROM journal WHERE n > {ROWS - 3}")

    assert verify(written).first_bad is None
    verdict = verify(written, read_heads(heads))
    assert (verdict.first_bad, verdict.reason) == (ROWS - 2, "missing")
    assert head.n == ROWS


def test_a_chain_computed_anew_shows_only_against_an_exported_head(written, tamper, tmp_path, now):
    heads = tmp_path / "heads.jsonl"
    with written.read() as uow:
        early = uow.journal.after(4, limit=1)[0]
    heads.write_text(json.dumps({"n": early.n, "hash": early.hash}) + "\n", "utf-8")
    export_head(written, heads)
    tamper("DELETE FROM journal WHERE n > 8")
    for _ in range(4):
        written.transact(lambda u: u.journal.note("file.read", "inbox:1", at=now, actor="forger"))

    assert verify(written).first_bad is None
    verdict = verify(written, read_heads(heads))
    assert (verdict.first_bad, verdict.reason) == (ROWS, "head_differs")
    assert verify(written, [Head(n=early.n, hash=early.hash)]).first_bad is None


def test_a_file_that_holds_no_heads_is_refused_with_its_line(tmp_path):
    heads = tmp_path / "heads.jsonl"
    for bad in ("nothing", '{"n": 1}', '{"n": 1, "hash": "xyz"}', "[1]"):
        heads.write_text('{"n": 1, "hash": "00"}\n' + bad + "\n", "utf-8")
        with pytest.raises(Rejected) as found:
            read_heads(heads)
        assert (found.value.code, found.value.place.line) == ("journal_head_unreadable", 2)


def test_verifying_reads_page_by_page(written, monkeypatch):
    monkeypatch.setattr(verifying, "PAGE_ROWS", 5)
    pages = []

    verdict = verify(written, seen=pages.append)

    assert pages == [5, 5, 2]
    assert verdict.head.n == ROWS


def test_a_unit_that_fails_leaves_no_row(written, now):
    def unit(uow):
        uow.journal.note("a.b", "x:1", at=now, actor="test")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        written.transact(unit)

    with written.read() as uow:
        assert uow.journal.head().n == ROWS


def test_a_fact_that_json_cannot_hold_is_a_bug(written, now):
    with pytest.raises(TypeError, match="fact cannot be a object"), written.begin() as uow:
        uow.journal.note("a.b", "x:1", at=now, actor="test", thing=object())
