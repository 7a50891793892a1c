"""A scripted bank over two folders: one that it takes payments from, one that it answers in.

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
from hub.twins.answers import Answer, File, refusal, written
from hub.twins.carriers import carriers
from hub.twins.ledger import Got, Ledger, Said, Verdict
from hub.twins.plan import steps
from hub.twins.script import First, Takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hub.mappings.catalog import Partner
    from hub.mappings.layout import Layout
    from hub.twins.plan import Step
    from hub.twins.script import Script

_ITEMS_MAX: Final = 5_000_000
_LINE_BYTES_MAX: Final = 1024 * 1024
DUPLICATE: Final = "payment_twice"  # why a file is refused whose payment is known already
NAME_USED: Final = "name_used"  # other bytes came under this name before
_ISO_WHY: Final = {DUPLICATE: "AM05", NAME_USED: "DU01", "control_differs": "AM10"}
_ISO_ANY: Final = "FF01"  # the format of the file is wrong
_LIE_FEN: Final = 1


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
        self, script: Script, partner: Partner, *, takes: Path, gives: Path, home: Path
    ) -> None:
        self._script = script
        self._partner = partner
        self._payment = partner.layout(partner.payout.layout if partner.payout else "payout")
        self._takes = takes
        self._gives = gives
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

    def _take_all(self, day: date) -> Iterator[Got]:
        seen = {(got.name, got.sha256) for got in self.ledger.got}
        for path in sorted(self._takes.iterdir()):
            if path.name.startswith(".") or not path.is_file():
                continue
            if match(self._payment.file_name, path.name) is None:
                continue  # not for this desk of the bank
            content = path.read_bytes()
            sha256 = self.ledger.keep(content)
            if self._script.takes is Takes.LEAVES and (path.name, sha256) in seen:
                continue
            got = self._judge(path.name, sha256, len(content), day)
            self.ledger.note(got)
            if self._script.takes is Takes.MOVES:
                path.unlink()
            yield got

    def _judge(self, name: str, sha256: str, size_bytes: int, day: date) -> Got:
        known: dict[str, Any] = {
            "day": day.isoformat(), "name": name, "sha256": sha256, "size_bytes": size_bytes,
        }  # fmt: skip
        if any(got.sha256 == sha256 for got in self.ledger.got):
            return Got(**known, verdict=Verdict.REPEAT)
        try:
            file = self._read(name, sha256)
        except Rejected as error:
            return Got(**known, verdict=Verdict.REFUSED, why=error.code)
        had = {item[0] for got in self.ledger.taken for item in got.items} - {None}
        items = [_item(row.values) for row in file.rows]
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

    def _read(self, name: str, sha256: str) -> File:
        with self.ledger.path(sha256).open("rb") as content:
            reading = read(
                self._payment,
                content,
                file=name,
                items_max=_ITEMS_MAX,
                line_bytes_max=_LINE_BYTES_MAX,
            )
            rows = list(reading.rows)  # counts and sums are compared at the end
        return File(name=name, head=dict(reading.head), rows=rows)

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
        yield self._put(got, layout, name, content, day, how="whole")

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
        return self._put(got, layout, name, written(answer), day, how=how, part=part)

    def _put(
        self, got: Got, layout: Layout, name: str, content: bytes, day: date, *, how: str,
        part: Sequence[Step] = (),
    ) -> Said:  # fmt: skip
        """Let a file appear whole, or its first half under its final name; then write it down."""
        if how == First.HALF:
            content = content[: len(content) // 2]
        hidden = self._gives / f".{name}.part"
        hidden.write_bytes(content)
        hidden.replace(self._gives / name)
        said = Said(
            day=day.isoformat(),
            about=got.sha256,
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


def _item(values: dict[str, Any]) -> list[Any]:
    return [
        values.get("end_to_end_id"),
        values.get("account_no"),
        values["amount_fen"],
        values.get("person_id"),
    ]
