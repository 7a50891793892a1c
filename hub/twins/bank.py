"""A scripted bank over two folders: one that it takes orders from, one that it answers in.

Direct debits are orders like payments; what a script calls paid is then collected.

What it knows stands in its ledger, so that each call goes on where the last one ended. It checks a
file as banks do: readable, count and sum true, no payment that it has had already.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from hub.domain.payout_answer import Standing
from hub.errors import Rejected
from hub.mappings.file_names import fill, match
from hub.mappings.layout import Form
from hub.mappings.reading import read
from hub.twins import statements
from hub.twins.answers import refusal, written
from hub.twins.carriers import carriers
from hub.twins.envelope import AWAITED, Envelope
from hub.twins.ledger import Got, Ledger, Said, Verdict, item_of
from hub.twins.plan import steps
from hub.twins.said import Answer, File
from hub.twins.script import First, Takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hub.mappings.catalog import Partner
    from hub.mappings.layout import Layout
    from hub.ports import Protection
    from hub.twins.plan import Step
    from hub.twins.script import Script

_ITEMS_MAX: Final = 5_000_000
_LINE_BYTES_MAX: Final = 1024 * 1024
DUPLICATE: Final = "payment_twice"  # why a file is refused whose payment is known already
NAME_USED: Final = "name_used"  # other bytes came under this name before
_ISO_WHY: Final = {DUPLICATE: "AM05", NAME_USED: "DU01", "control_differs": "AM10"}
_ISO_ANY: Final = "FF01"  # the format of the file is wrong
_LIE_FEN: Final = 1
_STATEMENT: Final = "statement"  # what a statement is about: no file of ours


@dataclass(slots=True)
class Day:
    """What the bank did in one call."""

    got: list[Got] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it for people and programs, without payees."""
        return {
            "got": [
                {"name": one.name, "verdict": one.verdict.value, "why": one.why,
                 "items": len(one.items), "total_fen": one.total_fen} for one in self.got
            ],
            "said": [
                {"name": one.name, "layout": one.layout, "how": one.how,
                 "outcomes": dict(Counter(outcome for _, outcome in one.steps))}
                for one in self.said
            ],
        }  # fmt: skip


