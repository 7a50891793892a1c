"""A case with an office that has no hub goes on by file, sheet or printed form (降级办理).

What we decided is written as a paper; what the other office sends is taken as typed from paper,
into the same case. Only cases that are kept on paper take it: no unsigned file touches a case whose
other office signs. Several ways may bring the same paper: the same fact again changes nothing.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hub.domain.approval import named
from hub.domain.codes import person_id as ids
from hub.domain.transfer_facts import Consent, Ending, Form, Funds
from hub.domain.transfer_kinds import Direction
from hub.domain.transfer_paper import Paper, PaperKind, fact_of, flat, unflat
from hub.errors import Place, Rejected
from hub.flows.outgoing import put_out
from hub.flows.routed import Routed
from hub.flows.transfer_notes import Work, applied_on, keep, new_case, note
from hub.mappings.file_names import fill
from hub.mappings.reading import read
from hub.mappings.rendering import render

if TYPE_CHECKING:
    from datetime import datetime

    from hub.domain.transfer_case import TransferCase
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received

LAYOUT: Final = "transfer_paper"  # how the layouts of papers are named, or begin
PARTNER: Final = "region_"  # how their partners are named: region_510100
PAPERS_MAX: Final = 20  # file numbers that each case has for its papers


def papers_of(case: TransferCase, region: str) -> list[Paper]:
    """Return what our side of a case has to say on paper, the latest of each kind."""
    incoming = case.direction is Direction.IN
    common: dict[str, Any] = {
        "ref": case.ref, "round": case.round, "kind": case.kind, "person_id": case.person_id,
        "person_name": case.person_name,
        "source": case.counterpart if incoming else region,
        "target": region if incoming else case.counterpart,
    }  # fmt: skip
    found = []
    for fact in case.facts:
        match fact:
            case Consent() if incoming:
                found.append(
                    Paper(paper=PaperKind.LETTER, number=fact.number, made_on=fact.on,
                          account=fact.account, applied_on=applied_on(case), **common)
                )  # fmt: skip
            case Form() if not incoming:
                found.append(
                    Paper(paper=PaperKind.FORM, number=fact.number, made_on=fact.on,
                          amount_fen=fact.amount_fen, epoch=fact.epoch, items=dict(fact.items),
                          years=fact.years, **common)
                )  # fmt: skip
            case Funds() if not incoming and fact in case.valid(Funds):
                found.append(
                    Paper(paper=PaperKind.NOTICE, number=fact.number, made_on=fact.on,
                          amount_fen=fact.amount_fen, **common)
                )  # fmt: skip
            case Ending(ours=True, form=str(form), epoch=int(epoch)):
                found.append(
                    Paper(paper=PaperKind.DONE, number=form, made_on=fact.on, epoch=epoch,
                          **common)
                )  # fmt: skip
            case Ending(ours=True, reason=str(reason)):
                number = f"{case.ref}-{case.round}-R"
                found.append(
                    Paper(paper=PaperKind.REFUSAL, number=number, made_on=fact.on, reason=reason,
                          **common)
                )  # fmt: skip
            case _:
                pass
    return found


def paper_of(case_id: int, kind: PaperKind | None, services: Services) -> Paper:
    """Return a case's latest paper of a kind, or the latest of all.

    `Rejected("transfer_paper_none")` when there is nothing to say on paper yet.
    """
    with services.store.read() as uow:
        case = uow.transfers.get(case_id)
    papers = papers_of(case, services.settings.agency.region)
    found = [one for one in papers if kind in (None, one.paper)]
    if not found:
        raise Rejected("transfer_paper_none", ref=case.ref)
    return found[-1]


def take(paper: Paper, *, person: str, services: Services, source: str) -> TransferCase:
    """Take a paper that a person brings as a file; `source` is the SHA-256 of its bytes."""
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> TransferCase:
        return taken(Work(uow=uow, services=services, at=at, person=who), paper, source)

    return services.store.transact(unit)


def deliver(
    case_id: int, kind: PaperKind | None, *, channel: str, person: str, services: Services
) -> str:
    """Put a case's paper into the outbox of the other region's channel; return the file's name.

    The same paper again is the same file: it is sent once. `Rejected("partner_unknown")` when no
    partner file describes the region.
    """
    who, at = named(person), services.now()
    paper = paper_of(case_id, kind, services)
    content = rendered(paper, layout_of(_other(paper, services), services))
    sha256 = services.archive.put_bytes(content).sha256

    def unit(uow: UnitOfWork) -> str:
        work = Work(uow=uow, services=services, at=at, person=who)
        case = work.get(case_id)
        sequence = case.id * PAPERS_MAX + papers_of(case, work.region).index(paper)
        layout = layout_of(case.counterpart, services)
        name = fill(layout.file_name, day=paper.made_on, sequence=sequence)
        put_out(uow, channel=channel, name=name, sha256=sha256, at=at)
        work.journal("paper_sent", case, paper=paper.paper.value, number=paper.number,
                     channel=channel, file_name=name, sha256=sha256)  # fmt: skip
        return name

    return services.store.transact(unit)


def layout_of(region: str, services: Services) -> Layout:
    """Return the layout of papers with a region that has no hub."""
    return services.catalog.partner(f"{PARTNER}{region}").layout(LAYOUT)


def require_between(paper: Paper, other: str, services: Services) -> None:
    """Refuse a paper that is not between us and a region."""
    if {paper.source, paper.target} != {other, services.settings.agency.region}:
        raise Rejected("transfer_regions_differ", ref=paper.ref)


def _other(paper: Paper, services: Services) -> str:
    ours = services.settings.agency.region
    return paper.target if paper.source == ours else paper.source


def taken(work: Work, paper: Paper, source: str) -> TransferCase:
    """Take a paper inside a unit of work of the caller's: its case is joined, or opened.

    `Rejected`: `transfer_not_on_paper`, `transfer_regions_differ`, `transfer_person_differs`,
    `transfer_round`, `transfer_unknown`, and what `advance` says.
    """
    direction = _our_side(work, paper)
    other = paper.source if direction is Direction.IN else paper.target
    if ids.validate(paper.person_id) != paper.person_id:
        raise Rejected("transfer_paper_field", field="person_id")
    if paper.made_on > work.today:
        raise Rejected("transfer_in_future", on=paper.made_on.isoformat())
    case = work.uow.transfers.of_ref(paper.ref, lock=True)
    if case is None:
        case = work.uow.transfers.live(paper.person_id, paper.kind, other, lock=True)
        if case is not None and case.on_paper:
            case = replace(case, peer_ref=case.peer_ref or paper.ref)
    if case is None:
        case = _opened(work, paper, direction, other)
    _require_same(case, paper, direction, other)
    noted = note(work, case, fact_of(paper))
    work.journal("paper_taken", noted, paper=paper.paper.value, number=paper.number, source=source)
    return noted


def found_by(code: str, services: Services) -> tuple[TransferCase, Paper]:
    """Return the case and our own paper that a printed code names; `transfer_code_invalid`."""
    number = code.strip().upper().rpartition(".")[0]
    ref = number.rpartition("-")[0].rpartition("-")[0]
    with services.store.read() as uow:
        rounds = uow.transfers.rounds(ref) if ref else []
    for case in rounds:
        for paper in papers_of(case, services.settings.agency.region):
            if paper.code == code.strip().upper():
                return case, paper
    raise Rejected("transfer_code_invalid")


def rendered(paper: Paper, layout: Layout) -> bytes:
    """Return a paper as a file of a layout."""
    fields, rows = flat(paper)
    return render(layout, {f"header.{name}": value for name, value in fields.items()}, rows)


def read_paper(layout: Layout, content: bytes, *, file: str, services: Services) -> Paper:
    """Return the paper that a file of a layout is."""
    limits = services.settings.limits
    reading = read(
        layout, io.BytesIO(content), file=file, items_max=limits.items_max,
        line_bytes_max=limits.line_bytes_max,
    )  # fmt: skip
    rows = [row.values for row in reading.rows]
    fields = {name.partition(".")[2]: value for name, value in reading.head.items()}
    try:
        return unflat(fields, rows)
    except Rejected as error:
        raise Rejected(error.code, place=Place(file=file), **error.facts) from error


def is_paper(layout: Layout) -> bool:
    """Tell whether files of a layout are papers of transfers."""
    return layout.name.startswith(LAYOUT)


def routed(received: Received, layout: Layout, services: Services) -> Routed:
    """Read a paper that came through a channel; its effect is its fact.

    The channel is one region's (`region_510100`): nobody speaks for another through it.
    """
    with services.archive.open(received.sha256) as stored:
        content = stored.read(services.settings.limits.file_bytes_max + 1)
    paper = read_paper(layout, content, file=received.name, services=services)
    require_between(paper, layout.partner.removeprefix(PARTNER), services)

    def effect(uow: UnitOfWork, at: datetime) -> None:
        taken(Work(uow=uow, services=services, at=at), paper, received.sha256)

    return Routed(rows=len(paper.years), business_key=None, effect=effect)


def _our_side(work: Work, paper: Paper) -> Direction:
    """Return our side of a paper that the other office wrote; `transfer_regions_differ`."""
    sides = {paper.source: Direction.OUT, paper.target: Direction.IN}
    ours = sides.get(work.region)
    if ours is None or len(sides) != 2 or paper.paper.writer is ours:  # noqa: PLR2004 -- two places
        raise Rejected("transfer_regions_differ", ref=paper.ref)
    return ours


def _opened(work: Work, paper: Paper, direction: Direction, other: str) -> TransferCase:
    """Open the case that a letter, form or notice begins; nobody has applied here yet."""
    if paper.paper in (PaperKind.DONE, PaperKind.REFUSAL):
        raise Rejected("transfer_unknown", ref=paper.ref)
    case = new_case(
        work, direction=direction, kind=paper.kind, person_id=paper.person_id,
        person_name=paper.person_name, counterpart=other, ref=paper.ref, on=work.today,
        on_paper=True,
    )  # fmt: skip
    return keep(work, case)


def _require_same(case: TransferCase, paper: Paper, direction: Direction, other: str) -> None:
    if not case.on_paper:
        raise Rejected("transfer_not_on_paper", ref=case.ref)
    if (case.person_id, case.kind) != (paper.person_id, paper.kind):
        raise Rejected("transfer_person_differs", ref=case.ref)
    if case.direction is not direction or case.counterpart != other:
        raise Rejected("transfer_regions_differ", ref=case.ref)
    if case.round != paper.round:
        raise Rejected("transfer_round", ref=case.ref, found=paper.round, known=case.round)
