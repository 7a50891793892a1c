"""`hub case export`: the evidence pack (证据包) of a case, for review or audit without the hub."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 -- Typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Json, emit, say

if TYPE_CHECKING:
    from hub.flows.services import Services


def register_export(group: typer.Typer) -> None:
    """Add `export` to the group of cases."""
    group.command()(export)


def export(
    *,
    case: Annotated[str, typer.Argument(help="The case's reference, or its number in this hub.")],
    out: Annotated[Path, typer.Option("--out", help="New zip file.", dir_okay=False)],
    own_rows: Annotated[
        bool,
        typer.Option("--own-rows", help="Journal rows of this case only, to leave the agency."),
    ] = False,
    person: Annotated[str, typer.Option("--person", help="Who does it, by name.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Write one zip with messages, signatures, approvals and journal proof; check: hub-verify."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.envelope import sha256_of
        from hub.flows.evidence import export as export_case

        if out.exists():
            raise typer.BadParameter(f"--out {out}: 已存在 · exists already")
        ref = _ref(case, services)
        pack = export_case(ref, own_rows=own_rows, person=person, services=services)
        out.write_bytes(pack)
    found = {"case": ref, "file": str(out), "bytes": len(pack), "sha256": sha256_of(pack)}

    def text() -> None:
        say(f"✓ {ref} → {out}（{len(pack)} 字节 bytes）")
        say(f"  hub-verify {out}")

    emit(found, as_json=as_json, text=text)


def _ref(case: str, services: Services) -> str:
    """Return the reference of a case that may be named by its number."""
    if not case.isdecimal():
        return case
    with services.store.read() as uow:
        return uow.transfers.get(int(case)).ref
