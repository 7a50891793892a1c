"""The contract of every file channel: what waits is read whole, what is put appears whole."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import threading

import pytest

from hub.adapters import folder
from hub.errors import DeliveryUnknown, Rejected, Unavailable
from tests.adapters.places import PLACES, FolderPlace

HOSTILE = ["../../x", "/etc/passwd", "a/b", "..", ".", "", "nul\0byte"]


@pytest.fixture(params=["folder", pytest.param("sftp", marks=pytest.mark.real)])
def place(request, tmp_path):
    return PLACES[request.param](tmp_path, request)


@pytest.fixture
def channel(place):
    return place.channel()


def sha(content):
    return hashlib.sha256(content).hexdigest()


def put(channel, name, content):
    channel.put(name, io.BytesIO(content), sha256=sha(content))


def code_of(call, kind=Rejected):
    with pytest.raises(kind) as caught:
        call()
    return caught.value.code


def test_waiting_files_are_listed_in_name_order_with_size_and_time(place, channel):
    path = place.write("b.txt", b"12345")
    place.write("a.txt", b"")

    files = list(channel.list())

    assert [(f.name, f.size_bytes) for f in files] == [("a.txt", 0), ("b.txt", 5)]
    unit_ns = place.time_unit_ns
    assert files[1].modified_ns == path.stat().st_mtime_ns // unit_ns * unit_ns


def test_only_regular_visible_files_are_listed(place, channel):
    target = place.write("real.txt", b"x")
    (place.root / "link.txt").symlink_to(target)
    (place.root / "dangling.txt").symlink_to(place.root / "nowhere")
    os.mkfifo(place.root / "pipe.txt")
    (place.root / "folder.txt").mkdir()
    place.write(".half-written", b"x")

    assert [f.name for f in channel.list()] == ["real.txt"]


def test_hostile_names_are_listed_raw_and_read_without_being_followed(place, channel):
    names = ["line\nbreak.txt", "esc\x1b[31m.txt", "x" * 255, "\udcff.bin", "-rf", "正常 名.txt"]
    for name in names:
        place.write(name, b"content")

    assert [f.name for f in channel.list()] == sorted(names)
    for name in names:
        with channel.open(name) as content:
            assert content.read() == b"content"
        channel.finish(name, accepted=True)
    assert place.names("done") == sorted(names)


def test_a_listing_is_bounded_and_starts_with_the_first_names(place):
    for number in range(30):
        place.write(f"{number:02}", b"")

    assert [f.name for f in place.channel(list_max=3).list()] == ["00", "01", "02"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_a_path_is_refused_by_every_verb(channel, name):
    assert code_of(lambda: channel.open(name)) == "file_name_unsafe"
    assert code_of(lambda: channel.finish(name, accepted=True)) == "file_name_unsafe"
    assert code_of(lambda: channel.fingerprint(name)) == "file_name_unsafe"
    assert code_of(lambda: put(channel, name, b"x")) == "file_name_unsafe"


@pytest.mark.parametrize("name", [".hidden", "new\nline", "esc\x1b", "back\\slash", "字" * 100])
def test_we_give_no_file_a_name_that_a_person_could_not_type(channel, name):
    assert code_of(lambda: put(channel, name, b"x")) == "file_name_unsafe"


def test_a_link_or_a_pipe_or_a_folder_is_never_opened(place, channel):
    (place.root / "link").symlink_to(place.write("real", b"x"))
    os.mkfifo(place.root / "pipe")
    (place.root / "sub").mkdir()

    assert code_of(lambda: channel.open("link")) == "file_not_regular"
    assert code_of(lambda: channel.open("pipe")) == "file_not_regular"
    assert code_of(lambda: channel.open("sub")) == "file_not_regular"


def test_a_file_that_vanished_is_rejected_and_has_no_fingerprint(channel):
    assert code_of(lambda: channel.open("gone")) == "file_gone"
    assert channel.fingerprint("gone") is None


@pytest.mark.parametrize("change", ["grow", "shrink", "touch"])
def test_a_file_that_changes_while_it_is_read_is_not_taken(place, channel, change):
    size = 3 * folder.CHUNK_BYTES
    path = place.write("moving", b"x" * size)
    with channel.open("moving") as content:
        content.read(10)
        if change == "touch":
            os.utime(path, ns=(1, 1))
        else:
            os.truncate(path, size * 2 if change == "grow" else folder.CHUNK_BYTES)

        assert code_of(content.read, Unavailable) == "file_changing"


def test_a_file_that_stands_still_is_read_whole(place, channel):
    whole = os.urandom(2 * folder.CHUNK_BYTES + 17)
    place.write("still", whole)

    with channel.open("still") as content:
        assert content.read() == whole
    assert channel.fingerprint("still") == sha(whole)


def test_finishing_moves_aside_and_twice_is_harmless(place, channel):
    place.write("good", b"1")
    place.write("bad", b"2")

    for _ in range(2):
        channel.finish("good", accepted=True)
        channel.finish("bad", accepted=False)

    assert place.read("done/good") == b"1"
    assert place.read("refused/bad") == b"2"
    assert list(channel.list()) == []


def test_finishing_keeps_every_earlier_file_of_the_same_name(place, channel):
    for content in (b"1", b"2", b"3"):
        place.write("same", content)
        channel.finish("same", accepted=True)

    kept = {place.read(f"done/{name}") for name in place.names("done")}
    assert kept == {b"1", b"2", b"3"}


def test_a_name_too_long_to_be_given_a_prefix_is_still_kept(place, channel):
    name = "x" * 255
    for content in (b"1", b"2"):
        place.write(name, content)
        channel.finish(name, accepted=True)

    assert {place.read(f"done/{kept}") for kept in place.names("done")} == {b"1", b"2"}


def test_finishing_does_not_follow_a_planted_link_out_of_the_folder(place, channel, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (place.root / "done").symlink_to(elsewhere)
    place.write("file", b"x")

    assert code_of(lambda: channel.finish("file", accepted=True), Unavailable)
    assert list(elsewhere.iterdir()) == []
    assert place.read("file") == b"x"


def test_a_put_file_appears_whole_and_leaves_no_trace(place, channel):
    put(channel, "函.pdf", b"content")

    assert place.names() == ["函.pdf"]
    assert place.read("函.pdf") == b"content"


def test_putting_the_same_again_is_a_success_and_other_content_never_overwrites(place, channel):
    put(channel, "letter", b"first")
    put(channel, "letter", b"first")

    assert code_of(lambda: put(channel, "letter", b"other")) == "delivery_name_conflict"
    assert place.read("letter") == b"first"
    assert place.names() == ["letter"]


def test_bytes_that_do_not_have_their_digest_are_not_put(place, channel):
    wrong = io.BytesIO(b"damaged")

    assert (
        code_of(lambda: channel.put("letter", wrong, sha256=sha(b"archived")))
        == "delivery_digest_differs"
    )
    assert place.names() == []


def test_a_put_that_breaks_off_leaves_nothing_and_the_next_one_succeeds(place, channel):
    class Breaking(io.BytesIO):
        def read(self, *_):
            raise OSError(errno.EIO, "input/output error")

    broken = Breaking()
    assert code_of(lambda: channel.put("letter", broken, sha256=sha(b"x")), Unavailable)
    assert place.names() == []

    put(channel, "letter", b"x")
    assert place.read("letter") == b"x"


def test_what_a_crash_left_of_a_put_does_not_stand_in_the_way(place, channel):
    place.write(f".{sha(b'x')[:32]}.part", b"half")

    put(channel, "letter", b"x")

    assert place.names() == ["letter"]


def test_a_reader_never_sees_half_of_a_put_file(place, channel):
    whole = b"x" * (4 * folder.CHUNK_BYTES)
    seen, done = set(), threading.Event()

    def watch():
        while not done.is_set():
            seen.update(f.size_bytes for f in channel.list())

    watcher = threading.Thread(target=watch)
    watcher.start()
    put(channel, "big", whole)
    done.set()
    watcher.join(10)

    assert seen <= {len(whole)}


def test_an_unreachable_place_is_unavailable_and_not_a_bug(place, channel):
    place.break_off()

    code = place.unreachable_code
    assert code_of(lambda: list(channel.list()), Unavailable) == code
    assert code_of(lambda: put(channel, "x", b"x"), Unavailable) == code
    assert code_of(lambda: channel.finish("x", accepted=True), Unavailable)


def test_a_folder_whose_last_sync_fails_is_unknown_and_a_second_put_settles_it(
    tmp_path, monkeypatch
):
    place = FolderPlace(tmp_path, None)
    channel = place.channel()
    real_sync = folder._sync

    def failing(_path):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(folder, "_sync", failing)
    assert code_of(lambda: put(channel, "x", b"x"), DeliveryUnknown) == "delivery_not_confirmed"
    monkeypatch.setattr(folder, "_sync", real_sync)

    put(channel, "x", b"x")
    assert place.read("x") == b"x"
