"""`hub check` finds what no single file can know: hours, channels, folders, the store."""

from __future__ import annotations

import pytest

from hub.app.checking import check
from tests.deployments import write_config
from tests.lists import CHANNELS, write_partners


@pytest.fixture
def config(tmp_path):
    config = write_config(tmp_path, channels=CHANNELS)
    write_partners(config / "partners")
    return config


def change(file, old, new):
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def keys(report):
    return [(problem.file, problem.key) for problem in report.problems]


def test_a_good_configuration_has_no_problem_and_creates_nothing(config):
    report = check(config)

    assert report.problems == []
    assert any("will be created" in warning for warning in report.warnings)
    assert not (config.parent / "var").exists()


def test_create_makes_what_is_missing(config):
    check(config, create=True)

    assert check(config).warnings == []


def test_what_only_some_commands_need_is_read_before_they_need_it(config):
    (config / "person_names.toml").write_text('[variants]\n"喆" = "哲哲"\n', "utf-8")
    (config / "retention.toml").write_text("[years]\nvouchers = -1\n", "utf-8")

    assert keys(check(config)) == [
        ("config/person_names.toml", "variants.喆"), ("config/retention.toml", "years.vouchers"),
    ]  # fmt: skip


def test_a_source_without_any_hour_is_a_problem(config):
    change(config / "hub.toml", 'collections = "16:30"', 'denials = "16:30"')

    assert keys(check(config)) == [("config/partners/tax.toml", "expects.collections")]


def test_a_partners_own_hour_is_enough(config):
    change(config / "hub.toml", 'collections = "16:30"', 'denials = "16:30"')
    change(config / "partners" / "tax.toml", "collections = true", 'collections = "09:15"')

    assert keys(check(config)) == []


def test_a_partner_on_a_channel_that_is_not_there_is_a_problem_with_a_suggestion(config):
    change(config / "partners" / "tax.toml", '"tax-in"', '"tax-im"')

    (problem,) = check(config).problems
    assert (problem.key, problem.suggestion) == ("channel", "tax-in")


def test_every_problem_is_reported_at_once(config):
    change(config / "hub.toml", 'channel = "letters-out"', 'channel = "letters"')
    change(config / "partners" / "tax.toml", '"tax-in"', '"tax-im"')
    (config / "calendar.toml").write_text("[[day]]\non = 2026-13-01\n", "utf-8")

    files = {file for file, _ in keys(check(config))}

    assert files == {"config/hub.toml", "config/partners/tax.toml", "config/calendar.toml"}


def test_a_file_where_a_folder_should_be_is_a_problem(config):
    (config.parent / "var").mkdir()
    (config.parent / "var" / "work").write_text("x", "utf-8")

    assert "folders.work" in [key for _, key in keys(check(config))]


PROVIDER = """
[console.oidc]
issuer = "https://id.example.test/staff"
client_id = "hub"
client_secret = "env:HUB_TEST_OIDC"
"""


def with_provider(config, text=PROVIDER):
    file = config / "hub.toml"
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def test_a_provider_of_identities_needs_its_secret(config, monkeypatch):
    with_provider(config)
    monkeypatch.delenv("HUB_TEST_OIDC", raising=False)
    without = keys(check(config))
    monkeypatch.setenv("HUB_TEST_OIDC", "between us")

    assert without == [("config/hub.toml", "console.oidc")]
    assert keys(check(config)) == []


def test_what_the_hub_cannot_see_of_a_provider_is_said(config, monkeypatch):
    with_provider(config, f"{PROVIDER}second_factor = true\n")
    monkeypatch.setenv("HUB_TEST_OIDC", "between us")

    assert any("console.oidc.second_factor" in warning for warning in check(config).warnings)


def test_a_provider_without_tls_or_with_a_written_secret_is_a_problem(config):
    written = PROVIDER.replace("https:", "http:").replace("env:HUB_TEST_OIDC", "between us")
    with_provider(config, written)

    assert keys(check(config)) == [
        ("config/hub.toml", "console.oidc.issuer"),
        ("config/hub.toml", "console.oidc.client_secret"),
    ]
