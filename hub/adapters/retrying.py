"""The one retry policy: `Unavailable` a few times within one call, everything else at once.

Short trouble (a lock, a hiccup of the network) ends here; long trouble is the task table's, which
postpones. The layer is transparent: what is not retried comes out as the very same error, and
the last `Unavailable` comes out too. Uploads are never repeated here, since a repeat must look
before it sends (`hub.flows.deliver`); for the same reason `DeliveryUnknown` is not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from hub.errors import DeliveryUnknown, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.ports import FileChannel, RemoteFile

T = TypeVar("T")

ATTEMPTS_MAX: Final = 3
WAIT_FIRST_S: Final = 0.2
WAIT_MAX_S: Final = 10.0


def retrying(work: Callable[[], T], *, sleep: Callable[[float], None] = time.sleep) -> T:
    """Run `work`, up to `ATTEMPTS_MAX` times while it raises `Unavailable`, with jitter."""
    policy = Retrying(
        retry=retry_if_exception(_is_worth_another_try),
        stop=stop_after_attempt(ATTEMPTS_MAX),
        wait=wait_random_exponential(multiplier=WAIT_FIRST_S, max=WAIT_MAX_S),
        sleep=sleep,
        reraise=True,
    )
    return policy(work)


def _is_worth_another_try(error: BaseException) -> bool:
    return isinstance(error, Unavailable) and not isinstance(error, DeliveryUnknown)


class RetryingChannel:
    """A channel whose reading calls, which are safe to repeat, are repeated."""

    def __init__(
        self, channel: FileChannel, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._channel = channel
        self._sleep = sleep

    def list(self) -> Iterator[RemoteFile]:
        """List as the channel does; the listing is complete before the first is yielded."""
        return iter(retrying(lambda: [*self._channel.list()], sleep=self._sleep))

    def open(self, name: str) -> BinaryIO:
        """Open as the channel does; errors while reading are the reader's."""
        return retrying(lambda: self._channel.open(name), sleep=self._sleep)

    def finish(self, name: str, *, accepted: bool) -> None:
        """Move aside as the channel does."""
        retrying(lambda: self._channel.finish(name, accepted=accepted), sleep=self._sleep)

    def put(self, name: str, content: BinaryIO, *, sha256: str) -> None:
        """Put once; the delivery step decides about another try."""
        self._channel.put(name, content, sha256=sha256)

    def fingerprint(self, name: str) -> str | None:
        """Take a fingerprint as the channel does."""
        return retrying(lambda: self._channel.fingerprint(name), sleep=self._sleep)
