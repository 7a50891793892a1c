"""Secrets are references; their values appear only when asked for."""

from __future__ import annotations

import pytest

from hub.errors import Rejected
from hub.settings import Secret


def test_a_secret_is_read_from_the_environment_or_a_file_when_revealed(tmp_path, monkeypatch):
    monkeypatch.setenv("HUB_TEST_SECRET", "one")
    (tmp_path / "key").write_text("two\n", "utf-8")

    assert Secret("env:HUB_TEST_SECRET").reveal() == "one"
    assert Secret(f"file:{tmp_path}/key").reveal() == "two"


def test_a_secret_never_shows_its_value(monkeypatch):
    monkeypatch.setenv("HUB_TEST_SECRET", "one-two-three")

    assert "one-two-three" not in repr(Secret("env:HUB_TEST_SECRET"))


@pytest.mark.parametrize("reference", ["plain", "env:", "http:x", ""])
def test_anything_but_a_reference_is_refused(reference):
    with pytest.raises(ValueError, match="env:NAME"):
        Secret(reference)


@pytest.mark.parametrize("reference", ["env:HUB_NO_SUCH_NAME", "file:/no/such/file"])
def test_a_reference_that_leads_nowhere_is_rejected(reference):
    with pytest.raises(Rejected) as caught:
        Secret(reference).reveal()

    assert caught.value.code == "secret_missing"
