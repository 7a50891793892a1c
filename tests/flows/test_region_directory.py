"""The directory of regions: two people, history, import, masks."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from stdnum import numdb

from hub.adapters.signing import PrivateKey
from hub.domain.region_directory import Kind, Record, RecordState, checked, holding
from hub.errors import Rejected
from hub.flows.region_directory import decide, import_file, propose
from hub.flows.verify import verify
from hub.mappings.region_file import read_entries
from tests.conftest import ROOT
from tests.doubles import NOON
from tests.regions import CHENGDU, HANGZHOU

ACCOUNT = {
    "fund": "pension", "account_no": "4402 0000 0000 0012 345", "account_name": "成都社保基金",
    "bank_no": "102651000013", "bank_name": "工行成都",
}  # fmt: skip
SEED = ROOT / "config" / "regions.csv"


@pytest.fixture
def here(offices):
    return offices[0]


def bank_no(body="10265100001"):
    from hub.domain.codes.cnaps import check_digit

    return body + check_digit(body)


def account(**changes):
    return {**ACCOUNT, "bank_no": bank_no(), **changes}


def put(here, kind, code, facts, **kwargs):
    return propose(kind, code, facts, person="张提", services=here.services, **kwargs)


def test_one_person_alone_changes_nothing(here):
    record = put(here, Kind.ACCOUNT, CHENGDU, account(), valid_from=date(2026, 1, 1))
    with here.store.read() as uow, pytest.raises(Rejected, match="no account"):
        uow.regions.account(CHENGDU, "pension", on=date(2026, 11, 24))
    for same in ("张提", " 张 提 "):
        with pytest.raises(Rejected) as found:
            decide([record.id], RecordState.CONFIRMED, person=same, services=here.services)
        assert found.value.code == "region_same_person"

    decide([record.id], RecordState.CONFIRMED, person="李复", services=here.services)
    with here.store.read() as uow:
        assert uow.regions.account(CHENGDU, "pension", on=date(2026, 11, 24)).bank_no == bank_no()
    with pytest.raises(Rejected, match="decided already"):
        decide([record.id], RecordState.CONFIRMED, person="王三", services=here.services)


def test_what_is_given_back_never_holds_and_may_be_proposed_again(here):
    record = put(here, Kind.ACCOUNT, CHENGDU, account(), valid_from=date(2026, 1, 1))
    with pytest.raises(Rejected, match="already"):
        put(here, Kind.ACCOUNT, CHENGDU, account(), valid_from=date(2026, 1, 1))
    decide(
        [record.id], RecordState.REFUSED, person="张提", reason="账号待核", services=here.services
    )
    with here.store.read() as uow:
        assert uow.regions.holding(date(2026, 11, 24), code=CHENGDU, kind=Kind.ACCOUNT) == []
    put(here, Kind.ACCOUNT, CHENGDU, account(), valid_from=date(2026, 1, 1))


def test_what_held_on_an_earlier_day_can_still_be_asked(here):
    here.enter(Kind.ACCOUNT, CHENGDU, account(), valid_from=date(2026, 1, 1))
    here.enter(
        Kind.ACCOUNT, CHENGDU, account(account_no="9" * 19), valid_from=date(2026, 6, 1)
    )  # fmt: skip
    here.enter(
        Kind.ACCOUNT, CHENGDU, account(account_no="9" * 19), valid_from=date(2026, 6, 1),
        valid_until=date(2026, 8, 31),
    )  # fmt: skip

    def on(month, day):
        with here.store.read() as uow:
            found = uow.regions.holding(date(2026, month, day), code=CHENGDU, kind=Kind.ACCOUNT)
        return [record.facts["account_no"] for record in found]

    assert on(5, 31) == ["4402000000000012345"]
    assert on(6, 1) == on(8, 31) == ["9" * 19]
    assert on(9, 1) == []


def test_numbers_are_in_no_list_and_no_journal(here):
    record = here.enter(Kind.ACCOUNT, CHENGDU, account())
    assert record.shown()["account_no"].endswith("2345")
    assert "44020000" not in record.shown()["account_no"]
    assert record.shown(in_full=True)["account_no"] == "4402000000000012345"
    assert all("4402000000" not in entry.facts for entry in here.entries())
    proposed, confirmed = here.entries()[-2:]
    assert (proposed.event, confirmed.event) == ("region.proposed", "region.confirmed")
    assert (proposed.person, confirmed.person) == ("张提", "李复")
    assert json.loads(confirmed.facts)["sha256"]


def test_verify_finds_an_account_that_was_changed_behind_our_back(here):
    record = here.enter(Kind.ACCOUNT, CHENGDU, account())
    changed = json.dumps({**record.facts, "account_no": "9" * 19})
    with here.store._engine.begin() as connection:
        connection.execute(text("DROP TRIGGER region_records_no_update"))
        connection.execute(
            text("UPDATE region_records SET facts = :facts WHERE id = :id"),
            {"facts": changed, "id": record.id},
        )
    (check,) = (one for one in verify(here.services) if one.name == "directory")
    assert check.first == f"region_record:{record.id}"


@pytest.mark.parametrize(
    ("kind", "code", "facts", "wrong"),
    [
        (Kind.REGION, "51010", {"name": "x"}, "region_malformed"),
        (Kind.REGION, CHENGDU, {}, "region_fact_missing"),
        (Kind.REGION, CHENGDU, {"name": "x", "fund": "y"}, "region_fact_unknown"),
        (Kind.REGION, CHENGDU, {"name": "x\0y"}, "region_fact_unusable"),
        (Kind.OFFICE, CHENGDU, {"name": "x", "road": "No Road"}, "region_fact_unusable"),
        (
            Kind.ACCOUNT,
            CHENGDU,
            account(bank_no=bank_no()[:-1] + str((int(bank_no()[-1]) + 1) % 10)),
            "cnaps_check_digit",
        ),
        (Kind.ACCOUNT, CHENGDU, account(account_no="12"), "bank_account_malformed"),
        (Kind.KEY, CHENGDU, {"public_key": "ed25519:AAAA"}, "region_key_malformed"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_proposed(here, kind, code, facts, wrong):
    with pytest.raises(Rejected) as found:
        put(here, kind, code, facts, valid_from=date(2026, 1, 1))
    assert found.value.code == wrong


def test_a_file_is_one_batch_that_another_person_confirms(here):
    key = PrivateKey.generate("ed25519").public.text
    toml = f"""
