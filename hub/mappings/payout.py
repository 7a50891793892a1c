"""The table `[payout]` of a partner file: what the hub must know to pay through that partner.

It also holds the words of a payout layout: the names that a field of a record may have so that the
hub knows what to write there. A name beyond them is a value of the partner's own, in
`[payout.values]`, such as the number by which the bank knows us.
"""

from __future__ import annotations

# The reader resolves these annotations at run time, so none of them may hide in TYPE_CHECKING.
from collections.abc import Callable, Mapping  # noqa: TC003
from dataclasses import dataclass, field
from datetime import time  # noqa: TC003
from typing import TYPE_CHECKING, Final

from hub.domain.payout_state import PayoutKind
from hub.errors import Place, Rejected, catalogue
from hub.mappings.file_names import match
from hub.mappings.layout import FieldType, Form
from hub.settings.keys import key
from hub.settings.secrets import Secret

if TYPE_CHECKING:
    from hub.mappings.layout import Field, Layout

    Report = Callable[[str, str], object]

_TEXT: Final = frozenset({FieldType.TEXT, FieldType.CODE})
_COUNT: Final = frozenset({FieldType.COUNT})
_NUMBER: Final = _COUNT | _TEXT
_DATE: Final = frozenset({FieldType.DATE})
_FEN: Final = frozenset({FieldType.AMOUNT_FEN, FieldType.AMOUNT_YUAN})
_PERIOD: Final = frozenset({FieldType.PERIOD})

HEAD: Final[Mapping[str, frozenset[FieldType]]] = {
    "message_id": _TEXT,
    "request_id": _TEXT,  # the message_id again, for messages that say it twice
    "batch_no": _NUMBER,
    "business_on": _DATE,
    "created_on": _DATE,  # the four `created_…` are of the head value `created_at`
    "created_time": _TEXT,  # HHMMSS
    "created_time_ms": _TEXT,  # HHMMSSmmm
    "created_stamp_ms": _TEXT,  # YYYYMMDDHHMMSSmmm
    "sequence": _NUMBER,
    "item_count": _COUNT,
    "total_fen": _FEN,
    "agency_code": _TEXT,
    "agency_name": _TEXT,
    "debit_account_no": _TEXT,
    "debit_account_name": _TEXT,
    "debit_bank_no": _TEXT,
    "purpose": _TEXT,
    "file_name": _TEXT,
}
"""What is known of a whole batch; a repeated record may have these words too."""

ITEM: Final[Mapping[str, frozenset[FieldType]]] = {
    "item_no": _NUMBER,
    "end_to_end_id": _TEXT,
    "account_no": _TEXT,
    "account_name": _TEXT,
    "bank_no": _TEXT,
    "amount_fen": _FEN,
    "person_id": _TEXT,
    "purpose": _TEXT,
    "period": _PERIOD,
    "mandate_no": _TEXT,  # the last three only of direct debits
    "mandate_on": _DATE,
    "mandate_until": _DATE,
}
"""What is known of one payment."""

NEEDED: Final = ("account_no", "account_name", "amount_fen")
"""Without these in its repeated record no bank could pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeAccount:
    """Our 收入户, which direct debits are credited to; `number` may be a reference to a secret."""

    number: str
    name: str
    bank_no: str | None = key(None, pattern=r"[0-9]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """How money is paid through a partner.

    `cutoff` is when we stop releasing for the day, `deadline` when the bank stops taking files.
    `items_max` is how many payments one file may hold. `account` is our 支出户: its number or a
    reference to a secret (`env:NAME`, `file:/path`). `agency_code` is how the partner knows us.
    `layout` is the file of payments, `request` a message that goes with it and names it,
    `collection` the file of direct debits (代收), which go to `income`. `kinds` names another
    layout for some kinds of lists (`refund`, `unit`, …). `resend_name` is the template of the name
    under which the bank takes a file once more; without it that is the file's own name. `values`
    are what a layout writes besides the words of `HEAD` and `ITEM`.
    """

    layout: str = "payout"
    request: str | None = None
    collection: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    resend_name: str | None = None
    channel: str | None = key(None, pattern=r"[a-z][a-z0-9-]{0,39}")
    cutoff: time
    deadline: time
    items_max: int = key(required=True, minimum=1, maximum=5_000_000)
    account: str | None = None
    account_name: str | None = None
    account_bank_no: str | None = key(None, pattern=r"[0-9]{12}")
    agency_code: str | None = None
    agency_name: str | None = None
    income: IncomeAccount | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def layout_of(self, kind: PayoutKind) -> str:
        """Return the name of the layout of a kind of list's file."""
        return self.kinds.get(kind.value, self.layout)

    def head(self, layout: Layout) -> dict[str, object]:
        """Return what the table itself says of a batch, in the words of `HEAD`.

        `debit_account_…` is our account: 支出户, or 收入户 in a file of direct debits.
        `secret_missing` if its number is a reference that leads nowhere.
        """
        no, name, bank = self.account, self.account_name, self.account_bank_no
        if layout.form is Form.PAIN008 or layout.name == self.collection:
            mine = self.income
            no, name, bank = (mine.number, mine.name, mine.bank_no) if mine else (None, None, None)
        secret = no is not None and no.startswith(("env:", "file:"))
        return {
            **self.values,
            "debit_account_no": Secret(str(no)).reveal() if secret else no,
            "debit_account_name": name,
            "debit_bank_no": bank,
            "agency_code": self.agency_code,
            "agency_name": self.agency_name,
        }


