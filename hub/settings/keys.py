"""The range of a setting, stated where the setting is declared."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def key(
    default: Any = None,  # noqa: ANN401 -- as dataclasses.field
    *,
    required: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
    pattern: str | None = None,
) -> Any:  # noqa: ANN401
    """Return a dataclass field with the range that the reader checks."""
    rules = {"minimum": minimum, "maximum": maximum, "pattern": pattern}
    metadata = {name: rule for name, rule in rules.items() if rule is not None}
    return field(metadata=metadata) if required else field(default=default, metadata=metadata)
