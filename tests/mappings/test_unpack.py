"""Packed files: bombs, cuts, strangers inside an archive (reliability rows 43-46)."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import zipfile

import pytest

from hub.errors import Rejected
from hub.mappings.unpack import RATIO_FROM_BYTES, plain_name, unpacked

MIB = 1024 * 1024
LIST = b"".join(f"R{n}|P{n}|{n * 7919 % 100_000}.00\r\n".encode() for n in range(20_000))


def zipped(name: str | zipfile.ZipInfo = "a.txt", content: bytes = LIST) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def unpack(tmp_path, name: str, raw: bytes, size_bytes_max: int = 64 * MIB) -> bytes:
    """Return what comes out; whatever happens, nothing stays behind."""
    path, work = tmp_path / "received", tmp_path / "work"
    path.write_bytes(raw)
    work.mkdir(exist_ok=True)
    try:
        with unpacked(path, file=name, size_bytes_max=size_bytes_max, work_dir=work) as plain:
            return plain.read_bytes()
    finally:
        assert list(work.iterdir()) == []
        assert path.read_bytes() == raw


def refusal(tmp_path, name: str, raw: bytes, **rest: int) -> str:
    with pytest.raises(Rejected) as caught:
        unpack(tmp_path, name, raw, **rest)
    assert caught.value.place.file == name
    return caught.value.code


def test_plain_names() -> None:
    assert plain_name("a.txt") == "a.txt"
    assert plain_name("a.txt.gz") == plain_name("a.txt.ZIP") == "a.txt"
    assert plain_name("a.gz.gz") == "a.gz"
    assert plain_name(".gz") == ".gz"


def test_an_unpacked_file_is_itself(tmp_path) -> None:
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(LIST))  # the name decides, not the content

    with unpacked(path, file="a.txt", size_bytes_max=1, work_dir=tmp_path) as plain:
        assert plain == path


@pytest.mark.parametrize("content", [b"", b"x", LIST], ids=["empty", "one", "list"])
def test_packed_files_come_out_whole(tmp_path, content) -> None:
    assert unpack(tmp_path, "a.txt.gz", gzip.compress(content)) == content
    assert unpack(tmp_path, "a.txt.zip", zipped(content=content)) == content


def test_nothing_stays_when_the_reader_fails(tmp_path) -> None:
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(LIST))
    work = tmp_path / "work"
    work.mkdir()

    with (
        pytest.raises(KeyError),
        unpacked(path, file="a.gz", size_bytes_max=MIB, work_dir=work),
    ):
        raise KeyError

    assert list(work.iterdir()) == []


def test_a_gzip_that_was_cut_anywhere(tmp_path) -> None:
    raw = gzip.compress(LIST)

    for length in (0, 1, 5, 10, 11, len(raw) // 2, len(raw) - 50, len(raw) - 8, len(raw) - 1):
        assert refusal(tmp_path, "a.gz", raw[:length]) == "packed_broken"


def test_a_gzip_with_a_wrong_bit(tmp_path) -> None:
    raw = bytearray(gzip.compress(LIST))
    raw[len(raw) // 2] ^= 1

    assert refusal(tmp_path, "a.gz", bytes(raw)) == "packed_broken"
    assert refusal(tmp_path, "a.gz", b"R1|P1|1.00\r\n") == "packed_broken"


def test_a_gzip_with_something_after_it(tmp_path) -> None:
    raw = gzip.compress(LIST)

    assert refusal(tmp_path, "a.gz", raw + gzip.compress(b"B")) == "packed_not_single"
    assert refusal(tmp_path, "a.gz", raw + b"\0") == "packed_not_single"
    padded = raw + b"\0" * (64 * 1024 - len(raw) % (64 * 1024)) + b"x"
    assert refusal(tmp_path, "a.gz", padded) == "packed_not_single"


def test_bombs_stop_at_their_limits(tmp_path) -> None:
    bomb = gzip.compress(bytes(200 * MIB))  # 1000:1

    assert refusal(tmp_path, "a.gz", bomb, size_bytes_max=1024 * MIB) == "packed_too_large"
    assert refusal(tmp_path, "a.zip", zipped(content=bytes(200 * MIB))) == "packed_too_large"
    assert refusal(tmp_path, "a.gz", gzip.compress(LIST), size_bytes_max=1000) == "packed_too_large"
    assert refusal(tmp_path, "a.zip", zipped(), size_bytes_max=1000) == "packed_too_large"
    small = bytes(RATIO_FROM_BYTES)
    assert unpack(tmp_path, "a.gz", gzip.compress(small)) == small


def test_a_zip_that_lies_about_its_size(tmp_path) -> None:
    raw = bytearray(zipped(content=bytes(8 * MIB)))
    entry = raw.index(b"PK\x01\x02")
    raw[entry + 24 : entry + 28] = struct.pack("<I", 10)  # uncompressed size
    raw[22:26] = struct.pack("<I", 10)

    assert refusal(tmp_path, "a.zip", bytes(raw)) in {"packed_broken", "packed_too_large"}


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "a/b", "a\\b", "folder/"])
def test_names_that_are_paths(tmp_path, name) -> None:
    content = b"" if name.endswith("/") else LIST

    assert refusal(tmp_path, "a.zip", zipped(name, content)) == "packed_name_unsafe"


def test_a_link_inside(tmp_path) -> None:
    link = zipfile.ZipInfo("a.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16

    assert refusal(tmp_path, "a.zip", zipped(link, b"/etc/passwd")) == "packed_name_unsafe"


def test_more_than_one_member_or_none(tmp_path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", b"2")
    none = io.BytesIO()
    zipfile.ZipFile(none, "w").close()

    assert refusal(tmp_path, "a.zip", packed.getvalue()) == "packed_not_single"
    assert refusal(tmp_path, "a.zip", none.getvalue()) == "packed_not_single"
    assert refusal(tmp_path, "a.zip", zipped("a.zip", zipped())) == "packed_not_single"
    assert (
        refusal(tmp_path, "a.zip", zipped("a.txt.gz", gzip.compress(LIST))) == "packed_not_single"
    )


def test_an_encrypted_member(tmp_path) -> None:
    raw = bytearray(zipped())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(tmp_path, "a.zip", bytes(raw)) == "packed_encrypted"


def test_a_rare_method(tmp_path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", LIST)

    assert refusal(tmp_path, "a.zip", packed.getvalue()) == "packed_not_single"


def test_a_zip_that_was_cut_or_changed(tmp_path) -> None:
    raw = zipped()
    changed = bytearray(raw)
    changed[len(raw) // 2] ^= 1

    for length in (0, 10, len(raw) // 2, len(raw) - 30, len(raw) - 1):
        assert refusal(tmp_path, "a.zip", raw[:length]) == "packed_broken"
    assert refusal(tmp_path, "a.zip", bytes(changed)) == "packed_broken"
    assert refusal(tmp_path, "a.zip", os.urandom(1000)) == "packed_broken"
