"""What people type into forms: amounts in yuan, long texts, files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from pydantic import BeforeValidator, WithJsonSchema
from werkzeug.datastructures import FileStorage

from hub.domain.money import parse_yuan

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from hub.console.registry import Input


def _yuan(value: object) -> object:
    return parse_yuan(value.replace(",", "").strip()) if isinstance(value, str) else value


Yuan = Annotated[
    int,
    BeforeValidator(_yuan),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$"}),
]
"""An amount: people and programs write yuan, the action gets fen."""


class Long:
    """Marks a text of several lines."""


LongText = Annotated[str, Long()]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that somebody chose: the name it had there, and what is in it."""

    name: str
    content: bytes


def _uploaded(value: object) -> object:
    if isinstance(value, FileStorage):
        return Uploaded(value.filename or "", value.read())
    return value


Upload = Annotated[
    Uploaded,
    BeforeValidator(_uploaded),
    WithJsonSchema({"type": "string", "format": "binary"}),
]
"""A file; programs send it as `multipart/form-data`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A field as a form shows it: `kind` names the part of `action.html` that writes it."""

    name: str
    label: str
    help: str
    kind: Literal["text", "long", "count", "money", "date", "check", "choice", "file", "ids"]
    required: bool
    choices: tuple[tuple[str, object], ...] = ()
    length_max: int | None = None


def shown(takes: type[Input]) -> list[Shown]:
    """Return the fields of an action's input in their order."""
    return [_shown(name, info) for name, info in takes.model_fields.items()]


def _shown(name: str, info: FieldInfo) -> Shown:
    plain = _without_none(info.annotation)
    return Shown(
        name=name,
        label=info.title or name,
        help=info.description or "",
        kind=_kind(plain, info.metadata),
        required=info.is_required() and plain is not bool,
        choices=_choices(plain),
        length_max=next((m.max_length for m in info.metadata if hasattr(m, "max_length")), None),
    )


def _without_none(annotation: Any) -> Any:  # noqa: ANN401
    """Return what stands beside `None` in an optional annotation."""
    inner = [one for one in get_args(annotation) if one is not type(None)]
    optional = type(None) in get_args(annotation)
    return inner[0] if optional and len(inner) == 1 else annotation


def _kind(plain: Any, metadata: list[Any]) -> Any:  # noqa: ANN401
    marks = [*metadata, *(get_args(plain)[1:] if get_origin(plain) is Annotated else ())]
    plain = get_args(plain)[0] if get_origin(plain) is Annotated else plain
    if any(isinstance(mark, BeforeValidator) and mark.func is _yuan for mark in marks):
        return "money"
    if plain is Uploaded:
        return "file"
    if any(isinstance(mark, Long) for mark in marks):
        return "long"
    if get_origin(plain) is list:
        return "ids"
    if _choices(plain):
        return "choice"
    by_name = {"int": "count", "bool": "check", "date": "date"}
    return by_name.get(getattr(plain, "__name__", ""), "text")


def _choices(plain: Any) -> tuple[tuple[str, object], ...]:  # noqa: ANN401
    if get_origin(plain) is Literal:
        return tuple((str(one), one) for one in get_args(plain))
    if isinstance(plain, type) and issubclass(plain, Enum):
        return tuple((str(one.value), one) for one in plain)
    return ()
