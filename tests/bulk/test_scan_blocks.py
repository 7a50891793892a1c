"""Blocks of whole lines: nothing is lost between them, and odd bytes are found in them."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bulk.blocks import Block, as_utf8, blocks, offset_of, raw_lines
from hub.mappings.codecs import CONTROL
from hub.mappings.layout import Form
from tests.bulk.partner_files import layout

LF = layout()
CRLF = layout(newline="\r\n")


def fine(content, shape=LF, line_bytes_max=300):
    raw = raw_lines(Block(1, 0, content), shape, line_bytes_max=line_bytes_max)
    return as_utf8(raw, shape.codec)


@given(
    lines=st.lists(st.binary(max_size=30).filter(lambda b: b"\n" not in b), max_size=20),
    block_bytes=st.integers(1, 60),
    head=st.integers(0, 3),
)
def test_blocks_hold_the_file_in_order(lines, block_bytes, head):
    content = b"".join(line + b"\n" for line in lines)
    begin = sum(len(line) + 1 for line in lines[:head])
    found = list(
        blocks(
            io.BytesIO(content),
            first_line=min(head, len(lines)) + 1,
            begin=begin,
            end=len(content),
            line_bytes_max=30,
            block_bytes=block_bytes,
        )
    )
    assert b"".join(block.content for block in found) == content[begin:]
    assert all(block.content.endswith(b"\n") for block in found)
    numbers = [block.first_line + n for block in found for n in range(block.content.count(b"\n"))]
    assert numbers == list(range(min(head, len(lines)) + 1, len(lines) + 1))
    for block in found:
        for n in range(block.content.count(b"\n")):
            at = offset_of(block, n)
            assert content[at - 1 : at] in (b"\n", b"")


def test_a_line_without_end_is_not_held_in_memory():
    endless = io.BytesIO(b"x" * 100_000)
    found = blocks(
        endless, first_line=1, begin=0, end=100_000, line_bytes_max=256, block_bytes=1000
    )
    first = next(found)
    assert len(first.content) == 1000
    assert fine(first.content).odd


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_every_control_character_is_found(encoding):
    shape = layout(encoding=encoding, delimiter="|")
    missed, wronged = [], []
    for code in [*range(0x3000), *range(0xE000, 0x10000), 0x20BB7, 0x10FFFF]:
        character = chr(code)
        if character == "\n":
            continue
        found = fine(f"a\nb{character}\n".encode(encoding), shape)
        if CONTROL.match(character) and not found.odd:
            missed.append(hex(code))
        if not CONTROL.match(character) and found.odd:
            wronged.append(hex(code))
    assert (missed, wronged) == ([], [])


@pytest.mark.parametrize(
    ("content", "shape", "good"),
    [
        (b"a\nb\r\nc\n", LF, b"a\n"),
        (b"a\r\nb\nc\r\n", CRLF, b"a\n"),
        (b"a\r\nb\r\r\n", CRLF, b"a\n"),
        (b"a\nb", layout(trailer=None), b"a\n"),  # no control proves that nothing is missing
        (b"a\nb\xff\nc\n", LF, b"a\n"),
        (b"a\n" + b"x" * 301 + b"\nb\n", LF, b"a\n"),
        (b"\x00\n", LF, b""),
        (b"a\n\xc5\n", layout(encoding="gb18030"), b"a\n"),
    ],
)
def test_lines_before_the_first_odd_one_remain(content, shape, good):
    found = fine(content, shape)
    assert (found.content, found.odd) == (good, True)


def test_what_is_fine_becomes_utf8():
    assert fine("张三|𠮷\r\n".encode("gb18030"), layout(encoding="gbk", newline="\r\n")) == fine(
        "张三|𠮷\n".encode()
    )
    assert fine(b"a\nb").content == b"a\nb\n"  # the controls prove that nothing is missing
    assert not fine(b"x" * 300 + b"\n").odd


def test_the_delimiter_may_be_a_control_character_where_there_is_one():
    assert not fine(b"a\tb\n", layout(delimiter="\t")).odd
    assert fine(b"a\tb\n", layout(Form.FIXED, delimiter="\t")).odd
