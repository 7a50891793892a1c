"""Explains the lines of an account: by our books, by words, or not at all.

Whatever a rule of names says stands. What was only concluded from amounts is asked again at each
run until its day is closed, in the order of days, so that it does not matter in which order
statements and answers came.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from hub.domain.bank_entries import Explanation, Part, View, netted
from hub.domain.bank_matching import GROUP, OWN, STRONG, SUSPENSE, explain, group
from hub.flows.bank_booking import book_line, purpose_of, undo_suspense
from hub.mappings.bank_lines import names_of
from hub.store.bank_matches import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from hub.domain.bank_account import BankAccount, LineRule
    from hub.domain.bank_entries import Entry, ItemFact
    from hub.domain.bank_statement import StatementLine
    from hub.flows.services import Services
    from hub.store.bank_matches import KeptLine
    from hub.store.engine import UnitOfWork

CHUNK: Final = 400
ASKED_MAX: Final = 50_000  # lines of an account that one run asks about


class Explaining:
    """One run over the open lines of one account."""

    def __init__(
        self, account: BankAccount, services: Services, uow: UnitOfWork, *, at: datetime
    ) -> None:
        self._account = account
        self._services = services
        self._uow = uow
        self._at = at
        self._rejected: dict[int, dict[tuple[str, str], int]] = {}
        self._planned: dict[int, _Plan] = {}
        self._asked_subjects: set[str] = set()
        self._of_accounts: dict[tuple[str, int], list[ItemFact]] = {}  # of the lines being asked

    def run(self) -> None:
        """Explain what can be explained now; a second run changes nothing."""
        for fund in sorted(self._account.funds):
            self._uow.vouchers.lock(fund)  # nobody else explains by these books meanwhile
        self._forget_reversed()
        while self._ask():
            pass

    def _ask(self) -> bool:
        """Ask about some lines; tell whether there may be more that can be explained by name."""
        days = self._uow.bank_statements.days(self._account.code)
        closed = {day.booked_on for day in days if day.closed_at is not None}
        since = next((day.booked_on for day in days if day.booked_on not in closed), None)
        if since is None:
            return False
        asked = [
            one
            for one in self._uow.bank_matches.lines(
                self._account.code, since=since, without=STRONG, limit=ASKED_MAX
            )
            if one.line.booked_on not in closed and not _is_booked_by_words(one)
        ]
        before = self._uow.bank_matches.parts_of([one.id for one in asked if one.rule is not None])
        view = self._view(since, {p.subject for parts in before.values() for p in parts})
        self._planned = {}
        left: list[KeptLine] = []
        for start in range(0, len(asked), CHUNK):
            left += self._by_entries(asked[start : start + CHUNK], view)
        left = self._by_groups(left, view)
        self._by_words(left)
        strong = self._write(asked, before)
        return len(asked) >= ASKED_MAX // 2 and strong > 0

    def _write(self, asked: Sequence[KeptLine], before: dict[int, tuple[Part, ...]]) -> int:
        """Write what is explained otherwise than before; return how much of it stands for good."""
        changed = []
        for one in asked:
            plan = self._planned.get(one.id)
            was = (one.rule, one.purpose, one.fund, frozenset(before.get(one.id, ())))
            if plan is None and one.rule in (None, SUSPENSE):
                continue
            if (
                plan is None
                or (plan.why.rule, plan.purpose, plan.fund, frozenset(plan.why.parts)) != was
            ):
                changed.append((one, plan))
        for one, plan in changed:
            if one.rule == SUSPENSE and plan is not None:
                undo_suspense(one, self._account, self._services, self._uow, at=self._at)
        known = [one.id for one, _ in changed if one.rule is not None]
        for start in range(0, len(known), CHUNK):
            self._uow.bank_matches.forget(known[start : start + CHUNK])
        reasons = (
            Reason(line_id=one.id, why=plan.why, purpose=plan.purpose, fund=plan.fund)
            for one, plan in changed
            if plan is not None
        )
        self._uow.bank_matches.explain_all(reasons, at=self._at)
        return sum(plan is not None and plan.why.rule in STRONG for _, plan in changed)

    def _forget_reversed(self) -> None:
        """Ask again about lines that show a voucher which was reversed."""
        lines = self._uow.bank_matches.reversed_lines(self._account.code)
        if not lines:
            return
        self._uow.bank_matches.forget(lines)
        for line_id in lines:
            kept = self._uow.bank_matches.line(line_id)
            if kept is not None and self._uow.bank_statements.reopen_day(
                self._account.code, kept.line.booked_on
            ):
                self._uow.journal.note(
                    "bank.day_reopened",
                    f"bank_day:{self._account.code}/{kept.line.booked_on.isoformat()}",
                    at=self._at, actor="bank", why="voucher reversed",
                )  # fmt: skip

    def _view(self, since: date, asked: set[str | None]) -> View:
        """Return what lines may be about, as if those that are asked again were not explained."""
        books = self._services.books
        entries = netted(
            self._uow.bank_books.entries(self._account, books, asked_since=since), self._refused
        )
        self._asked_subjects = {subject for subject in asked if subject is not None}
        with_purpose = (
            replace(one, purpose=purpose_of(one, self._account, books)) for one in entries
        )
        return View(
            entries={one.key: one for one in with_purpose},
            of_account=self._of_account,
            rejected=self._refused,
        )

    def _refused(self, batch_id: int) -> dict[tuple[str, str], int]:
        if batch_id not in self._rejected:
            self._rejected[batch_id] = self._uow.bank_books.rejected(batch_id)
        return self._rejected[batch_id]

    def _of_account(self, line: StatementLine) -> Sequence[ItemFact]:
        key = _account_key(line)
        return self._of_accounts.get(key, ()) if key is not None else ()

    def _by_entries(self, chunk: Sequence[KeptLine], view: View) -> list[KeptLine]:
        """Explain lines by open entries; return those that none explains."""
        bank = self._account.partner
        names = sorted({name for one in chunk for name in names_of(one.line)})
        view.named_items = self._uow.bank_books.items_named(bank, names)
        view.named_batches = self._uow.bank_books.batches_named(bank, names)
        wanted = [key for one in chunk if (key := _account_key(one.line)) is not None]
        self._of_accounts = self._uow.bank_books.items_of_accounts(bank, wanted)
        ids = [item.id for item in view.named_items.values()]
        ids += [item.id for found in self._of_accounts.values() for item in found]
        subjects = [f"{what}:{one}" for one in ids for what in ("payout_item", "payout_return")]
        view.shown |= self._uow.bank_matches.shown(subjects) - self._asked_subjects
        left = []
        for one in chunk:
            rule = self._services.banking.named(self._account, one.line)
            purpose = rule.purpose.value if rule is not None and rule.purpose is not None else None
            why = self._own(one, view) or explain(
                one.line, view, names_of(one.line), purpose=purpose
            )
            if why is None:
                left.append(one)
            else:
                self._settle(one, why, view)
        return left

    def _own(self, kept: KeptLine, view: View) -> Explanation | None:
        """Explain a line by the voucher that was booked from it, by hand or by the hub."""
        mine = [
            one
            for one in view.open()
            if one.subject == f"bank_line:{kept.id}" and one.open_fen == kept.line.amount_fen
        ]
        return Explanation(rule=OWN, parts=tuple(_part(one) for one in mine)) if mine else None

    def _by_groups(self, lines: Sequence[KeptLine], view: View) -> list[KeptLine]:
        """Explain lines of one day and way that make up one entry together."""
        left: list[KeptLine] = []
        for _, same in groupby(lines, key=lambda one: (one.line.booked_on, one.line.direction)):
            together = list(same)
            plain = [one for one in together if one.line.amount_fen != 0]
            found = group([one.line for one in plain], view)
            if not found:
                left += together
                continue
            entry = found[0]
            for one in plain:
                part = Part(
                    voucher_no=entry.voucher_no, voucher_line=entry.voucher_line,
                    amount_fen=one.line.amount_fen,
                )  # fmt: skip
                self._settle(one, Explanation(rule=GROUP, parts=(part,)), view)
        return left

    def _by_words(self, lines: Iterable[KeptLine]) -> None:
        """Name what the remaining lines are for, and book what the rules let the hub book."""
        for one in lines:
            rule = self._services.banking.named(self._account, one.line)
            if rule is None or one.rule == SUSPENSE:
                continue
            self._name(one, rule)

    def _name(self, kept: KeptLine, rule: LineRule) -> None:
        event = rule.events.get(self._account.kind.value)
        parts: tuple[Part, ...] = ()
        if event is not None and self._account.fund is not None and kept.line.amount_fen != 0:
            parts = book_line(
                kept, event, self._account, self._services, self._uow, at=self._at
            )  # fmt: skip
        self._planned[kept.id] = _Plan(
            why=Explanation(rule=rule.rule, parts=parts),
            purpose=rule.purpose.value if rule.purpose is not None else None,
            fund=self._account.fund,
        )

    def _settle(self, kept: KeptLine, why: Explanation, view: View) -> None:
        entries = [view.entries[part.voucher_no, part.voucher_line] for part in why.parts]
        purposes = {one.purpose for one in entries}
        funds = {one.fund for one in entries}
        self._planned[kept.id] = _Plan(
            why=why,
            purpose=next(iter(purposes)) if len(purposes) == 1 else None,
            fund=next(iter(funds)) if len(funds) == 1 else None,
        )
        view.take(why.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Why a line is there, by this run."""

    why: Explanation
    purpose: str | None
    fund: str | None


def _is_booked_by_words(kept: KeptLine) -> bool:
    """Tell whether a line was booked from its words: its voucher stands."""
    return kept.rule is not None and kept.rule.startswith("10-") and kept.shown_fen != 0


def _account_key(line: StatementLine) -> tuple[str, int] | None:
    """Return account and amount of the payments that a line may be of."""
    if line.party_account is None or line.amount_fen == 0:
        return None
    return line.party_account, abs(line.amount_fen)


def _part(entry: Entry) -> Part:
    return Part(
        voucher_no=entry.voucher_no, voucher_line=entry.voucher_line, amount_fen=entry.open_fen
    )
