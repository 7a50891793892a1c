"""`hub case`, with an office that has no hub: papers by file, sheet and print, and their codes."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- Typer resolves annotations
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Annotated, Final

import typer

from hub.cli.case_read import File, Id, Number, answer, day_of, rows_of
from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Json, emit, say
from hub.cli.payout import AsOf, Person  # noqa: TC001 -- Typer resolves annotations

if TYPE_CHECKING:
    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_paper import Paper
    from hub.flows.services import Services

FORMS: Final = ("pdf", "xlsx", "xml")


def register_papers(group: typer.Typer) -> None:
    """Add the commands of this module to `hub case`."""
    for command in (paper, take, scan):
        group.command()(command)


def paper(
    *,
    case_id: Id,
    form: Annotated[str, typer.Option("--as", help="pdf, xlsx or xml.")] = "pdf",
    what: Annotated[
        str | None,
        typer.Option("--what", help="letter, form, notice, done or refusal; the latest."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="New file.", dir_okay=False)] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="Send it as XML through this outbound channel.")
    ] = None,
    person: Annotated[
        str | None, typer.Option("--person", help="Who sends it, by name; with --channel.")
    ] = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Write our latest paper of a case (同意转入证明, 转移表 …), or send it to the other region."""
    if (out is None) == (channel is None) or form not in FORMS:
        raise typer.BadParameter(f"--out 或 --channel；--as {', '.join(FORMS)}")
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.transfer_paper import PaperKind
        from hub.flows.transfer_paper import deliver, paper_of

        kind = chosen(PaperKind, what, "--what")
        made = paper_of(case_id, kind, services)
        if out is not None:
            if out.exists():
                raise typer.BadParameter(f"--out {out}: 已存在 · exists already")
            out.write_bytes(_written(made, form, services))
            where = str(out)
        else:
            known = services.settings.channels.get(channel or "")
            if channel is None or known is None or known.direction != "out" or person is None:
                raise typer.BadParameter("--channel 须为发出通道，并给出 --person")
            where = deliver(case_id, kind, channel=channel, person=person, services=services)
    found = {"case": case_id, "paper": made.paper.value, "paper_zh": made.paper.zh,
             "number": made.number, "code": made.code, "file": where}  # fmt: skip
    emit(found, as_json=as_json, text=lambda: say(f"✓ {found['paper_zh']} {made.code} → {where}"))


def take(
    *,
    file: Annotated[Path, typer.Argument(help="XML or XLSX of the other office.", exists=True)],
    other: Annotated[str, typer.Option("--other", help="Region that it comes from.")],
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Take a paper of a region without a hub as a file; its case is joined, or opened."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_paper import require_between
        from hub.flows.transfer_paper import take as take_paper

        with file.open("rb") as content:
            limit = services.settings.limits.file_bytes_max
            stored = services.archive.put(content, size_bytes_max=limit)
        made = _read(file, other, services)
        require_between(made, other, services)
        case = take_paper(made, person=person, services=services, source=stored.sha256)
    answer(case, as_json=as_json)


def scan(
    *,
    code: Annotated[str, typer.Argument(help="The code at the foot of our printed paper.")],
    number: Number = None,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="The day on their paper."),
    ] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", help="Yuan on the form that came with our letter.")
    ] = None,
    epoch: Annotated[int, typer.Option("--epoch", help="Ownership number on it.", min=1)] = 1,
    file: File = None,
    done: Annotated[
        bool, typer.Option("--done", help="Our form came back: the relation goes on there.")
    ] = False,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Find a case by a printed code; with --number and --amount note their form, --done the end."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.money import parse_yuan
        from hub.domain.transfer_facts import Form
        from hub.flows.transfer_desk import note_completed, note_form
        from hub.flows.transfer_paper import found_by

        case: TransferCase
        case, _paper = found_by(code, services)
        if number is not None and amount is not None:
            rows = rows_of(file)
            theirs = Form(
                on=day_of(on, services), number=number, amount_fen=parse_yuan(amount),
                epoch=epoch, items=rows.items, years=rows.years, typed=True,
            )  # fmt: skip
            case = note_form(case.id, theirs, person=person, services=services)
        elif done:
            case = note_completed(case.id, day_of(on, services), person=person, services=services)
    answer(case, as_json=as_json)


def _written(made: Paper, form: str, services: Services) -> bytes:
    if form == "pdf":
        from hub.documents import fonts
        from hub.documents.transfer_pdf import render_transfer
        from hub.flows.letter_papers import OWN_FONTS

        typeface = fonts.find(services.settings.config_dir / OWN_FONTS)
        return render_transfer(made, services.settings.agency.name, typeface)
    if form == "xlsx":
        from hub.documents.transfer_workbook import write_paper

        return write_paper(made)
    from hub.flows.transfer_paper import layout_of, rendered

    ours = services.settings.agency.region
    other = made.target if made.source == ours else made.source
    return rendered(made, layout_of(other, services))


def _read(file: Path, other: str, services: Services) -> Paper:
    from hub.domain.transfer_paper import unflat
    from hub.flows.transfer_paper import layout_of, read_paper
    from hub.mappings.transfer_sheet import read_sheet

    content = file.read_bytes()
    if file.suffix.lower() == ".xlsx":
        return unflat(*read_sheet(content, file=file.name))
    layout = layout_of(other, services)
    return read_paper(layout, content, file=file.name, services=services)
