"""Where money is, which sources came today, and how each partner's channels are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.console.context import console, viewer
from hub.console.kept import kept
from hub.console.links import to_table
from hub.console.topics.reconciliation.days import SOURCES
from hub.console.words import Word, fund, words
from hub.domain.payout_state import ItemState, ListState
from hub.domain.permission import Permission
from hub.flows.overview import sources
from hub.flows.running import hub_state
from hub.store.views import home, operations

if TYPE_CHECKING:
    from hub.store.engine import UnitOfWork

_SOURCES: Final = words(
    ("arrived", "已到", "arrived", "good"),
    ("awaited", "未到时限", "not due yet", "plain"),
    ("missing", "缺失", "missing", "bad"),
)
_BEFORE: Final = (ListState.DRAFT, ListState.CHECKED, ListState.REVIEWED, ListState.APPROVED)
_GOING: Final = (
    ItemState.LISTED, ItemState.IN_FLIGHT, ItemState.PAID, ItemState.RETURNED, ItemState.UNKNOWN,
)  # fmt: skip


def money(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return by fund the sums of lists before release, and of payments under way, by state."""
    if not viewer().may(Permission.PAYOUT_SEE):
        return []
    by_fund: dict[str, dict[str, tuple[int, int]]] = {}
    for code, state, number, fen in home.lists(uow):
        by_fund.setdefault(code, {})[f"list:{state}"] = (number, fen)
    for code, state, number, fen in kept("under-way", lambda: home.money(uow)):
        by_fund.setdefault(code, {})[f"item:{state}"] = (number, fen)
    rows = []
    for code, sums in sorted(by_fund.items()):
        for kind, states in (("list", _BEFORE), ("item", _GOING)):
            for state in states:
                number, fen = sums.get(f"{kind}:{state.value}", (0, 0))
                if number:
                    rows.append(_money_row(code, kind, state, number, fen))
    return rows


def today_sources(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return each source expected today with its state."""
    if not viewer().may(Permission.RECONCILIATION_SEE):
        return []
    partners = console().services.catalog.partners
    return [
        {**one, "partner": partners[one["partner"]].name, "source": SOURCES[one["source"]],
         "state": _SOURCES[one["state"]]}
        for one in sources(console().services, uow)
    ]  # fmt: skip


def partners(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return each channel with the state of its lane, what waits in it, and when it last moved."""
    if not viewer().may(Permission.OPERATION_SEE):
        return []
    services = console().services
    running = hub_state(services)
    states = running.actors if running else {}
    files = operations.open_files(uow)
    channels = services.settings.channels.values()
    last = home.last_received(uow, [c.name for c in channels if c.direction == "in"])
    rows = []
    for channel in channels:
        inward = channel.direction == "in"
        lane = f"{'inbox' if inward else 'deliver'}:{channel.name}"
        waiting = files["inbox" if inward else "outbox"].get(channel.name, {})
        stuck = sum(waiting.get(state, 0) for state in ("refused", "held", "blocked", "unknown"))
        rows.append({
            "channel": channel.name, "inward": inward, "said": states.get(lane, "–"),
            "waiting": sum(waiting.values()), "last": last.get(channel.name),
            "tone": _tone(stuck, states.get(lane)),
            "href": to_table("inbox" if inward else "outbox", channel=channel.name),
        })  # fmt: skip
    return rows


def _tone(stuck: int, said: str | None) -> str:
    if stuck:
        return "bad"
    return {"idle": "good", "working": "good", None: "plain"}.get(said, "warn")


def _money_row(
    code: str, kind: str, state: ListState | ItemState, number: int, fen: int
) -> dict[str, Any]:
    tones = {"returned": "warn", "unknown": "bad", "paid": "good"}
    word = Word(state.value, state.zh, state.value.replace("_", " "),
                tones.get(state.value, "plain"))  # type: ignore[arg-type]  # fmt: skip
    if kind == "list":
        href = to_table("payout-lists", state=state.value, fund=code)
    else:
        href = to_table("payout-lists", state="released", fund=code)
    return {"fund": fund(code), "kind": kind, "state": word, "number": number, "fen": fen,
            "href": href}  # fmt: skip
