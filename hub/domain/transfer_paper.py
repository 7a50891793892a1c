"""What a region without a hub is told and tells, as fields of a file, a sheet or a printed form.

A paper says the same as a message between hubs, but nobody signs it: its facts count as typed from
paper, after what came signed. Printed papers bear a code, so that one which comes back is found by
it. Amounts are fen, shares hundredths of a percent.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hub.domain.transfer_facts import Account, Announced, Consent, Ending, Form
from hub.domain.transfer_json import text_of
from hub.domain.transfer_kinds import Direction, End, Kind
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from hub.domain.transfer_facts import Fact

ITEMS: Final = (
    "before_1998_fen", "account_fen", "this_year_fen", "personal_fen", "pooled_fen", "total_fen",
    "balance_fen", "standard_fen", "remaining_months", "benefit_fen", "medical_fen",
    "training_fen", "placement_fen",
)  # fmt: skip
"""The items that a paper has room for."""

YEAR: Final = (
    "year", "months", "base_fen", "unit_bp", "credited_bp", "personal_bp", "booked_fen",
    "booked_personal_fen", "interest_fen", "interest_personal_fen", "balance_fen",
    "balance_personal_fen",
)  # fmt: skip
"""The figures of a yearly row that a paper has room for."""

CODE_CHARS: Final = 8


E = TypeVar("E", bound=StrEnum)


class PaperKind(StrEnum):
    """What a paper is."""

    LETTER = "letter"
    FORM = "form"
    NOTICE = "notice"
    DONE = "done"
    REFUSAL = "refusal"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _ZH[self]

    @property
    def writer(self) -> Direction | None:
        """Return the side that writes it: the new place, the old one, or either."""
        return _WRITER[self]


_ZH: Final = {
    PaperKind.LETTER: "同意转入证明（联系函）",
    PaperKind.FORM: "转移表（信息表）",
    PaperKind.NOTICE: "汇款通知",
    PaperKind.DONE: "接续办结通知",
    PaperKind.REFUSAL: "不予转移通知",
}
_WRITER: Final = {
    PaperKind.LETTER: Direction.IN,
    PaperKind.FORM: Direction.OUT,
    PaperKind.NOTICE: Direction.OUT,
    PaperKind.DONE: Direction.IN,
    PaperKind.REFUSAL: None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper about one case; `source` is the old place, `target` the new one (regions).

    `number` is its own, or for `done` that of the form that was taken.
    """

    paper: PaperKind
    ref: str
    round: int
    kind: Kind
    person_id: str
    person_name: str
    source: str
    target: str
    number: str
    made_on: date
    applied_on: date | None = None
    amount_fen: int | None = None
    epoch: int | None = None
    account: Account | None = None
    reason: str | None = None
    items: Mapping[str, int] = field(default_factory=dict)
    years: tuple[Mapping[str, Any], ...] = ()

    @property
    def code(self) -> str:
        """Return what is printed so that the paper is found again: its number and a check."""
        return f"{self.number}.{check_of(self)}"


def check_of(paper: Paper) -> str:
    """Return the check of a paper's content, in eight digits of base 16."""
    return hashlib.sha256(text_of(paper).encode()).hexdigest()[:CODE_CHARS].upper()


def flat(paper: Paper) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a paper as named fields and yearly rows.

    `Rejected("transfer_paper_field")` when its form has a figure that papers have no room for.
    """
    account = paper.account
    fields: dict[str, Any] = {
        "paper": paper.paper.value, "ref": paper.ref, "round": paper.round,
        "kind": paper.kind.value, "person_id": paper.person_id, "person_name": paper.person_name,
        "source": paper.source, "target": paper.target, "number": paper.number,
        "made_on": paper.made_on, "applied_on": paper.applied_on, "amount_fen": paper.amount_fen,
        "epoch": paper.epoch, "reason": paper.reason,
        "account_name": account.name if account else None,
        "account_no": account.no if account else None,
        "account_bank": account.bank if account else None,
        "account_bank_no": account.bank_no if account else None,
    }  # fmt: skip
    _require_room(paper.items, ITEMS)
    items = {f"item_{name}": paper.items.get(name) for name in ITEMS}
    rows = []
    for row in paper.years:
        _require_room(row, YEAR)
        rows.append({name: row.get(name) for name in YEAR})
    return {**fields, **items}, rows


def unflat(fields: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Paper:
    """Return the paper that named fields and rows are; `Rejected("transfer_paper_field")`."""
    for name in ("paper", "ref", "round", "kind", "person_id", "person_name", "source", "target",
                 "number", "made_on"):  # fmt: skip
        if fields.get(name) is None:
            raise Rejected("transfer_paper_field", field=name)
    paper = _named(PaperKind, fields["paper"], "paper")
    needed = {
        PaperKind.FORM: ("amount_fen", "epoch"), PaperKind.NOTICE: ("amount_fen",),
        PaperKind.DONE: ("epoch",), PaperKind.REFUSAL: ("reason",),
    }.get(paper, ())  # fmt: skip
    for name in needed:
        if fields.get(name) is None:
            raise Rejected("transfer_paper_field", field=name)
    account = None
    if all(fields.get(f"account_{name}") for name in ("name", "no", "bank")):
        account = Account(
            name=fields["account_name"], no=fields["account_no"], bank=fields["account_bank"],
            bank_no=fields.get("account_bank_no"),
        )  # fmt: skip
    items = {
        name: fields[f"item_{name}"] for name in ITEMS if fields.get(f"item_{name}") is not None
    }
    years = tuple({n: row[n] for n in YEAR if row.get(n) is not None} for row in rows)
    plain = ("ref", "round", "person_id", "person_name", "source", "target", "number", "made_on",
             "applied_on", "amount_fen", "epoch", "reason")  # fmt: skip
    return Paper(
        paper=paper,
        kind=_named(Kind, fields["kind"], "kind"),
        account=account,
        items=items,
        years=years,
        **{name: fields.get(name) for name in plain},  # type: ignore[arg-type]
    )


def fact_of(paper: Paper) -> Fact:
    """Return the fact that a paper of the other office is for us: typed, never signed."""
    amount, epoch = paper.amount_fen or 0, paper.epoch or 1
    match paper.paper:
        case PaperKind.LETTER:
            return Consent(
                on=paper.made_on, number=paper.number, account=paper.account,
                applied_on=paper.applied_on, typed=True,
            )  # fmt: skip
        case PaperKind.FORM:
            return Form(
                on=paper.made_on, number=paper.number, amount_fen=amount, epoch=epoch,
                items=dict(paper.items), years=paper.years, typed=True,
            )  # fmt: skip
        case PaperKind.NOTICE:
            return Announced(on=paper.made_on, number=paper.number, amount_fen=amount)
        case PaperKind.DONE:
            return Ending(
                on=paper.made_on, how=End.DONE, ours=False, form=paper.number, epoch=epoch
            )
        case PaperKind.REFUSAL:
            return Ending(on=paper.made_on, how=End.REFUSED, ours=False, reason=paper.reason)


def _named(cls: type[E], value: str, name: str) -> E:
    try:
        return cls(value)
    except ValueError as error:
        raise Rejected("transfer_paper_field", field=name) from error


def _require_room(table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in table:
        if name not in known:
            raise Rejected("transfer_paper_field", field=name[:60])
