"""A bank statement that was read to its end, and the file opened once more for its lines."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.flows import received_file
from hub.flows.scratch import scratch
from hub.mappings.bank_lines import lines, plain_layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hub.domain.bank_account import BankAccount
    from hub.domain.bank_statement import Content, Head, StatementLine
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading
    from hub.store.inbox import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One statement of a file, as it was read; `account` is `None` for one that is not ours."""

    account: BankAccount | None
    head: Head
    content: Content
    first_on: date
    last_on: date

    @property
    def digest(self) -> str:
        """Return what the same statement has however often it comes."""
        return self.content.digest(self.head, self.first_on, self.last_on)


@contextmanager
def opened(
    received: Received, layout: Layout, services: Services
) -> Iterator[tuple[Reading, Iterator[StatementLine]]]:
    """Open a received statement; its lines come as they are read."""
    wanted = plain_layout(layout)
    with (
        scratch(services) as folder,
        received_file.reading(received, wanted, services, folder) as reading,
    ):
        yield reading, lines(wanted, reading, file=received.name)
