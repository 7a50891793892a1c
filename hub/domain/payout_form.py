"""What is signed on the approval form (拨付审批表), and the numbers that a payment goes under.

A signature covers one SHA-256: every accepted line, count and total, and for each bank the layout
that its file will have. Whatever changes among them changes the digest, and the approval is void.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, date
from typing import TYPE_CHECKING, Any, Final

from hub.domain.payout import PayoutKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hub.domain.payout import PayoutList

END_TO_END_CHARS: Final = 20  # 100 bits; ISO 20022 allows 35, older formats fewer
MESSAGE_CHARS_MAX: Final = 35
BATCH_NO_CHARS: Final = 11

SIGNED: Final = (
    "item_no", "person_id", "person_name", "benefit", "period", "amount_fen", "bank", "bank_no",
    "account_no", "account_name", "end_to_end_id", "attempt", "repairs_id",
)  # fmt: skip
"""What a signature covers of each item."""

SIGNED_OF_DEBIT: Final = (*SIGNED, "mandate_no", "mandate_on", "mandate_until")
"""What it covers of a direct debit: also what allows it."""

FORMS: Final = {PayoutKind.COLLECTION: "代收代缴审批表"}  # our own name: the procedure has none
FORM: Final = "社会保险基金拨付审批表"

_AMOUNT: Final = SIGNED.index("amount_fen")
_LETTERS: Final = {"social": "S", "unit": "U", "instant": "I", "refund": "R", "transfer": "T",
            "collection": "C"}  # fmt: skip
_STEPS: Final = {2: ("初审", "审批"), 3: ("初审", "复核", "审批")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One bank that a list goes to, and the form of its file."""

    bank: str
    layout: str
    layout_sha256: str


def digest(
    payout: PayoutList, items: Iterable[Sequence[Any]], targets: Iterable[Target]
) -> tuple[str, int, int]:
    """Return the SHA-256 of what is signed, and count and total (fen) of the items.

    `items` are the values of `SIGNED` or `SIGNED_OF_DEBIT`, item by item.
    """
    hashed, count, total = hashlib.sha256(), 0, 0
    hashed.update(_line([payout.key, payout.kind.value, payout.fund, payout.month]))
    for one in items:
        hashed.update(_line(list(one)))
        count, total = count + 1, total + one[_AMOUNT]
    hashed.update(_line([count, total]))
    for target in sorted(targets, key=lambda t: t.bank):
        hashed.update(_line([target.bank, target.layout, target.layout_sha256]))
    return hashed.hexdigest(), count, total


def end_to_end_id(source_sha256: str, item_no: int, attempt: int) -> str:
    """Return the id under which one attempt goes to a bank: the same whenever it is asked for.

    It comes from the bytes of the list and not from a counter, so a database that was restored
    gives the same attempt the same id again, and the bank sees that it is no new payment.
    """
    raw = hashlib.sha256(f"{source_sha256}/{item_no}/{attempt}".encode()).digest()
    return b32encode(raw[:15]).decode("ascii")[:END_TO_END_CHARS]  # the rest is cut off anyway


def message_id(region: str, kind: PayoutKind, business_on: date, sequence: int) -> str:
    """Return the id of a batch, which one bank sees once: `33010020261125S0001`."""
    return f"{region}{business_on:%Y%m%d}{_LETTERS[kind.value]}{sequence:04d}"


def batch_no(kind: PayoutKind, business_on: date, sequence: int) -> str:
    """Return a batch's number for formats that take digits only: `26112510001`."""
    number = list(_LETTERS).index(kind.value) + 1
    return f"{business_on:%y%m%d}{number}{sequence:04d}"


def read_batch_no(number: str) -> tuple[PayoutKind, date, int] | None:
    """Return kind, business day and sequence of a number that `batch_no` gave; `None` of others."""
    if len(number) != BATCH_NO_CHARS or not (number.isascii() and number.isdecimal()):
        return None
    kinds, kind_no = list(_LETTERS), int(number[6])
    if not 1 <= kind_no <= len(kinds):
        return None
    try:
        on = date(2000 + int(number[:2]), int(number[2:4]), int(number[4:6]))
    except ValueError:
        return None
    return PayoutKind(kinds[kind_no - 1]), on, int(number[7:])


def letter(kind: PayoutKind) -> str:
    """Return the letter that stands for a kind in message ids and file names."""
    return _LETTERS[kind.value]


def step_name(levels: int, number: int) -> str:
    """Return what the n-th signature (from 1) is called: 初审, 复核, 审批."""
    return _STEPS[levels][number - 1]


def split(sizes: Iterable[tuple[int, int]], items_max: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut items (number, amount in fen) into batches of at most `items_max`.

    Yields first and last item number, count and total of each.
    """
    first = last = count = total = 0
    for item_no, amount_fen in sizes:
        if count == items_max:
            yield first, last, count, total
            count = total = 0
        first = first if count else item_no
        last, count, total = item_no, count + 1, total + amount_fen
    if count:
        yield first, last, count, total


def form_json(payout: PayoutList) -> bytes:
    """Return the approval form as it is archived: what was signed, by whom, when."""
    approval = payout.approval
    steps = enumerate(approval.signatures, start=1)
    form = {
        "form": FORMS.get(payout.kind, FORM),
        "key": payout.key,
        "kind": payout.kind.zh,
        "fund": payout.fund,
        "title": payout.title,
        "month": payout.month,
        "items": payout.item_count,
        "total_fen": payout.total_fen,
        "digest": payout.digest,
        "source_sha256": payout.source_sha256,
        "made_by": payout.made_by,
        "signatures": [
            {
                "step": step_name(approval.levels, number),
                "person": one.person,
                "at": one.at.astimezone(UTC).isoformat(timespec="microseconds"),
            }
            for number, one in steps
        ],
    }
    return (json.dumps(form, ensure_ascii=False, indent=1) + "\n").encode()


def _line(values: Sequence[object]) -> bytes:
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)
    return (text + "\n").encode()
