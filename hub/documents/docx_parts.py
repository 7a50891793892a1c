"""Parts of a Word document: paragraphs and tables with Chinese fonts, rules, page numbers."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Pt

if TYPE_CHECKING:
    from docx.document import Document as Docx
    from docx.shared import RGBColor
    from docx.table import Table
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

    from hub.documents.wording import Grid

LATIN_FONT: Final = "Times New Roman"

_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_AFTER_BORDERS: Final = ("w:shd", "w:tabs", "w:autoSpaceDE", "w:spacing", "w:ind", "w:jc")
"""What the schema of Word wants behind a paragraph's borders."""


def set_default_font(document: Docx, font: str, size: Length, line: Length) -> None:
    """Set what every paragraph has that says nothing else."""
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = LATIN_FONT, size
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), font)
    normal.element.rPr.append(_element("lang", val="en-US", eastAsia="zh-CN"))
    properties = normal.element.get_or_add_pPr()
    for name in ("autoSpaceDE", "autoSpaceDN"):  # no gaps between Chinese and digits
        properties.append(_element(name, val="0"))
    normal.paragraph_format.line_spacing = line
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)


def paragraph(
    document: Docx,
    words: str,
    *,
    font: str | None = None,
    size: Length | None = None,
    align: ALIGN | None = None,
    indent: Length | None = None,
    before: int | None = None,
    after: int | None = None,
    line: Length | float | None = 0.0,
) -> Paragraph:
    """Add a paragraph. `line` is the pitch of its lines; `None` lets the text decide."""
    made = document.add_paragraph()
    fill(made, words, font, size)
    shape = made.paragraph_format
    shape.alignment, shape.first_line_indent = align, indent
    shape.space_before = None if before is None else Length(before)
    shape.space_after = None if after is None else Length(after)
    if line != 0.0:
        shape.line_spacing = 1.0 if line is None else line
    return made


def fill(
    into: Paragraph,
    words: str,
    font: str | None = None,
    size: Length | None = None,
    color: RGBColor | None = None,
) -> Run:
    """Add words to a paragraph in a font for Chinese; letters and digits keep theirs."""
    run = into.add_run(words)
    run.font.size = size
    if font is not None:
        run.font.name = LATIN_FONT
        run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if color is not None:
        run.font.color.rgb = color
    return run


def table(document: Docx, grid: Grid, *, width: Length, size: Length, bold: str) -> None:
    """Add a table whose first row repeats on every page; `bold` is the font of heads and sums."""
    made = document.add_table(rows=3, cols=len(grid.columns))
    made.style, made.alignment, made.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    _narrow_cells(made)
    parts = sum(column.width for column in grid.columns)
    widths = [Length(width * column.width // parts) for column in grid.columns]
    for column, wide in zip(made.columns, widths, strict=True):
        column.width = wide
    head, plain, total = (
        _model_row(made, number, grid, widths, size=size, font=font)
        for number, font in enumerate((bold, None, bold))
    )
    _row_marks(head, repeat=True)
    names = tuple(column.name for column in grid.columns)
    # every row is a copy of a model: python-docx is slow at forming cells one by one
    last = len(grid.rows) - 1
    for number, cells in enumerate((names, *grid.rows), start=-1):
        is_sum = grid.has_sum and number == last
        row = deepcopy(head if number < 0 else total if is_sum else plain)
        for at, words in zip(row.iter(qn("w:t")), cells, strict=True):
            at.text = words
            at.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        head.getparent().append(row)
    for model in (head, plain, total):
        model.getparent().remove(model)


def _model_row(
    made: Table, number: int, grid: Grid, widths: list[Length], *, size: Length, font: str | None
) -> Any:  # noqa: ANN401 -- an XML element
    row = made.rows[number]
    for cell, column, wide in zip(row.cells, grid.columns, widths, strict=True):
        cell.width, cell.vertical_alignment = wide, WD_ALIGN_VERTICAL.CENTER
        into = cell.paragraphs[0]
        into.paragraph_format.line_spacing = 1.0
        side = ALIGN.RIGHT if column.right else ALIGN.LEFT
        into.alignment = ALIGN.CENTER if number == 0 else side
        fill(into, "?", font, size)
    _row_marks(row._tr, repeat=False)  # noqa: SLF001 -- python-docx has no word for it
    return row._tr  # noqa: SLF001 -- as above


def rule(by: Paragraph, side: str, style: str, color: str) -> None:
    """Draw a double line above or below a paragraph (`top`, `bottom`)."""
    borders = _element("pBdr")
    borders.append(_element(side, val=style, sz="24", space="6", color=color))
    properties = by.paragraph_format.element.get_or_add_pPr()
    properties.insert_element_before(borders, *_AFTER_BORDERS)


def add_page_number(into: Paragraph, size: Length) -> None:
    """Write `— 1 —` into a footer, where Word puts in the number."""
    into.alignment = ALIGN.CENTER
    fill(into, "— ", None, size)
    run = fill(into, "", None, size)
    for kind, words in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            mark = _element("fldChar", fldCharType=kind)
        else:
            mark = _element("instrText")
            mark.text = words
        run.element.append(mark)
    fill(into, " —", None, size)


def width_of(words: str) -> float:
    """Return roughly how many Chinese characters wide words are."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.5 for c in words)


def with_fixed_times(content: bytes) -> bytes:
    """Return a DOCX without the clock in its archive: the same words give the same bytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as made,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fixed,
    ):
        for name in made.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(entry, made.read(name))
    return out.getvalue()


def _narrow_cells(made: Table) -> None:
    margins = _element("tblCellMar")
    for side, twips in (("top", "30"), ("left", "40"), ("bottom", "30"), ("right", "40")):
        margins.append(_element(side, w=twips, type="dxa"))
    made._tbl.tblPr.insert_element_before(margins, "w:tblLook")  # noqa: SLF001 -- as above


def _row_marks(row: Any, *, repeat: bool) -> None:  # noqa: ANN401 -- an XML element
    row.get_or_add_trPr().append(_element("tblHeader" if repeat else "cantSplit"))


def _element(name: str, **attributes: str) -> Any:  # noqa: ANN401 -- an XML element
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made
