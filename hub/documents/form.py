"""What a printed form (表单) says, as words: laid out by `templates/form.typ` and nobody else."""

from __future__ import annotations

from dataclasses import dataclass

from hub.domain.money import yuan_display

UNIT = "金额单位：元"
GROUP = 8  # digits of a printed SHA-256 that stand together
BY_HAND = "（签字）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label with its value; a wide one has a line for itself, a strong one is in bold."""

    label: str
    value: str
    wide: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table and its share of the width; amounts stand at the right."""

    name: str
    width: int
    right: bool = False
    centred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; its last row is the sum if it has one. A small one is set in smaller type."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    heading: str = ""
    note: str = ""
    has_sum: bool = False
    small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place to sign or to stamp: who has signed it electronically, or a blank."""

    step: str
    person: str = ""
    at: str = ""
    how: str = ""
    blank: str = BY_HAND
    dated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form. `code` is what the square code says, in the words of `hub.domain.form_code`.

    `mark` lies across a form that is not valid or not the first print, and `warning` says why.
    `copies` are the names of the copies that stand on one page (一式二份).
    """

    title: str
    agency: str
    number: str
    dated: str
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...] = ()
    signatures: tuple[Place, ...] = ()
    proofs: tuple[Fact, ...] = ()
    remarks: tuple[str, ...] = ()
    subtitle: str = ""
    unit: str = UNIT
    code: str = ""
    is_valid: bool = True
    mark: str = ""
    warning: str = ""
    copies: tuple[str, ...] = ()
    sign_mm: int = 18


def total_row(columns: tuple[Column, ...], count: int, total_fen: int) -> tuple[str, ...]:
    """Return the sum's row of a table whose last two columns are a number and an amount."""
    blank = ("",) * (len(columns) - 3)
    return ("合计", *blank, str(count), yuan_display(total_fen))


def grouped(digest: str) -> str:
    """Return a digest as it is printed: in groups, so that it can be read out and broken."""
    return " ".join(digest[start : start + GROUP] for start in range(0, len(digest), GROUP))
