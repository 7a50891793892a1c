"""What discrepancies and their parts are called in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.console.language import N_
from hub.console.words import Word, words
from hub.domain.discrepancy import Event, cause
from hub.domain.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

STATES: Final = words(
    ("open", "待处理", "open", "bad"),
    ("proposed", "待复核", "proposed", "warn"),
    ("closed", "已结", "closed", "good"),
)
ACTIONS: Final = words(
    ("explain", "说明", "explain", "plain"),
    ("correct", "更正", "correct", "plain"),
    ("accept", "认可", "accept", "plain"),
)
OFFERED: Final = (N_("explain"), N_("correct"), N_("accept"))  # as the form offers them
ENDINGS: Final[Mapping[str, Word]] = {
    **ACTIONS,
    **words(
        ("cleared", "款项已到或账已相符", "cleared by itself", "plain"),
        ("arrived", "文件已到", "arrived", "plain"),
    ),
}
LEVELS: Final = words(
    ("i", "按日按险种", "day and kind", "plain"),
    ("ii", "按税票", "receipt", "plain"),
    ("iii", "按单位和所属期", "payer and period", "plain"),
    ("event", "事件", "event", "plain"),
)
NOTES: Final[Mapping[str, Word]] = {
    **ENDINGS,
    **words(
        ("opened", "发现", "opened", "plain"),
        ("reopened", "重新出现", "opened again", "warn"),
        ("assigned", "转交", "assigned", "plain"),
        ("comment", "备注", "comment", "plain"),
        ("proposed", "提出处理意见", "proposed", "plain"),
        ("confirmed", "复核同意", "agreed", "good"),
        ("declined", "退回", "sent back", "warn"),
        ("asked", "去函核对", "asked about in a letter", "plain"),
    ),
}
CAUSES: Final[Mapping[str, Word]] = {
    one.value: Word(one.value, one.zh, one.value.replace("_", " "), "plain")
    for kind in (Verdict, Event)
    for one in kind
}


def cause_word(code: str) -> Word:
    """Return what a verdict or event is called; `Rejected("cause_unknown")`."""
    return CAUSES[cause(code).value]


def noted(event: str) -> Word:
    """Return what happened to a discrepancy; its own word where none is known."""
    return NOTES.get(event) or Word(event, event, event.replace("_", " "))