[[office]]
code = "420100"
name = "武汉社保中心"
road = "none"
valid_from = 2026-01-01

[[key]]
code = "420100"
public_key = "{key}"
valid_from = "2026-01-01"
valid_until = 2027-01-01
"""
    found = import_file(toml.encode(), file="x.toml", person="张提", services=here.services)
    assert import_file(toml.encode(), file="x.toml", person="张提", services=here.services) == []
    decided = decide(found[0].batch, RecordState.CONFIRMED, person="李复", services=here.services)

    assert [record.kind for record in decided] == [Kind.OFFICE, Kind.KEY]
    with here.store.read() as uow:
        assert not uow.regions.office("420100", on=date(2026, 11, 24)).has_hub
    with pytest.raises(Rejected, match="has no hub"):
        here.post("420100")
    with pytest.raises(Rejected, match="no entry"):
        decide(found[0].batch, RecordState.CONFIRMED, person="李复", services=here.services)


@pytest.mark.parametrize(
    ("content", "file", "code", "line"),
    [
        (b"kind,code\nregion,1\xff", "x.csv", "region_file_unusable", None),
        (b"kind,colour\n", "x.csv", "region_column_unknown", 1),
        (b"kind,code,name,valid_from\nregion,510100,A,2026-01-01\nroad,1,,\n", "x.csv",
         "region_kind_unknown", 3),
        (b"kind,code,name,valid_from\nregion,510100,A,01.01.2026\n", "x.csv",
         "region_day_malformed", 2),
        (b"kind,code,name,valid_from\nregion,510100,A\n", "x.csv", "region_file_unusable", 2),
        (b'kind,code,name,valid_from\n"region', "x.csv", "region_file_unusable", 2),
        (b"kind,code,name,valid_from\nregion,910,A,2026-01-01\n", "x.csv", "region_malformed", 2),
        (b"[office]\n", "x.toml", "region_kind_unknown", None),
        (b"[[office]]\nname = 1\ncode = '510100'", "x.toml", "region_fact_unusable", None),
        (b"x =", "x.toml", "region_file_unusable", None),
    ],
)  # fmt: skip
def test_a_mistake_names_its_place_and_nothing_is_imported(here, content, file, code, line):
    before = len(here.entries())
    with pytest.raises(Rejected) as found:
        import_file(content, file=file, person="张提", services=here.services)
    assert (found.value.code, found.value.place.line) == (code, line)
    assert found.value.place.file == file
    assert len(here.entries()) == before


def test_the_regions_that_come_with_the_hub_are_those_of_the_standard(here):
    """python-stdnum's table is the oracle; it writes `[1983-2021]` before a name that ended."""
    oracle = numdb.get("cn/loc")
    entries = read_entries(SEED.read_bytes(), file=SEED.name)
    for entry in entries:
        told = {k: v for _, facts in oracle.info(entry.code) for k, v in facts.items()}["county"]
        assert entry.facts["name"] in told, entry
        if entry.valid_until is not None:  # sources differ by a year
            ended = entry.valid_until.year
            assert any(f"-{year}]" in told for year in range(ended - 1, ended + 2)), entry
    found = import_file(SEED.read_bytes(), file=SEED.name, person="张提", services=here.services)
    decide(found[0].batch, RecordState.CONFIRMED, person="李复", services=here.services)

    def name(code, day):
        with here.store.read() as uow:
            return [r.facts["name"] for r in uow.regions.holding(day, code=code, kind=Kind.REGION)]

    assert len(entries) == len(found) > 370
    assert name("420600", date(2009, 1, 1)) == ["襄樊市"]
    assert name("420600", date(2026, 1, 1)) == ["襄阳市"]
    assert name("371200", date(2019, 1, 1)) == []
    assert name(HANGZHOU, date(2026, 1, 1)) == ["杭州市"]


DAYS = st.integers(0, 12).map(lambda n: date(2026, 1, 1) + timedelta(days=n))


@given(st.lists(st.tuples(DAYS, st.none() | DAYS, st.sampled_from("ab")), max_size=8), DAYS)
def test_of_entries_about_one_thing_the_last_to_begin_decides(entries, day):
    records = []
    for number, (start, end, name) in enumerate(entries, start=1):
        first, last = (start, end) if end is None else sorted((start, end))
        code, ref, facts = checked(Kind.REGION, CHENGDU, {"name": name}, valid_from=first)
        records.append(
            Record(
                id=number, kind=Kind.REGION, code=code, ref=ref, valid_from=first, valid_until=last,
                facts=facts, state=RecordState.CONFIRMED, batch="", proposed_by="a",
                proposed_at=NOON,
            )
        )  # fmt: skip
    begun = [record for record in records if record.valid_from <= day]
    latest = max(begun, key=lambda one: (one.valid_from, one.id), default=None)

    expected = [latest] if latest is not None and (latest.valid_until or day) >= day else []
    assert holding(records, day) == expected
