"""Controls (合计): what a file says about its own rows must be true, or the file is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.money import yuan_display
from hub.errors import Place, Rejected
from hub.mappings.layout import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.mappings.layout import Control, Layout

    Values = Mapping[str, object]


class Controls:
    """Counts and adds up the rows of one file; sums are Python integers and cannot overflow."""

    def __init__(self, layout: Layout) -> None:
        self.rows = 0
        self._layout = layout
        self._summed = {c.of: c.of.partition(".")[2] for c in layout.controls if c.equals == "sum"}
        self._sums = dict.fromkeys(self._summed, 0)

    def add(self, values: Values, *, rows: int = 1) -> None:
        """Take a row into account, or the sums of several; an absent amount adds nothing."""
        self.rows += rows
        for reference, name in self._summed.items():
            value = values[name]
            if isinstance(value, int):
                self._sums[reference] += value

    def values(self) -> dict[str, int]:
        """Return what the control fields must say, by `record.field`."""
        return {control.field: self._found(control) for control in self._layout.controls}

    def check(self, head: Values, places: Mapping[str, Place]) -> None:
        """Refuse the file if one of its controls is not true; `places` are those of head fields."""
        for control in self._layout.controls:
            stated, found = head.get(control.field), self._found(control)
            if stated != found:
                raise Rejected(
                    "control_differs",
                    place=places.get(control.field, Place(field=control.field)),
                    stated=self._words(control, stated),
                    found=self._words(control, found),
                    of=control.of,
                )

    def _found(self, control: Control) -> int:
        return self.rows if control.equals == "count" else self._sums[control.of]

    def _words(self, control: Control, value: object) -> str:
        if not isinstance(value, int):
            return "-"
        name = control.of.partition(".")[2]
        field = next((f for f in self._layout.item.fields if f.name == name), None)
        amount = field is not None and field.type is not FieldType.COUNT
        return yuan_display(value) if amount else str(value)
