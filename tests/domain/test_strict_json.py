"""JSON that comes in holds nothing that cannot be kept."""

from __future__ import annotations

import pytest

from hub.domain.strict_json import INTEGER_MAX, loads


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "\\ud800"}', '{"\\uDFFF": 1}', '["\\u0000"]', '{"x\\u0000": 1}', "NaN",
        "[-Infinity]", '{"a": 1, "a": 2}',
        str(INTEGER_MAX + 1), f"[-{INTEGER_MAX + 1}]", "{", "",
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_no_json(text):
    with pytest.raises(ValueError):  # noqa: PT011 -- of several kinds, none is told on
        loads(text.encode())


def test_half_a_character_as_bytes_is_refused_too():
    with pytest.raises(UnicodeDecodeError):
        loads(b'"\xed\xa0\x80"')


def test_a_whole_character_in_two_halves_is_read():
    assert loads(b'{"a": ["\\ud83d\\ude00", "\\u0041", -1, 1.5, null]}') == {
        "a": ["\U0001f600", "A", -1, 1.5, None]
    }
    assert loads(str(INTEGER_MAX).encode()) == INTEGER_MAX
    assert loads(rb'["\\u0000 \\ud800"]') == [r"\u0000 \ud800"]
