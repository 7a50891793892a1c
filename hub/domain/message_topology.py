"""Who gets which message: one topic exchange, and four queues for each region (统筹区).

A routing key begins with the recipient's region: `330100.transfer.form`, `330100.command.file`,
`330100.event.batch.sent`. Who may write which keys, and read which queues, is the broker's to
enforce; `write_keys` and `read_queues` say what to tell it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

EXCHANGE: Final = "hub"
DEAD_EXCHANGE: Final = "hub.dead"  # what could not be handled again and again
PEER_TOPICS: Final = ("transfer", "admin", "assist")
"""What regions send each other: relation transfers, grammar messages, 协查认证."""
COMMAND: Final = "command"
EVENT: Final = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue, and the patterns of the keys that it gets (`#`: any number of words)."""

    name: str
    keys: tuple[str, ...]


def messages_queue(region: str) -> str:
    """Return the queue of what other regions send to this one."""
    return f"{region}.messages"


def commands_queue(region: str) -> str:
    """Return the queue of what the agency's own systems order."""
    return f"{region}.commands"


def events_queue(region: str) -> str:
    """Return the queue in which the agency's core system finds this hub's events."""
    return f"{region}.events"


def dead_queue(region: str) -> str:
    """Return the queue of what the broker gave up delivering; the hub quarantines it."""
    return f"{region}.dead"


def queues(region: str) -> tuple[Queue, ...]:
    """Return the queues of a region; the last one hangs on `DEAD_EXCHANGE`."""
    peers = tuple(f"{region}.{topic}.#" for topic in PEER_TOPICS)
    return (
        Queue(name=messages_queue(region), keys=peers),
        Queue(name=commands_queue(region), keys=(f"{region}.{COMMAND}.#",)),
        Queue(name=events_queue(region), keys=(f"{region}.{EVENT}.#",)),
        Queue(name=dead_queue(region), keys=(dead_queue(region),)),
    )


def listened(region: str) -> tuple[str, ...]:
    """Return the queues that the region's own hub reads."""
    return (messages_queue(region), commands_queue(region), dead_queue(region))


def task_of(key: str) -> tuple[str, str]:
    """Return the task queue and the step of an arriving message.

    The key decides, not what the message says of itself: the broker checks who may write it.
    """
    is_command = key.split(".")[1:2] == [COMMAND]
    return ("commands", "obey") if is_command else ("transfer", "accept")


def matches(pattern: str, key: str) -> bool:
    """Tell whether a key fits a topic pattern (AMQP 0-9-1: `*` one word, `#` zero or more)."""
    words = pattern.split(".")
    return _match(words, key.split("."))


def _match(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    first, *rest = pattern
    if first == "#":
        return any(_match(rest, words[n:]) for n in range(len(words) + 1))
    return bool(words) and first in ("*", words[0]) and _match(rest, words[1:])


def write_keys(region: str) -> str:
    """Return the pattern (regular expression) of keys that a region's hub may write."""
    topics = "|".join(PEER_TOPICS)
    return rf"^([0-9]{{6}}\.({topics})\.|{re.escape(region)}\.{EVENT}\.)"


def command_keys(region: str) -> str:
    """Return the pattern of keys that the region's core system may write."""
    return rf"^{re.escape(region)}\.{COMMAND}\."


def read_queues(region: str) -> str:
    """Return the pattern of queues that a region's hub may read."""
    return rf"^{re.escape(region)}\.(messages|commands|dead)$"
