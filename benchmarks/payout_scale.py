"""Years of payouts on PostgreSQL: what is asked all the time, its plans, and `hub verify`.

    python benchmarks/payout_scale.py fill --store URL --folder F --rows 30000000
    python benchmarks/payout_scale.py ask --folder F
    python benchmarks/payout_scale.py verify --folder F
    python benchmarks/payout_million.py --folder F --rows 100000 --bank city_bank

`fill` makes a deployment in a new folder and fills an empty database (`payout_scale_data`). `ask`
says of each question how long it took, the first time and then the best of four, and which steps
of its plans read a big table as a whole; exit code 1 when one does that should not. `verify` times
each check. The last one pays a month beside all the others, phase by phase.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.payout_million import deployment
from benchmarks.payout_scale_data import FUND, fill
from hub.app import open_services
from hub.domain.payout import ItemState
from hub.flows.unpaid import success, waiting
from hub.flows.verify import CHECKS
from hub.settings import load_settings
from hub.store.views import home, operations, payouts, returns, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.flows.services import Services
    from hub.store.unit_of_work import UnitOfWork

TIMES: Final = 4
PAGE: Final = 50
BIG: Final = "payout_items|payout_answers|tasks|inbox|outbox|journal"
_WHOLE: Final = re.compile(rf"Seq Scan on ({BIG})\\b")


class Plans:
    """Explains every SELECT that goes to a store, once it is told to."""

    def __init__(self, services: Services) -> None:
        self.on = False
        self.steps: list[str] = []
        self.tops: list[str] = []
        event.listen(services.store._engine, "before_cursor_execute", self._explain)  # noqa: SLF001

    def _explain(
        self,
        connection: Any,  # noqa: ANN401 -- as SQLAlchemy calls it
        _cursor: object,
        statement: str,
        parameters: Any,  # noqa: ANN401
        *_rest: object,
    ) -> None:
        if self.on and statement.startswith("SELECT"):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {statement}", parameters)
                told = [line for (line,) in cursor.fetchall()]
            self.tops.append(told[0])
            self.steps += told

    @property
    def whole(self) -> set[str]:
        """Return the big tables that are read as a whole."""
        return {found[1] for step in self.steps if (found := _WHOLE.search(step))}


def questions(services: Services) -> dict[str, Callable[[UnitOfWork], object]]:
    """Return what is asked, by name."""
    with services.store.read() as uow:
        batches = uow.payout_batches.list()
        lists = uow.payouts.list()
        (first,) = uow.payout_items.page(
            list_id=lists[0].id, batch_id=batches[0].id, after=0, limit=1
        )
    old, new = lists[len(lists) // 2 - 1 | 1], lists[-2]
    asked = payouts.ItemsWanted
    page: dict[str, Any] = {"after": None, "limit": PAGE}

    def behind(wanted: payouts.ItemsWanted) -> Callable[[UnitOfWork], object]:
        with services.store.read() as uow:
            _, after = payouts.items(uow, wanted, after=None, limit=3_000)
        return lambda u: payouts.items(u, wanted, after=after, limit=PAGE)

    def find(text: str, **more: Any) -> Callable[[UnitOfWork], object]:  # noqa: ANN401
        return lambda u: search.items(u, search.Words(text=text, **more))

    def items(**wanted: Any) -> Callable[[UnitOfWork], object]:  # noqa: ANN401
        return lambda u: payouts.items(u, asked(**wanted), **page)

    return {
        "lists": lambda u: payouts.lists(u, payouts.ListsWanted(), **page),
        "batches of a bank": lambda u: payouts.batches(u, bank="iso_bank", **page),
        "items, the latest": items(),
        "items, a page behind": behind(asked()),
        "items of a list": items(list_id=old.id),
        "items of a list, a page behind": behind(asked(list_id=old.id)),
        "items of a list, returned": items(list_id=old.id, state="returned"),
        "items of a list, unknown (none)": items(list_id=old.id, state="unknown"),
        "items of a batch": items(batch_id=batches[9].id),
        "items of a batch, in flight": items(batch_id=batches[9].id, state="in_flight"),
        "items by name": items(name="王伟一"),
        "items by a common beginning": items(name="王"),
        "items by no name": items(name="没有"),
        "items of a bank": items(partner="iso_bank"),
        "items of a bank, a page behind": behind(asked(partner="iso_bank")),
        "items of a bank, by name": items(partner="iso_bank", name="王伟一"),
        "items of a bank, unknown (none)": items(
            partner="iso_bank", list_id=new.id, state="unknown"
        ),
        "an item's answers": lambda u: payouts.answers_of(u, first.id),
        "a batch's answers": lambda u: payouts.answers_of_batch(u, batches[0].id),
        "returned, to see to": lambda u: returns.open_items(u, returns.Wanted(), **page),
        "returned, of a bank": lambda u: returns.open_items(
            u, returns.Wanted(bank="rural_bank"), **page
        ),
        "returned, no such reason": lambda u: returns.open_items(
            u, returns.Wanted(code="AC99"), **page
        ),
        "ages of what is open": returns.ages,
        "months": lambda u: returns.months(u, 202601, 202612),
        "home: lists": home.lists,
        "home: money": home.money,
        "search: identity number": find(first.person_id),
        "search: account": find(first.account_no),
        "search: payment number": find(first.end_to_end_id),
        "search: name": find("王伟一", is_name=True),
        "search: beginning of names": find("王", is_name=True),
        "search: amount": find("2345.67", amount_fen=first.amount_fen),
        "search: no such amount": find("0.01", amount_fen=1),
        "search: part of a file name": lambda u: search.received(u, search.Words(text="0077777")),
        "attempts at an entitlement": lambda u: u.payout_items.attempts(*first.entitlement),
        "500 accounts of a batch": lambda u: _accounts(u, batches[9].id),
        "conservation of a lane": lambda u: [
            *u.conservations.of_lists(FUND, open_only=True),
            *u.conservations.of_batches(fund=FUND, bank="rural_bank", open_only=True),
        ],
        "tasks due": lambda u: u.tasks.due("payout", services.now(), limit=100),
        "tasks: how many are due": lambda u: u.tasks.due_counts("collection"),
        "tasks: when the next is due": lambda u: u.tasks.next_due_at(),
        "tasks of the console": lambda u: operations.task_page(u, state="due", queue=None, **page),
        "outbox: the next file": lambda u: u.outbox.next("city-bank-out"),
        "inbox: of a name": lambda u: u.inbox.of_name("bank-in", "R_00000001.txt"),
    }


LONG: Final[dict[str, Callable[[Services], object]]] = {
    "unpaid, everybody": waiting,
    "unpaid, returned for 30 days": lambda s: waiting(s, returned_only=True, min_days=30),
    "success of a month": lambda s: success(s, 202609),
}
"""What reads a month, and so may take seconds."""


def _accounts(uow: UnitOfWork, batch_id: int) -> object:
    page = uow.payout_items.page(list_id=0, batch_id=batch_id, after=0, limit=500)
    accounts = [one.account_no for one in page if one.state is not ItemState.REFUSED]
    return uow.payout_outcomes.of_accounts(page[0].bank, accounts, batch_id=batch_id)


def ask(services: Services, only: str) -> int:
    """Ask everything; return how many read a big table as a whole."""
    plans, bad = Plans(services), 0
    asked: dict[str, Callable[[], object]] = {}
    for name, question in questions(services).items():
        asked[name] = lambda q=question: _read(q, services)  # type: ignore[misc]
    for name, long in LONG.items():
        asked[name] = lambda q=long: q(services)  # type: ignore[misc]
    print(f"{'':36} {'first':>9} {'best':>9} ms")
    for name, question in asked.items():
        if only not in name:
            continue
        plans.on, plans.steps, plans.tops = True, [], []
        question()
        plans.on = False
        ms = list(_timed(question, TIMES if name not in LONG else 1))
        bad += bool(plans.whole)
        mark = f"  READS ALL OF {', '.join(sorted(plans.whole))}" if plans.whole else ""
        print(f"{name:36} {ms[0]:9.1f} {min(ms):9.1f}{mark}", flush=True)
        if only:
            print("\n".join(plans.steps))
    return bad


def _read(question: Callable[[UnitOfWork], object], services: Services) -> object:
    with services.store.read() as uow:
        return question(uow)


def _timed(question: Callable[[], object], times: int) -> Iterator[float]:
    for _ in range(times):
        began = time.perf_counter()
        question()
        yield (time.perf_counter() - began) * 1000


def verify(services: Services, only: str) -> int:
    """Time each check; return how many found something."""
    bad = 0
    for name, (_, _, check) in CHECKS.items():
        if only in name:
            began = time.perf_counter()
            answer = check(services)
            bad += answer.first is not None
            took = time.perf_counter() - began
            print(f"{name:28} {took:8.2f} s {answer.looked:12,} {answer.first or ''}", flush=True)
    return bad


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["fill", "ask", "verify"])
    parser.add_argument("--store", help="URL of an empty PostgreSQL database, for `fill`")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--people", type=int, default=1_000_000, help="paid each month")
    parser.add_argument("--only", default="", help="what has this in its name, with its plans")
    args = parser.parse_args()
    if args.what == "fill":
        deployment(args.folder, "city_bank", args.people // 2, args.store)
    services = open_services(load_settings(args.folder / "config"))
    if args.what == "fill":
        fill(services, args.rows, args.people, min(100_000, args.rows))
        return
    sys.exit(bool((ask if args.what == "ask" else verify)(services, args.only)))


if __name__ == "__main__":
    main()
