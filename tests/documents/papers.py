"""Reads printed forms: their words by `pypdf`, their square codes by a scanner's library."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image
from pypdf import PdfReader

from hub.documents import fonts
from hub.documents.form_pdf import compiled

TYPEFACE = fonts.find()


def words(pdf: bytes) -> str:
    """Return all words of a PDF without blanks and places where words may break."""
    found = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return "".join(found.replace("\u200b", "").split())


def pages(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    return len(PdfReader(io.BytesIO(pdf)).pages)


def scanned(forms, *, made_on) -> list[str]:
    """Return what a scanner reads on the first page of forms, at the resolution of a fax."""
    picture = compiled(forms, TYPEFACE, made_on=made_on, format="png", ppi=100)
    first = picture if isinstance(picture, bytes) else picture[0]
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(first)))]
