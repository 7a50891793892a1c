"""A letter's papers (文稿): made from what was drafted and signed, and from nothing else.

PDF and DOCX say the same words; the workbook lists every difference and every person. Making
them takes seconds, so it happens outside the unit of work that names them.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from hub.bulk.persons import persons_of
from hub.documents import fonts
from hub.documents.annex import write_annex
from hub.documents.letter_docx import render_docx
from hub.documents.letter_pdf import render_pdf
from hub.documents.reminder_wording import reminder_text
from hub.documents.wording import monthly_text
from hub.domain.letter import LetterKind, LetterState
from hub.domain.letter_content import LetterContent, Stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.domain.letter import Letter
    from hub.domain.letter_content import Person
    from hub.flows.services import Services

FOLDER: Final = "letters"
OWN_FONTS: Final = "fonts"  # beside hub.toml: fonts that a deployment brings itself
PDF, DOCX, ANNEX = ".pdf", ".docx", "-附件.xlsx"


def content_of(letter: Letter, services: Services) -> LetterContent:
    """Return what a letter says, as it was fixed when it was drafted."""
    with services.archive.open(letter.content_sha256) as content:
        return LetterContent.from_json(content.read())


def make_papers(letter: Letter, services: Services) -> dict[str, bytes]:
    """Return a letter's papers by the end of their file name.

    There is no PDF on a machine without a Chinese font, and no annex to a reminder.
    """
    content = content_of(letter, services)
    stamp = _stamp(letter)
    if letter.kind is LetterKind.REMINDER:
        text, annex = reminder_text(content, stamp), None
    else:
        persons = _persons(content, services)
        text = monthly_text(content, stamp, persons, persons_total=len(persons))
        annex = io.BytesIO()
        write_annex(annex, content, persons, stamp=stamp)
    typeface = fonts.find(services.settings.config_dir / OWN_FONTS)
    papers = {DOCX: render_docx(text)}
    if typeface is not None:
        papers[PDF] = render_pdf(text, typeface)
    if annex is not None:
        papers[ANNEX] = annex.getvalue()
    return papers


def write_papers(letter: Letter, papers: Mapping[str, bytes], services: Services) -> list[Path]:
    """Write papers into the work folder, for people; returns where they are."""
    folder = services.work_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for ending, content in sorted(papers.items()):
        path = folder / f"{paper_name(letter)}{ending}"
        path.write_bytes(content)
        paths.append(path)
    return paths


def paper_name(letter: Letter) -> str:
    """Return what a letter's files are called: its number, or what it is a draft of."""
    if letter.state is LetterState.DRAFT or letter.number is None:
        return f"draft-{letter.key.replace('/', '-')}"
    return letter.number


def _persons(content: LetterContent, services: Services) -> list[Person]:
    receipts = {item.receipt_no for item in content.items if item.receipt_no}
    paths = [services.archive.path(sha256) for sha256 in content.facts_sha256]
    return list(persons_of(paths, receipts))


def _stamp(letter: Letter) -> Stamp | None:
    if letter.number is None or letter.sent_on is None or letter.due_on is None:
        return None
    return Stamp(number=letter.number, sent_on=letter.sent_on, due_on=letter.due_on)
