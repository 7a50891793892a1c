"""The vocabulary of a partner file: what a layout (版式) of bytes consists of. Data only.

The dataclasses are the schema: `hub.mappings.catalog` reads them from
`config/partners/<code>.toml`, where a field here is a key there, and checks them; the readers and
writers of each form follow them. A layout describes and decides nothing.
"""

from __future__ import annotations

# The catalog resolves these annotations at run time, so none of them may hide in TYPE_CHECKING.
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path  # noqa: TC003
from typing import Literal

from hub.domain.facts import Source  # noqa: TC001
from hub.settings.keys import key


@cache
def _codec(encoding: str) -> str:
    gb = encoding.lower().replace("-", "") in ("gb2312", "gbk", "gb18030")
    return "gb18030" if gb else encoding.lower()


class Form(StrEnum):
    """How the bytes of a file are built; each form has one reader in `hub.mappings`."""

    DELIMITED = "delimited"  # separated values, with or without a line of names
    FIXED = "fixed"  # fixed width, counted in encoded bytes
    XML = "xml"  # elements named by paths
    SHEET = "sheet"  # a table among other lines, as people download it: csv, xls, xlsx, ods
    CAMT = "camt"  # ISO 20022 camt.052, .053, .054 in any version
    MT940 = "mt940"  # SWIFT MT940
    PAIN001 = "pain001"  # ISO 20022 pain.001: credit transfers that we order
    PAIN008 = "pain008"  # ISO 20022 pain.008: direct debits that we order
    PAIN002 = "pain002"  # ISO 20022 pain.002: what became of our orders
    PACS004 = "pacs004"  # ISO 20022 pacs.004: payments that come back
    CAMT_RETURNS = "camt_returns"  # the returned payments among the entries of a camt message


class FieldType(StrEnum):
    """What a field holds, and so how its text becomes a value and back."""

    TEXT = "text"
    COUNT = "count"  # whole number, not negative
    DATE = "date"
    PERIOD = "period"  # month, kept as the integer yyyymm
    AMOUNT_YUAN = "amount_yuan"  # becomes fen
    AMOUNT_FEN = "amount_fen"
    CODE = "code"  # a value of one of the layout's maps


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a record. Where it is found depends on the form; its name is the hub's own.

    `width` counts encoded bytes (fixed). `column` is the partner's name in the line of names
    (delimited, sheet); without it the position counts. `path` is the element below the record's
    element, such as `A/B` (xml). `constant` and `copy` are not in the record: a value that is
    always the same, or one taken from a record that occurs once and comes earlier, such as
    `header.business_on`. `join` (xml only) is a text made of several such values and `line`, with
    a hyphen between, for rows to which the partner gives no number.
    """

    name: str
    type: FieldType
    required: bool = True
    width: int | None = key(minimum=1, maximum=4000)
    column: str | None = None
    path: str | None = None
    format: str | None = None  # date: strftime, default "%Y%m%d"; period: "%Y%m"
    map: str | None = None
    constant: str | None = None
    copy: str | None = None
    join: tuple[str, ...] = ()
    separators: bool = False  # amounts may carry thousands separators: 1,234.50
    chars_max: int = key(200, minimum=1, maximum=4000)

    @property
    def stored(self) -> bool:
        """Tell whether the record itself holds the field."""
        return self.constant is None and self.copy is None and not self.join


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordShape:
    """One kind of record: `header`, `item`, `trailer`.

    `tag` begins its lines; a delimited record may be its tag alone, such as an end mark. `path`
    leads to its element; `.` is the root itself. The repeated record may stand within the element
    of one that occurs once, whose fields are then complete when that element ends.
    """

    name: str
    fields: tuple[Field, ...]
    repeat: bool = False
    tag: str | None = None
    path: str | None = None

    @property
    def stored(self) -> tuple[Field, ...]:
        """Return the fields that the record itself holds, in their order."""
        return tuple(field for field in self.fields if field.stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A value that the file itself states and that must agree with its rows (合计).

    `equals` is `count` or `sum`; `of` is the repeated record (`item`) or its field
    (`item.amount_fen`).
    """

    field: str
    equals: Literal["count", "sum"]
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFields:
    """Which head fields say that a file is part `no` of `count` of a package."""

    pack_no: str
    no: str
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One kind of file of one partner.

    `file_name` is a template such as `ZSMX_{day:%Y%m%d}_{sequence:03d}.txt`; `{any}` stands for
    anything. `source` says for which side its rows speak; `None` is a file without facts. A layout
    of direction `out` is written by us and never recognised among files that come in.
    `day` says which business day it is for: `name`, a head field such as `header.business_on`, or
    the latest date of a row field, such as `item.collected_on`. `business_key` are the head
    fields that together name it among all files of its sender. `only` keeps the rows whose code
    field has one of some mapped values. `strict` refuses a file for deviations from its schema
    that are otherwise only recorded.
    """

    partner: str
    name: str
    form: Form
    file_name: str
    sha256: str
    source: Source | None = None
    direction: Literal["in", "out"] = "in"
    records: tuple[RecordShape, ...] = ()
    maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    day: str = "name"
    business_key: tuple[str, ...] = ()
    part: PartFields | None = None
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    encoding: str = "utf-8"
    newline: Literal["\n", "\r\n"] = "\n"
    delimiter: str = ","
    quote: str | None = None
    names: bool = False  # delimited: the first line holds the columns' names
    root: str | None = None  # xml: name of the root element
    attributes: Mapping[str, str] = field(default_factory=dict)  # xml: of the root, as we write it
    schema: Path | None = None
    strict: bool = False
    options: Mapping[str, object] = field(default_factory=dict)  # of one form only: sheet, pain001

    @property
    def codec(self) -> str:
        """Return the codec's name in Python; GB 2312 and GBK are read as their superset."""
        return _codec(self.encoding)

    @property
    def item(self) -> RecordShape:
        """Return the repeated record, of which there is exactly one."""
        return next(shape for shape in self.records if shape.repeat)

    def shape(self, name: str) -> RecordShape | None:
        """Return the record of a name, if the layout has one."""
        return next((shape for shape in self.records if shape.name == name), None)
