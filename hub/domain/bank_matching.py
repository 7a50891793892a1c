"""Why a bank line is there: rules in the order of their strength, each with a number and a version.

A line is explained by entries of our books that are open on the account, or by words that name
what it is for. Rules never guess: where two entries would do, none does. Amounts are fen,
receipts positive, payments negative.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from hub.domain.bank_entries import ANSWER, Explanation, Part, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hub.domain.bank_entries import Entry, ItemFact, View
    from hub.domain.bank_statement import StatementLine


def explain(
    line: StatementLine, view: View, names: Iterable[str], *, purpose: str | None = None
) -> Explanation | None:
    """Return why a line is there by the first rule that says so; the view is left as it was.

    `names` are words of the line that may name a payment or a batch of ours. Where it names
    none, only entries of its `purpose` count, if words of it say what it is for.
    """
    known = list(dict.fromkeys(names))
    for rule, ask in RULES:
        view.purpose = None if rule in STRONG else purpose
        parts = ask(line, view, known)
        view.purpose = None
        if parts:
            return Explanation(rule=rule, parts=tuple(parts))
    return None


def _batch_named(line: StatementLine, view: View, names: Sequence[str]) -> list[Part]:
    batches = {view.named_batches[name] for name in names if name in view.named_batches}
    if len(batches) != 1:
        return []
    return _batch(batches.pop(), line.amount_fen, view)


def _items_named(line: StatementLine, view: View, names: Sequence[str]) -> list[Part]:
    """Explain a line that names payments: one, or all that it stands for."""
    items = [view.named_items[name] for name in names if name in view.named_items]
    items = list({one.id: one for one in items}.values())
    if not items or sum(one.amount_fen for one in items) != abs(line.amount_fen):
        return []
    return _of_items(items, line.amount_fen < 0, view)


def _item_of_account(line: StatementLine, view: View, _names: Sequence[str]) -> list[Part]:
    out = line.amount_fen < 0
    found = [
        parts
        for one in view.of_account(line)
        if one.amount_fen == abs(line.amount_fen) and (parts := _of_items([one], out, view))
    ]
    return found[0] if len(found) == 1 else []


def _batch_amount(line: StatementLine, view: View, names: Sequence[str]) -> list[Part]:
    """Explain a payment by the only batch of its amount."""
    if line.amount_fen >= 0 or _names_ours(view, names):
        return []
    ids = {one.batch_id for one in view.open() if one.batch_id is not None and one.open_fen < 0}
    found = [parts for one in sorted(ids) if (parts := _batch(one, line.amount_fen, view))]
    return found[0] if len(found) == 1 else []


def _batches_of_day(line: StatementLine, view: View, names: Sequence[str]) -> list[Part]:
    """Explain a payment by all batches of one day together."""
    if line.amount_fen >= 0 or _names_ours(view, names):
        return []
    released = [one for one in view.open() if one.batch_id is not None and one.open_fen < 0]
    for _, same in groupby(released, key=lambda one: one.booked_on):
        entries = list(same)
        if len({one.batch_id for one in entries}) > 1 and total(entries) == line.amount_fen:
            return _whole(entries)
    return []


def _entry(line: StatementLine, view: View, names: Sequence[str]) -> list[Part]:
    """Explain a line by the only open entry of its amount, such as an appropriation.

    One that names a payment of ours, in vain, can only be what came back of it as 暂收款.
    """
    found = [one for one in view.open() if one.open_fen == line.amount_fen]
    if _names_ours(view, names):
        found = [one for one in found if one.subject.startswith(ANSWER)]
    return _whole(found) if len(found) == 1 else []


def _names_ours(view: View, names: Sequence[str]) -> bool:
    """Tell whether a line names a payment or batch of ours: sums then prove nothing."""
    return any(name in view.named_items or name in view.named_batches for name in names)


RULES: Final[tuple[tuple[str, Callable[[StatementLine, View, Sequence[str]], list[Part]]], ...]] = (
    ("01-batch-named@1", _batch_named),
    ("02-items-named@1", _items_named),
    ("03-item-of-account@1", _item_of_account),
    ("04-batch-amount@1", _batch_amount),
    ("05-batches-of-day@1", _batches_of_day),
    ("06-entry@1", _entry),
)
"""Rules by priority; `07` is a group of lines, `08` our own booking, `10-…` the rules of words."""

GROUP: Final = "07-lines-of-day@1"
OWN: Final = "08-own-booking@1"
SUSPENSE: Final = "11-suspense@1"
STRONG: Final = frozenset({"01-batch-named@1", "02-items-named@1", OWN})
"""Rules by names: what they say stands. The others are asked again until a day is closed."""


WEAK: Final = frozenset({rule for rule, _ in RULES} | {GROUP}) - STRONG
"""Rules that concluded from sums: asked again until the day is closed."""


def group(lines: Sequence[StatementLine], view: View) -> list[Entry]:
    """Return the only open entry that all of a day's unexplained lines of one way make up."""
    together = sum(line.amount_fen for line in lines)
    if len(lines) < 2 or together == 0:  # noqa: PLR2004 -- one line is asked by itself
        return []
    found = [one for one in view.open() if one.open_fen == together]
    return found if len(found) == 1 else []


def _batch(batch_id: int, amount_fen: int, view: View) -> list[Part]:
    """Return the parts that a payment of a batch shows: all of it, or less what was refused.

    What a bank refused before it booked anything is never debited: the payment shows the
    release and its reversal at once.
    """
    entries = view.of_batch(batch_id)
    released = [one for one in entries if one.open_fen < 0]
    back = [one for one in entries if one.open_fen > 0]
    if not released or amount_fen >= 0:
        return []
    if total(released) == amount_fen:
        return _whole(released)
    refused = view.rejected(batch_id)
    parts = [
        Part(voucher_no=one.voucher_no, voucher_line=one.voucher_line, amount_fen=fen)
        for one in back
        if 0 < (fen := refused.get((one.benefit, one.cause), 0)) <= one.open_fen
    ]
    if parts and total(released) + sum(part.amount_fen for part in parts) == amount_fen:
        return _whole(released) + parts
    if back and total(released) + total(back) == amount_fen:
        return _whole(released) + _whole(back)
    return []


def _of_items(items: Sequence[ItemFact], out: bool, view: View) -> list[Part]:
    """Return the parts of some payments, or of their returns; none if one of them has no entry."""
    left = {one.key: one.open_fen for one in view.open()}
    parts: list[Part] = []
    for item in items:
        subject = f"payout_item:{item.id}" if out else f"payout_return:{item.id}"
        fen = -item.amount_fen if out else item.amount_fen
        if subject in view.shown or (not out and not item.is_returned):
            return []
        found = [
            one
            for one in view.of_batch(item.batch_id)
            if one.benefit == item.benefit
            and (one.amount_fen < 0) is out
            and abs(left[one.key]) >= item.amount_fen
        ]
        proof = (item.evidence or "").partition("/")[0]
        found.sort(key=lambda one: one.cause != proof)
        if not found:
            return []
        left[found[0].key] -= fen
        parts.append(
            Part(
                voucher_no=found[0].voucher_no, voucher_line=found[0].voucher_line,
                amount_fen=fen, subject=subject,
            )
        )  # fmt: skip
    return parts


def _whole(entries: Iterable[Entry]) -> list[Part]:
    return [
        Part(voucher_no=one.voucher_no, voucher_line=one.voucher_line, amount_fen=one.open_fen)
        for one in entries
    ]
