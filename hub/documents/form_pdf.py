"""Forms as PDF/A on A4, fonts embedded as subsets, each with a square code (QR) that finds it.

The same words and fonts give the same bytes. Characters that no font has are printed as their
code and named in a remark, as in letters.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, time
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import segno
import typst

from hub.documents.characters import acting, code, strings, written_out
from hub.documents.fonts import INSTALL_HINT
from hub.documents.letter_pdf import families_of
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hub.documents.fonts import Typeface
    from hub.documents.form import Form

_STANDARD: Final = "a-2u"  # archival, fonts embedded, every character searchable
_QUIET_MODULES: Final = 2  # the paper around it is white


def render_forms(forms: Sequence[Form], typeface: Typeface | None, *, made_on: date) -> bytes:
    """Return forms as one PDF; `form_font_missing` when there is no Chinese font.

    `made_on` is the day that the file's own date says.
    """
    return compiled(forms, typeface, made_on=made_on, format="pdf", pdf_standards=_STANDARD)


def compiled(
    forms: Sequence[Form],
    typeface: Typeface | None,
    *,
    made_on: date,
    **how: Any,  # noqa: ANN401 -- what `typst.compile` takes, such as `format`
) -> bytes:
    """Return forms in any form that Typst makes; see `render_forms`."""
    if typeface is None:
        raise Rejected("form_font_missing", packages=INSTALL_HINT)
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in typeface.folders],
    )
    absent = sorted({*typeface.missing(strings(tuple(forms))), *acting(tuple(forms))})
    shown = [_shown(form, absent) for form in forms]
    made: bytes = typst.compile(
        files("hub.documents").joinpath("templates", "form.typ").read_bytes(),
        font_paths=fonts,
        sys_inputs={
            "forms": json.dumps(shown, ensure_ascii=False),
            "fonts": json.dumps(families_of(typeface), ensure_ascii=False),
        },
        timestamp=datetime.combine(made_on, time(), UTC),  # the clock would change the bytes
        **how,
    )
    return made


def square(text: str) -> str:
    """Return the square code of a text as SVG, in ink that a copying machine keeps."""
    made = segno.make_qr(text, error="m", boost_error=False)
    svg: str = made.svg_inline(border=_QUIET_MODULES, scale=1, dark="#000")
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _shown(form: Form, absent: Sequence[str]) -> dict[str, Any]:
    mine = [c for c in absent if any(c in text for text in strings(form))]
    if mine:
        remark = f"注：所用字体缺少或不能印出下列字符，以其编码表示：{'、'.join(map(code, mine))}。"
        form = replace(written_out(form, mine), remarks=(*form.remarks, remark))
    return {**asdict(form), "code_svg": square(form.code) if form.code else ""}
