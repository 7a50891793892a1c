"""《失业保险待遇核定表》 printed from a case (规程 6-19): a benefit that was transferred in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.documents.assessment_form import assessment_forms
from hub.domain.form_code import FormKind
from hub.domain.transfer_assessment import Assessment, assessment_of
from hub.flows.forms import office_of, write_forms

if TYPE_CHECKING:
    from pathlib import Path

    from hub.flows.forms import Printed
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def assessed(case_id: int, uow: UnitOfWork) -> Assessment:
    """Return what is assessed in a case; see `hub.domain.transfer_assessment.assessment_of`."""
    return assessment_of(uow.transfers.get(case_id), uow.transfers.approvals.of(case_id))


def print_assessment(case_id: int, out: Path, services: Services) -> Printed:
    """Print the form of a case to `out`, in two copies; the same case gives the same bytes."""
    with services.store.read() as uow:
        found = assessed(case_id, uow)
    forms = assessment_forms(found, office_of(services))
    return write_forms(forms, FormKind.ASSESSMENT, out, services, digest=found.digest,
                       made_on=found.form.on)  # fmt: skip
