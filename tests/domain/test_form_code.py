"""The square code: what it says is what is read, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.form_code import FormKind, code_of, form_number, read_code
from hub.errors import Rejected

DIGEST = "3f9a1c20b7d4" + "0" * 52
NUMBERS = st.one_of(
    st.integers(min_value=1, max_value=10**12).map(str),
    st.from_regex(r"[a-z_]{3,20}-20[0-9]{4}-[0-9]{1,6}", fullmatch=True),
)


@given(st.sampled_from(FormKind), NUMBERS, st.integers(min_value=0, max_value=2**256 - 1))
def test_a_code_is_read_as_it_was_written(kind, number, value):
    digest = f"{value:064x}"

    code = read_code(str(code_of("330100", kind, number, digest)))

    assert (code.kind, code.number, code.region) == (kind, number, "330100")
    assert code.is_of(digest)


def test_a_code_knows_another_version_and_a_draft_without_one():
    code = code_of("330100", FormKind.APPROVAL, 12, DIGEST)

    assert str(code) == "SIHUB/330100/SP/12/3f9a1c20b7d4"
    assert not code.is_of("3f9a1c20b7d5" + "0" * 52)
    assert not code.is_of(None)
    assert str(code_of("330100", FormKind.ENTRUST, 1, None)).endswith("/000000000000")
    assert form_number(FormKind.APPROVAL, 12) == "SP-000012"


@pytest.mark.parametrize(
    "text",
    [
        "", "SIHUB", "SIHUB/330100/SP/12/3f9a1c20b7d", "SIHUB/330100/XX/12/3f9a1c20b7d4",
        "SIHUB/33010/SP/12/3f9a1c20b7d4", "SIHUB/330100/SP/../3f9a1c20b7d4/",
        "SIHUB/330100/SP/1 2/3f9a1c20b7d4", "SIHUB/３３０１００/SP/12/3f9a1c20b7d4",
        "https://example.org/SIHUB/330100/SP/12/3f9a1c20b7d4",
    ],
)  # fmt: skip
def test_anything_else_is_no_code(text):
    with pytest.raises(Rejected) as refusal:
        read_code(text)

    assert refusal.value.code == "form_code_unreadable"
