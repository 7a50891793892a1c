"""The tables, actions and pages that topics register; what is not registered does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.domain.permission import Permission, Viewer
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

INTEGER_MAX: Final = 2**63 - 1  # what both databases hold

Kind = Literal["text", "money", "count", "days", "date", "instant", "state", "id_no", "account_no"]
"""How a cell is written: `money` is fen, `state` has `.zh` and `.en`, the last two are masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: `name` is the key in a row, `label` an English message to translate."""

    name: str
    label: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter of a table, kept in the address: `choices` by value, or none for free text."""

    name: str
    label: str
    kind: Literal["text", "choice", "date", "money"] = "text"
    choices: Callable[[Services], Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What somebody asks of a table: filters, where the last page ended, how many rows."""

    filters: Mapping[str, str]
    limit: int
    viewer: Viewer
    services: Services
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some rows of a table. `after` continues behind the last one; `None` when that was all.

    A row has a value by column name, and may have `_href` (its page) and `_id` (for bulk actions).
    """

    rows: Sequence[Mapping[str, Any]]
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A list: one address, one permission, and one query that costs the same on every page.

    `scope` says whose rows outsiders get: "partner" and "region" tables filter by the viewer's
    own inside `fetch`, all others are closed to outsiders.
    """

    name: str
    title: str
    permission: Permission
    columns: tuple[Column, ...]
    fetch: Callable[[UnitOfWork, Query], Rows]
    filters: tuple[Filter, ...] = ()
    bulk: tuple[str, ...] = ()  # names of actions that take `ids`
    scope: Literal["partner", "region"] | None = None
    note: str = ""


class Input(BaseModel):
    """What an action takes; the fields make its form and its part of the OpenAPI document."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, str_max_length=4000)

    @model_validator(mode="after")
    def _fits_the_store(self) -> Self:
        for name, value in self:
            numbers = value if isinstance(value, list) else [value]
            if any(isinstance(n, int) and abs(n) > INTEGER_MAX for n in numbers):
                raise PydanticCustomError(
                    "integer_too_large", "{name} is too large a number", {"name": name}
                )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an action says when it worked, and where to go on. `data` answers programs."""

    text: str
    href: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that people do. `step_up` asks for a fresh one-time code with each use.

    `permissions`: any one of them opens the action; `run` may demand more for what it meets.
    """

    name: str
    label: str
    permissions: tuple[Permission, ...]
    takes: type[Input]
    run: Callable[[Services, Viewer, Any], Done]
    step_up: bool = False
    danger: bool = False
    scope: Literal["partner", "region"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of its own: Flask's rule and view. `scope` as of a table.

    Only signing in and out and choices of one's own have other methods than GET: what changes the
    hub's records is an action.
    """

    rule: str
    endpoint: str
    permission: Permission | None  # None: everybody who is signed in
    view: Callable[..., Any]
    methods: tuple[str, ...] = ("GET",)
    is_public: bool = False  # before sign-in
    scope: Literal["partner", "region"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One part of the console (a module in `hub.console.topics`): what it adds.

    `menu` are the entries of the navigation: label and address, shown to whom may open them.
    """

    name: str
    title: str
    order: int
    tables: tuple[Table, ...] = ()
    actions: tuple[Action, ...] = ()
    pages: tuple[Page, ...] = ()
    menu: tuple[tuple[str, str], ...] = ()


class Registry:
    """All topics together; a name stands for one thing."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self.topics = tuple(sorted(topics, key=lambda topic: topic.order))
        self.tables = _by_name([table for topic in topics for table in topic.tables])
        self.actions = _by_name([action for topic in topics for action in topic.actions])
        self.pages = {page.endpoint: page for topic in topics for page in topic.pages}


def _by_name(things: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for thing in things:
        if thing.name in found:
            raise ValueError(f"{thing.name} is registered twice")
        found[thing.name] = thing
    return found