class TwinBank:
    """Plays one script for one partner."""

    def __init__(
        self, script: Script, partner: Partner, *, takes: Path, gives: Path, home: Path,
        protection: Protection | None = None,
    ) -> None:  # fmt: skip
        self._script = script
        self._partner = partner
        said = partner.payout
        names = (said.layout, said.collection) if said else ("payout",)
        self._orders = [partner.layout(name) for name in names if name is not None]
        self._takes = takes
        self._gives = gives
        self._envelope = Envelope(protection)
        self.ledger = Ledger(home)

    def live(self, day: date) -> Day:
        """Take what lies there and give the answers that are due on a day."""
        done = Day()
        if self._script.takes is not Takes.NEVER:
            done.got += self._take_all(day)
        for got in list(self.ledger.got):
            if got.verdict is Verdict.TAKEN:
                done.said += self._answer(got, day)
            elif got.verdict is Verdict.REFUSED:
                done.said += self._refuse(got, day)
        return done

    def close(self, day: date) -> Said | None:
        """Give the statement of a day that has ended, once; `None` if the script has none."""
        play = self._script.statement
        if play is None or any(
            said.about == _STATEMENT and said.day == day.isoformat() for said in self.ledger.said
        ):
            return None
        layout = self._partner.layout(play.layout)
        number = sum(said.about == _STATEMENT for said in self.ledger.said) + 1
        head = self._partner.payout.head(layout) if self._partner.payout is not None else {}
        content = statements.written(
            layout,
            statements.entries(self._script, self.ledger, day),
            account_no=str(head.get("debit_account_no")),
            day=day,
            number=number,
            opening_fen=statements.balance_before(self._script, self.ledger, day),
        )
        name = fill(layout.file_name, day=day, sequence=number)
        return self._put(_STATEMENT, layout, name, content, day, how="whole")

    def _take_all(self, day: date) -> Iterator[Got]:
        seen = {(got.name, got.sha256) for got in self.ledger.got}
        for path in sorted(self._takes.iterdir()):
            if path.name.startswith(".") or not path.is_file():
                continue
            if self._order_of(path.name) is None:
                continue  # not for this desk of the bank
            content, why = self._envelope.open(path)
            if why == AWAITED:
                continue
            sha256 = self.ledger.keep(content)
            if self._script.takes is Takes.LEAVES and (path.name, sha256) in seen:
                continue
            got = self._judge(path.name, sha256, len(content), day, why)
            self.ledger.note(got)
            if self._script.takes is Takes.MOVES:
                self._envelope.remove(path)
            yield got

    def _judge(self, name: str, sha256: str, size: int, day: date, why: str | None) -> Got:
        known: dict[str, Any] = {
            "day": day.isoformat(), "name": name, "sha256": sha256, "size_bytes": size,
        }  # fmt: skip
        if why is not None:
            return Got(**known, verdict=Verdict.REFUSED, why=why)
        if any(got.sha256 == sha256 for got in self.ledger.got):
            return Got(**known, verdict=Verdict.REPEAT)
        try:
            file = self._read(name, sha256)
        except Rejected as error:
            return Got(**known, verdict=Verdict.REFUSED, why=error.code)
        had = {item[0] for got in self.ledger.taken for item in got.items} - {None}
        items = [item_of(row.values) for row in file.rows]
        known |= {
            "items": items,
            "total_fen": sum(item[2] for item in items),
            "message_id": str(file.bare.get("message_id") or file.bare.get("batch_no") or ""),
        }
        if any(got.name == name for got in self.ledger.taken):
            return Got(**known, verdict=Verdict.REFUSED, why=NAME_USED)
        names = [item[0] for item in items if item[0] is not None]
        if had.intersection(names) or len(set(names)) < len(names):
            return Got(**known, verdict=Verdict.REFUSED, why=DUPLICATE)
        return Got(**known, verdict=Verdict.TAKEN, number=len(self.ledger.taken) + 1)

    def _order_of(self, name: str) -> Layout | None:
        """Return what a file orders by its name: payments, or direct debits."""
        fits = (one for one in self._orders if match(one.file_name, name) is not None)
        return next(fits, None)

    def _read(self, name: str, sha256: str) -> File:
        order = self._order_of(name) or self._orders[0]
        with self.ledger.path(sha256).open("rb") as content:
            reading = read(
                order,
                content,
                file=name,
                items_max=_ITEMS_MAX,
                line_bytes_max=_LINE_BYTES_MAX,
            )
            rows = list(reading.rows)  # counts and sums are compared at the end
        debits = self._partner.payout is not None and order.name == self._partner.payout.collection
        return File(name=name, head=dict(reading.head), rows=rows, debits=debits)

    def _answer(self, got: Got, day: date) -> Iterator[Said]:
        told = {
            (layout, number, outcome)
            for said in self.ledger.said
            if said.about == got.sha256 and said.how == "whole"
            for layout, number, outcome in ((said.layout, *step) for step in said.steps)
        }
        passed = (day - date.fromisoformat(got.day)).days
        due = [step for step in steps(self._script, got) if step.after_days <= passed]
        file: File | None = None
        for layout in self._layouts():
            mine = [
                step
                for step in due
                if layout.name in self._names(step.standing)
                and (layout.name, step.index, step.standing.value) not in told
            ]
            if mine:
                file = file or self._read(got.name, got.sha256)
                yield from self._deliver(got, file, layout, mine, day)

    def _deliver(
        self, got: Got, file: File, layout: Layout, mine: Sequence[Step], day: date
    ) -> Iterator[Said]:
        """Give the answers of one layout, as well or badly as the script wants it."""
        how = self._script.answers
        before = {
            said.how
            for said in self.ledger.said
            if said.about == got.sha256 and said.layout == layout.name
        }
        if how.first is not First.WHOLE and not before:
            yield self._give(got, file, layout, mine, day, how=how.first.value)
            return
        size = -(-len(mine) // how.parts)
        parts = [mine[start : start + size] for start in range(0, len(mine), size)]
        if how.reversed:
            parts = [list(reversed(part)) for part in reversed(parts)]
        for kind in ("whole", "again") if how.twice else ("whole",):
            for part in parts:
                yield self._give(got, file, layout, part, day, how=kind)

    def _refuse(self, got: Got, day: date) -> Iterator[Said]:
        """Refuse a whole file, if the bank's formats can say so; other banks telephone."""
        layout = next((one for one in self._layouts() if one.form is Form.PAIN002), None)
        told = any(said.about == got.sha256 for said in self.ledger.said)
        if layout is None or told or not got.message_id:
            return
        file = self._read(got.name, got.sha256)
        name = self._name(layout, got, day)
        answer = Answer(
            layout=layout, about=file, steps=(), day=day, message_id=name.partition(".")[0]
        )
        content = refusal(answer, _ISO_WHY.get(got.why or "", _ISO_ANY))
        yield self._put(got.sha256, layout, name, content, day, how="whole")

    def _give(
        self, got: Got, file: File, layout: Layout, part: Sequence[Step], day: date, *, how: str
    ) -> Said:
        name = self._name(layout, got, day)
        answer = Answer(
            layout=layout,
            about=file,
            steps=part,
            day=day,
            message_id=name.partition(".")[0],
            currency=str(layout.options.get("currency", "CNY")),
            more_fen=_LIE_FEN if how == First.WRONG_TOTALS else 0,
        )
        return self._put(got.sha256, layout, name, written(answer), day, how=how, part=part)

    def _put(
        self, about: str, layout: Layout, name: str, content: bytes, day: date, *, how: str,
        part: Sequence[Step] = (),
    ) -> Said:  # fmt: skip
        """Let a file appear whole, or its first half under its final name; then write it down."""
        if how == First.HALF:
            content = content[: len(content) // 2]
        self._envelope.put(self._gives / name, content)
        said = Said(
            day=day.isoformat(),
            about=about,
            layout=layout.name,
            name=name,
            sha256=self.ledger.keep(content),
            how=how,
            steps=[[step.index, step.standing.value] for step in part],
        )
        self.ledger.note(said)
        return said

    def _name(self, layout: Layout, got: Got, day: date) -> str:
        """Return a name that the bank has not used yet; `{any}` is the name of our own file."""
        used = {said.name for said in self.ledger.said}
        stem, dot, suffix = got.name.partition(".")
        for number in count(1):
            ours = got.name if number == 1 else f"{stem}-{number}{dot}{suffix}"
            name = fill(layout.file_name, day=day, sequence=number, any=ours)
            if name not in used:
                return name
        raise AssertionError("numbers never end")

    def _layouts(self) -> list[Layout]:
        """Return the layouts that the bank uses, what was paid before what comes back."""
        names = dict.fromkeys(name for standing in Standing for name in self._names(standing))
        return [self._partner.layout(name) for name in names]

    def _names(self, standing: Standing) -> tuple[str, ...]:
        if standing is Standing.RETURNED and self._script.answers.returns:
            return self._script.answers.returns
        return tuple(layout.name for layout in carriers(self._partner, standing)[:1])