def refused(error: Rejected, number: int | None, field: str | None) -> Rejected:
    """Return the refusal of a batch for what one item, or its head, cannot be written as."""
    return Rejected(
        "payout_item_refused" if number else "payout_head_refused",
        place=Place(field=field),
        number=number,
        reason_zh=catalogue()[error.code]["zh"].format(**error.facts),
        reason_en=catalogue()[error.code]["en"].format(**error.facts),
    )


def check_payout(payout: Payout, layouts: Mapping[str, Layout], report: Report) -> None:
    """Report everything in the table that cannot work with the partner's layouts."""
    if payout.cutoff > payout.deadline:
        report("payout.cutoff", "must not be later than the bank's own deadline")
    if payout.collection is not None and payout.income is None:
        report("payout.income", "is missing: direct debits need our 收入户")
    for word in sorted(payout.values.keys() & (HEAD.keys() | ITEM.keys())):
        report(f"payout.values.{word}", "is a word of the hub; the hub writes it itself")
    _check_names(payout, report)
    roles: dict[str, str | None] = {
        "layout": payout.layout,
        "request": payout.request,
        "collection": payout.collection,
        **{f"kinds.{kind}": name for kind, name in payout.kinds.items()},
    }
    for role, name in roles.items():
        if name is None:
            continue
        layout = layouts.get(name)
        if layout is None:
            report(f"payout.{role}", f'"{name}" is none of the layouts')
        elif layout.direction != "out":
            report(f"payout.{role}", f'the layout "{name}" needs direction = "out"')
        elif layout.form not in (Form.PAIN001, Form.PAIN008) and any(
            shape.repeat for shape in layout.records
        ):
            _check_words(payout, layout, report, payments=role != "request")


def _check_names(payout: Payout, report: Report) -> None:
    """Report kinds of lists that are none, and a name for files sent again that is no template."""
    known = [kind.value for kind in PayoutKind if kind is not PayoutKind.COLLECTION]
    for kind in sorted(payout.kinds.keys() - set(known)):
        report(f"payout.kinds.{kind}", f"is no kind of list; known: {', '.join(known)}")
    if payout.resend_name is not None:
        try:
            match(payout.resend_name, "")
        except (ValueError, KeyError, IndexError) as error:
            report("payout.resend_name", f"is no template of a file name: {error}")


def _check_words(payout: Payout, layout: Layout, report: Report, *, payments: bool) -> None:
    """Report fields that nobody would fill, and payments without what a payment needs."""
    stated = {control.field for control in layout.controls}
    for shape in layout.records:
        words = {**HEAD, **ITEM} if shape.repeat else HEAD
        for one in shape.stored:
            wrong = _wrong_word(payout, layout, one, words.get(one.name))
            if wrong and f"{shape.name}.{one.name}" not in stated:
                report(f"layouts.{layout.name}.{shape.name}.{one.name}", wrong)
    if not payments:
        return
    names = {one.name for one in layout.item.stored}
    for name in NEEDED:
        if name not in names:
            report(f"layouts.{layout.name}.{layout.item.name}", f'the field "{name}" is missing')
    if {control.equals for control in layout.controls} != {"count", "sum"}:
        report(f"layouts.{layout.name}.controls", "a payout states its count and its sum")


def _wrong_word(
    payout: Payout, layout: Layout, one: Field, types: frozenset[FieldType] | None
) -> str | None:
    """Return why the hub would not know what to write in a field; a single code needs no value."""
    if types is None:
        single = len(layout.maps.get(one.map or "", {})) == 1
        known = one.name in payout.values or single or not one.required
        return None if known else "is no word of a payout and not in payout.values"
    if one.type not in types:
        return f"must be of the type {' or '.join(sorted(types))}"
    return None
