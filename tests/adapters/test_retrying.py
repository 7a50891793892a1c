"""The one retry policy is transparent: it repeats `Unavailable` and touches nothing else."""

from __future__ import annotations

import io

import pytest

from hub.adapters.retrying import ATTEMPTS_MAX, WAIT_MAX_S, RetryingChannel, retrying
from hub.errors import DeliveryUnknown, Rejected, Unavailable


class Calls:
    """Work that fails with the given errors in turn and then succeeds."""

    def __init__(self, *errors) -> None:
        self.errors = list(errors)
        self.count = 0
        self.waits_s = []

    def __call__(self, *_args, **_kwargs) -> object:
        self.count += 1
        if self.errors:
            raise self.errors.pop(0)
        return "result"

    def run(self):
        return retrying(self, sleep=self.waits_s.append)


def unavailable():
    return Unavailable("folder_unavailable", folder="x", reason="y")


def test_short_trouble_is_repeated_until_it_is_over():
    calls = Calls(unavailable(), unavailable())

    assert calls.run() == "result"
    assert calls.count == 3
    assert len(calls.waits_s) == 2
    assert all(0 <= wait_s <= WAIT_MAX_S for wait_s in calls.waits_s)


def test_long_trouble_comes_out_as_the_last_error_itself():
    errors = [unavailable() for _ in range(ATTEMPTS_MAX)]
    calls = Calls(*errors)

    with pytest.raises(Unavailable) as caught:
        calls.run()

    assert caught.value is errors[-1]
    assert calls.count == ATTEMPTS_MAX


@pytest.mark.parametrize(
    "error",
    [
        Rejected("file_gone"),
        DeliveryUnknown("delivery_not_confirmed"),
        ValueError("a bug"),
        OSError("disk"),
        KeyboardInterrupt(),
    ],
)
def test_everything_else_comes_out_unchanged_at_the_first_try(error):
    calls = Calls(error)

    with pytest.raises(type(error)) as caught:
        calls.run()

    assert caught.value is error
    assert calls.count == 1
    assert calls.waits_s == []


def test_a_channel_repeats_its_reading_calls_and_never_its_put():
    class Flaky:
        def __init__(self) -> None:
            self.list = Calls(unavailable())
            self.open = Calls(unavailable())
            self.finish = Calls(unavailable())
            self.fingerprint = Calls(unavailable())
            self.put = Calls(unavailable())

    flaky = Flaky()
    channel = RetryingChannel(flaky, sleep=lambda _s: None)

    list(channel.list())
    channel.open("x")
    channel.finish("x", accepted=True)
    channel.fingerprint("x")
    with pytest.raises(Unavailable):
        channel.put("x", io.BytesIO(), sha256="0")

    assert [c.count for c in (flaky.list, flaky.open, flaky.finish, flaky.fingerprint)] == [2] * 4
    assert flaky.put.count == 1


def test_trouble_in_the_middle_of_a_listing_is_repeated_as_a_whole():
    class Halting:
        def __init__(self) -> None:
            self.count = 0

        def list(self):
            self.count += 1
            yield "a"
            if self.count == 1:
                raise unavailable()
            yield "b"

    assert list(RetryingChannel(Halting(), sleep=lambda _s: None).list()) == ["a", "b"]
