"""What a deployment decides, as frozen dataclasses; the fields are the keys of the TOML files.

A field without a default must be written. Addresses, folders and limits on money have none.
`key(...)` states the range of a value; `hub.settings.reader` enforces it.
"""

from __future__ import annotations

# The reader resolves these annotations at run time, so none of them may hide in TYPE_CHECKING.
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo  # noqa: TC003

from hub.settings.channels import ChannelSettings  # noqa: TC001
from hub.settings.console import ConsoleSettings
from hub.settings.keys import key
from hub.settings.roads import RoadSettings  # noqa: TC001
from hub.settings.secrets import Secret

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """Who runs the hub (社保经办机构): the name on letters and the region (统筹区) code."""

    name: str
    region: str = key(required=True, pattern=r"[0-9]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where the database is: a URL without a password, or a secret reference to the whole URL."""

    url: str
    pool_size: int = key(16, minimum=2, maximum=200)

    @property
    def sqlite_file(self) -> Path | None:
        """Return the file of the embedded database; `None` for a server."""
        prefix = "sqlite:///"
        return Path(self.url.removeprefix(prefix)) if self.url.startswith(prefix) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where originals are kept for ever (`archive`) and where results are written (`work`).

    `mark`: a folder on another system that also keeps how far the store had come.
    """

    archive: Path
    work: Path
    mark: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """How much the hub says, and whether for people (`console`) or for machines (`json`)."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["json", "console"] = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the hub takes at most; at each limit it refuses or waits, and says so."""

    file_bytes_max: int = key(2048 * MIB, minimum=1, maximum=64 * 1024 * MIB)
    items_max: int = key(20_000_000, minimum=1, maximum=1_000_000_000)
    line_bytes_max: int = key(64 * 1024, minimum=256, maximum=MIB)
    drain_max: int = key(20, minimum=1, maximum=1000)  # tasks per wake
    backlog_max: int = key(1000, minimum=1, maximum=1_000_000)  # due tasks; inboxes wait above
    poll_files_max: int = key(100, minimum=1, maximum=10_000)  # files taken per poll
    discrepancies_per_run_max: int = key(50_000, minimum=1, maximum=10_000_000)
    discrepancies_listed_max: int = key(1000, minimum=1, maximum=1_000_000)
    workbook_rows_max: int = key(100_000, minimum=1, maximum=1_048_575)  # Excel's own: 1,048,576


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationSettings:
    """When a day is reconciled (对账) and what must be there by then.

    `transit_working_days`: how long collected money may be on its way (在途) before it is
    overdue. `required`: the sources of every working day, each with the hour after which its
    absence is an event; a partner file may name an earlier or later hour of its own. `engine`:
    what compares the lists; for `spark`, `spark_url` refers to the address of a cluster.
    `memory_mb` and `threads` are DuckDB's.
    """

    transit_working_days: int = key(required=True, minimum=0, maximum=60)
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark_url: str | None = None
    memory_mb: int = key(1500, minimum=500, maximum=4_000_000)
    threads: int = key(2, minimum=1, maximum=1024)
    opens_at: time = time(8, 0)
    closes_at: time = time(18, 0)
    required: Mapping[str, time] = field(default_factory=dict)

    def cluster(self) -> str | None:
        """Return the address of the Spark cluster that reconciles; `None`: DuckDB does, here."""
        if self.engine != "spark" or self.spark_url is None:
            return None
        return Secret(self.spark_url).reveal()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveSettings:
    """From which amount (fen) two different people must agree on how a difference ends."""

    two_person_from_fen: int = key(required=True, minimum=0, maximum=10**15 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSettings:
    """The monthly letter (发函, 10-2): who gets it, its number, how long the reply may take.

    `to_party` is the tax bureau of the same level, `cc_party` the finance department that gets
    a copy, `contact` the line that says whom to call. `channel` is the outbound channel that
    the papers leave by.
    """

    number_prefix: str
    to_party: str
    cc_party: str
    contact: str
    channel: str
    reply_working_days: int = key(required=True, minimum=1, maximum=250)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLevel:
    """From which total (fen) of a payout list how many different people must sign it."""

    from_fen: int = key(required=True, minimum=0, maximum=10**15 - 1)
    signers: int = key(required=True, minimum=2, maximum=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutSettings:
    """Who signs payouts (拨付审批, 10-9): `levels` from the smallest amount up, the first from 0.

    `purpose` is what payees read in their account (摘要), where the bank's file has room for it.
    """

    purpose: str
    levels: tuple[PayoutLevel, ...]

    def signers(self, total_fen: int) -> int:
        """Return how many people must sign a list of this total (fen)."""
        reached = [level.signers for level in self.levels if level.from_fen <= total_fen]
        return max(reached, default=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitSettings:
    """Direct debits of contributions (代收代缴).

    `purpose` is what payers read in their account (摘要), `attempts_max` how often one contribution
    is debited at most. `levels` say who signs; without any they are those of payouts.
    """

    purpose: str = "社会保险费"
    attempts_max: int = key(3, minimum=1, maximum=20)
    levels: tuple[PayoutLevel, ...] = ()

    def signers(self, total_fen: int, payouts: PayoutSettings) -> int:
        """Return how many people must sign a list of this total (fen)."""
        levels = self.levels or payouts.levels
        return PayoutSettings(purpose=self.purpose, levels=levels).signers(total_fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifySettings:
    """When every invariant is checked at night (local time), and on which day archives too.

    `deep_weekday` is 1 for Monday to 7 for Sunday.
    """

    at: time = time(2, 0)
    deep_weekday: int = key(7, minimum=1, maximum=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDocumentSettings:
    """A document (`code`, `name`) without which refunds of a cause are not accepted."""

    cause: Literal["agency", "tax"]
    code: str = key(required=True, pattern=r"[a-z][a-z_]{0,39}")
    name: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSettings:
    """Refunds of contributions (多收退款, 10-3).

    `purpose` is what the payer reads in its account, `documents` what must be there, by cause.
    """

    purpose: str
    documents: tuple[RefundDocumentSettings, ...]

    def of(self, cause: str) -> dict[str, str]:
        """Return the documents that a cause needs: name by code, in their order."""
        return {one.code: one.name for one in self.documents if one.cause == cause}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSettings:
    """Signed messages with other regions (跨统筹区业务协同).

    `private_key` is a secret reference to our own signing key; without it nothing is sent or
    accepted. A message is good for `expires_days`; without a signed receipt after `receipt_hours`,
    or with an earlier message missing for `gap_hours`, somebody is told.
    """

    private_key: str | None = key(pattern=r"(env|file):.+")
    expires_days: int = key(30, minimum=1, maximum=366)
    receipt_hours: int = key(24, minimum=1, maximum=1000)
    gap_hours: int = key(24, minimum=1, maximum=1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSettings:
    """Reminders (催办) of relation transfers, in working days.

    So many before a step is due, 0 for none, and then every so many once it is late.
    """

    remind_before_working_days: int = key(3, minimum=0, maximum=60)
    remind_every_working_days: int = key(5, minimum=1, maximum=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """Several hub processes on one PostgreSQL (多进程).

    `lease_s`: a process that has not been heard of for so long is taken for dead, and the others
    take its work over.
    """

    lease_s: float = key(15.0, minimum=1, maximum=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that `config/hub.toml`, `channels.toml` and `roads.toml` say.

    `config_dir` is where the files are; `home` is its parent, to which relative paths refer.
    """

    config_dir: Path
    home: Path
    agency: Agency
    store: StoreSettings
    folders: Folders
    log: LogSettings
    limits: Limits
    reconciliation: ReconciliationSettings
    resolve: ResolveSettings
    letters: LetterSettings
    payouts: PayoutSettings
    refunds: RefundSettings
    debits: DebitSettings = DebitSettings()
    verify: VerifySettings = VerifySettings()
    channels: Mapping[str, ChannelSettings]
    time_zone: ZoneInfo
    roads: Mapping[str, RoadSettings] = field(default_factory=dict)
    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)
    transfers: TransferSettings = field(default_factory=TransferSettings)
    nodes: NodeSettings = field(default_factory=NodeSettings)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
