"""Directory of regions (地区目录): who answers for a region, where its money goes, how it signs.

An entry holds from a day on, and perhaps until one. Of entries about the same thing (`kind`,
`code`, `ref`) the one that begins last holds, and of two that begin on one day the later one: so
a change is another entry, and what held on an earlier day can still be asked. Each entry is
proposed by one person and confirmed by another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from hub.domain.codes import bank_account, cnaps, region
from hub.errors import NOWHERE, Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

FACT_CHARS_MAX: Final = 200
KEYS_VALID_MAX: Final = 2  # of one office at one time: the present one and the next
PUBLIC_KEY_BYTES: Final = {"ed25519": 32, "sm2": 64}


class Kind(StrEnum):
    """What an entry is about."""

    REGION = "region"  # a code of GB/T 2260 and its name
    OFFICE = "office"  # the agency (经办机构) that answers for it
    ACCOUNT = "account"  # where it receives money of one insurance
    KEY = "key"  # the public key of its signatures

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return {"region": "区划", "office": "机构", "account": "账户", "key": "公钥"}[self.value]


class RecordState(StrEnum):
    """Where an entry is: only a confirmed one holds."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return {"proposed": "待复核", "confirmed": "已复核", "refused": "已退回"}[self.value]


_FACTS: Final[Mapping[Kind, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    Kind.REGION: (("name",), ()),
    Kind.OFFICE: (("name", "road"), ("contact", "broker_user")),
    Kind.ACCOUNT: (("fund", "account_no", "account_name", "bank_no", "bank_name"), ()),
    Kind.KEY: (("public_key",), ()),
}
"""The facts of each kind: those that must be there, and those that may."""

FACTS: Final = tuple(dict.fromkeys(n for needed, free in _FACTS.values() for n in needed + free))

_SLUG: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry. `ref` tells apart what one region has several of: a fund, or a key's id.

    `valid_until` is the last day, `None` when no end is known. `batch` binds the entries of one
    import together. Who proposed and who decided is never the same person once confirmed.
    """

    id: int
    kind: Kind
    code: str
    ref: str
    valid_from: date
    valid_until: date | None
    facts: Mapping[str, str]
    state: RecordState
    batch: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None

    def holds(self, on: date) -> bool:
        """Tell whether the entry covers a day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    def shown(self, *, in_full: bool = False) -> dict[str, str]:
        """Return the facts for people; an account's number masked unless `in_full`."""
        facts = dict(self.facts)
        if self.kind is Kind.ACCOUNT and not in_full:
            facts["account_no"] = bank_account.mask(facts["account_no"])
        return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The agency of a region; `road` is the way for messages to it, `none` when it has no hub.

    `broker_user`: the only account its messages may come from, where the directory names one.
    """

    code: str
    name: str
    road: str
    broker_user: str | None = None

    @property
    def has_hub(self) -> bool:
        """Tell whether messages reach it; else the case goes by file, sheet or paper."""
        return self.road != "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where a region receives money of one insurance (`fund`)."""

    code: str
    fund: str
    account_no: str
    account_name: str
    bank_no: str
    bank_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key: `ed25519` (32 bytes) or `sm2` (x and y, 64 bytes)."""

    algorithm: str
    value: bytes

    @classmethod
    def parse(cls, text: str, *, place: Place = NOWHERE) -> Self:
        """Return the key that `ed25519:BASE64` names; `Rejected("region_key_malformed")`."""
        algorithm, _, encoded = text.strip().partition(":")
        try:
            value = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            value = b""
        if len(value) != PUBLIC_KEY_BYTES.get(algorithm, -1):
            raise Rejected("region_key_malformed", place=place)
        return cls(algorithm=algorithm, value=value)

    @property
    def text(self) -> str:
        """Return the key as it is written in the directory."""
        return f"{self.algorithm}:{base64.b64encode(self.value).decode()}"

    @property
    def id(self) -> str:
        """Return the key's name: 32 hex digits of the SHA-256 of its text. No two share one."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


def checked(
    kind: Kind,
    code: str,
    facts: Mapping[str, str],
    *,
    valid_from: date,
    valid_until: date | None = None,
    place: Place = NOWHERE,
) -> tuple[str, str, dict[str, str]]:
    """Return code, `ref` and facts of an entry in normal form, or raise what is wrong with it.

    `region_malformed`, `region_fact_missing`, `region_fact_unknown`, `region_fact_unusable`,
    `region_dates_crossed`, and what the checks of account, bank number and key say.
    """
    code = region.validate(code, place=place)
    if valid_until is not None and valid_until < valid_from:
        raise Rejected("region_dates_crossed", place=place)
    given = _plain(kind, facts, place)
    ref = ""
    if kind is Kind.ACCOUNT:
        given["account_no"] = bank_account.validate(given["account_no"], place=place)
        given["bank_no"] = cnaps.validate(given["bank_no"], place=place)
        ref = given["fund"]
    elif kind is Kind.KEY:
        key = PublicKey.parse(given["public_key"], place=place)
        given["public_key"] = key.text
        ref = key.id
    return code, ref, given


def holding(records: Iterable[Record], on: date) -> list[Record]:
    """Return the confirmed entries that hold on a day, by kind, code and ref.

    Of entries about the same thing the last one to begin decides, even if it has ended.
    """
    latest: dict[tuple[str, str, str], Record] = {}
    for record in sorted(records, key=lambda one: (one.valid_from, one.id)):
        if record.state is RecordState.CONFIRMED and record.valid_from <= on:
            latest[record.code, record.kind.value, record.ref] = record
    return [latest[key] for key in sorted(latest) if latest[key].holds(on)]


def _plain(kind: Kind, facts: Mapping[str, str], place: Place) -> dict[str, str]:
    """Return facts without needless blanks; `Rejected` for what the kind lacks or does not have."""
    needed, free = _FACTS[kind]
    given = {name: " ".join(text.split()) for name, text in facts.items() if text.strip()}
    for name in needed:
        if name not in given:
            raise Rejected("region_fact_missing", place=place, kind=kind.zh, name=name)
    for name, text in given.items():
        if name not in needed + free:
            raise Rejected("region_fact_unknown", place=place, kind=kind.zh, name=name[:40])
        if len(text) > FACT_CHARS_MAX or not text.isprintable():
            raise Rejected("region_fact_unusable", place=place, name=name)
    for name in {"fund", "road"} & given.keys():
        if not _SLUG.fullmatch(given[name]):
            raise Rejected("region_fact_unusable", place=place, name=name)
    return given
