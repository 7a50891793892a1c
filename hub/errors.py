"""The three ways to say no: wrong data, try again later, or a bug.

`Rejected` means that the data or the request is wrong and trying again will not help.
`Unavailable` means that somebody else is not ready; the task is postponed. Everything else is a
bug, which ends the actor that met it. Each refusal has a stable code; its words in Chinese and
English, with what to do next, stand in `hub/texts/*.toml` and nowhere else.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in which file something is wrong; what is not known stays `None`.

    `line` counts from 1, `byte_offset` from 0 in the file as it was received.
    """

    file: str | None = None
    line: int | None = None
    field: str | None = None
    byte_offset: int | None = None

    def text(self, language: Language) -> str:
        """Return the place in words, empty when nothing is known."""
        names = (
            {"file": "文件", "line": "行", "field": "字段", "byte_offset": "字节位置"}
            if language == "zh"
            else {"file": "file", "line": "line", "field": "field", "byte_offset": "byte"}
        )
        known = [f"{names[k]} {v}" for k, v in asdict(self).items() if v is not None]
        return "，".join(known) if language == "zh" else ", ".join(known)


NOWHERE: Final = Place()


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every refusal code with its texts: `zh`, `en`, `do_zh`, `do_en`.

    `kind`, where it is given: `absent`, what was named does not exist; `conflict`, somebody else
    changed it meanwhile.
    """
    texts: dict[str, dict[str, str]] = {}
    for resource in files("hub.texts").iterdir():
        if resource.name.endswith(".toml"):
            for code, entry in tomllib.loads(resource.read_text("utf-8")).items():
                if code in texts:
                    raise ValueError(f"error code {code} is defined twice")
                texts[code] = entry
    return texts


class HubError(Exception):
    """A refusal with a stable code, a place and facts; never an identity or account number."""

    def __init__(self, code: str, *, place: Place = NOWHERE, **facts: Any) -> None:  # noqa: ANN401
        self.code = code
        self.place = place
        self.facts = facts
        self._texts = catalogue()[code]  # an unknown code is a bug and shows at once
        super().__init__(self.explain("en"))

    @property
    def kind(self) -> str | None:
        """Return which kind of refusal this is, where its text says so."""
        return self._texts.get("kind")

    def explain(self, language: Language) -> str:
        """Return what is wrong, where, and what to do, in one language."""
        what = self._texts[language].format(**self.facts)
        where = self.place.text(language)
        todo = self._texts[f"do_{language}"].format(**self.facts)
        if language == "zh":
            return f"{what}（{where}）。{todo}" if where else f"{what}。{todo}"
        return f"{what} ({where}). {todo}" if where else f"{what}. {todo}"

    def as_dict(self) -> dict[str, Any]:
        """Return the refusal for `--json` and for the database."""
        place = {k: v for k, v in asdict(self.place).items() if v is not None}
        return {"code": self.code, "zh": self.explain("zh"), "en": self.explain("en"), **place}


class Rejected(HubError):
    """The data or the request is wrong: recorded, shown to a person, never tried again."""


class Unavailable(HubError):
    """Somebody is not ready (a partner, a disk, a lock): the same thing may work later."""


class DeliveryUnknown(Unavailable):
    """A delivery whose outcome is not known: look at the other side before trying again."""
