"""`hub reconcile` as a person or a script calls it: results, exit codes, refusals in words."""

from __future__ import annotations

import csv
import json

import duckdb
import pytest
from typer.testing import CliRunner

from hub.cli.main import app
from tests.bulk.canonical_files import P1, R1, R2, pair

RUN = CliRunner()

UNBOOKED = f"{R2},{P1},pension,202611,7.00,{{}}"
GOOD = f"{R1},{P1},pension,202611,100.50,2026-11-20"


def hub(files, out, *options):
    args = ["reconcile", "--as-of", "2026-11-23", "--out", str(out)]
    for name, path in files.items():
        args += [f"--{name}", str(path)]
    return RUN.invoke(app, [*args, *options])


@pytest.mark.parametrize(
    ("collected_on", "options", "code"),
    [
        ("2026-11-20", [], 0),
        ("2026-11-02", [], 1),
        ("2026-11-02", ["--transit-days", "20"], 0),
        ("2026-11-20", ["--transit-days", "0"], 1),
    ],
)
def test_the_exit_code_tells_whether_there_are_differences(tmp_path, collected_on, options, code):
    files = pair(tmp_path, collections=[GOOD, UNBOOKED.format(collected_on)])

    answer = hub(files, tmp_path / "out", *options, "--config", str(tmp_path))

    assert answer.exit_code == code, answer.output


def test_a_folder_of_results_is_written(tmp_path):
    files = pair(tmp_path, collections=[GOOD, UNBOOKED.format("2026-11-02")])

    answer = hub(files, tmp_path / "out", "--json")

    summary = json.loads(answer.stdout)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "discrepancies.parquet", "discrepancies.xlsx", "summary.json",
    ]  # fmt: skip
    assert summary == json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert summary["difference_count"] == 1
    assert summary["aging"] == [{"verdict": "overdue", "bucket": "11-20", "count": 1, "fen": 700}]
    rows = duckdb.sql(f"FROM '{tmp_path}/out/discrepancies.parquet'")
    assert {
        "receipt_no", "verdict", "insurance_kind", "payer_id", "period", "collected", "deposited",
        "assessed", "collected_on", "age_working_days", "rule",
    } <= {*rows.columns}  # fmt: skip
    assert len(rows.fetchall()) == 1


def test_people_see_a_table_and_where_the_results_are(tmp_path):
    files = pair(tmp_path, collections=[GOOD, UNBOOKED.format("2026-11-02")])

    answer = hub(files, tmp_path / "out")

    assert "逾期未入库 overdue" in answer.stdout
    assert str(tmp_path / "out") in answer.stdout


def test_the_configured_days_of_transit_and_calendar_are_used(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    (config / "calendar.toml").write_text(
        '[[day]]\non = 2026-11-23\nworking = false\nsource = "test"\n', "utf-8"
    )
    files = pair(tmp_path, collections=[GOOD, UNBOOKED.format("2026-11-20")])

    late = hub(files, tmp_path / "out", "--transit-days", "0")
    resting = hub(files, tmp_path / "out", "--transit-days", "0", "--config", str(config))

    assert (late.exit_code, resting.exit_code) == (1, 0)


def test_the_same_input_gives_the_same_bytes(tmp_path):
    files = pair(tmp_path, collections=[GOOD, UNBOOKED.format("2026-11-02")])

    hub(files, tmp_path / "a")
    hub(files, tmp_path / "b", "--threads", "1")

    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_bad_rows_are_refused_in_both_languages_and_listed(tmp_path):
    bad = [GOOD.replace("100.50", amount) for amount in ("-1", "1e3")]
    files = pair(tmp_path, collections=[GOOD, *bad])

    answer = hub(files, tmp_path / "out")

    assert answer.exit_code == 2
    assert "行 3" in answer.stderr
    assert "line 3" in answer.stderr
    assert "line 4" in answer.stderr
    with (tmp_path / "out" / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["field"]) for row in rows] == [("3", "amount"), ("4", "amount")]


def test_bad_rows_are_listed_in_json(tmp_path):
    files = pair(tmp_path, collections=[GOOD.replace("100.50", "1.234")])

    answer = hub(files, tmp_path / "out", "--json")

    told = json.loads(answer.stdout)
    assert answer.exit_code == 2
    assert (told["rows"], told["error"]["line"], told["error"]["field"]) == (1, 2, "amount")
    assert told["rejects"][0]["code"] == "canonical_amount"


def test_a_refusal_leaves_earlier_results_as_they_were(tmp_path):
    good = pair(tmp_path)
    hub(good, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    good["collections"].write_bytes(good["collections"].read_bytes() + b"x\n")

    answer = hub(good, tmp_path / "out")

    after = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert answer.exit_code == 2
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"rejects.csv"}


def test_a_later_success_takes_the_list_of_bad_rows_away(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "rejects.csv").write_text("old", "utf-8")

    hub(pair(tmp_path), tmp_path / "out")

    assert not (tmp_path / "out" / "rejects.csv").exists()


def test_a_missing_file_is_unusable_input(tmp_path):
    files = pair(tmp_path) | {"denials": tmp_path / "none.csv"}

    assert hub(files, tmp_path / "out").exit_code == 2


def test_a_day_outside_the_calendar_is_unusable_input(tmp_path):
    answer = hub(pair(tmp_path), tmp_path / "out", "--as-of", "2031-01-06")

    assert answer.exit_code == 2
    assert "2031" in answer.stderr
