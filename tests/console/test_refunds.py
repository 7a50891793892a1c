"""Refunds in the console: documents, two people, the form, and where the money is."""

from __future__ import annotations

import io

from hub.domain.refund import RefundCause
from tests.payouts import account
from tests.refunds import NEEDED, over_collection, payer


def open_case(clerk, found):
    answer = clerk.call(
        "refund.open", discrepancy_id=found.id, cause="tax", amount="500.00",
        payer_name="示范制造厂", bank="alpha", account_no=account(1),
    )  # fmt: skip
    assert answer.status_code == 200, answer.json
    return answer.json


def document(clerk, refund, kind):
    return clerk.act(
        "refund.document", refund_id=refund, kind=kind,
        file=(io.BytesIO(f"{kind} of {refund}".encode()), f"{kind}.pdf"),
    )  # fmt: skip


def test_a_refund_goes_from_its_documents_to_its_form_through_two_people(house, client_of):
    found = over_collection(house.office)
    clerk, approver = client_of("refund_clerk"), client_of("refund_approver")
    refund = open_case(clerk, found)["refund"]
    page = clerk.get(f"/refunds/{refund}?lang=en").text
    assert page.count(">missing<") == len(NEEDED[RefundCause.TAX])
    assert f"/discrepancies/{found.id}" in page
    assert payer(0) not in page
    assert account(1) not in page

    seen = {"refund_id": refund, "version": 1}
    assert approver.act("refund.check", code=True, **seen).status_code == 422
    for kind in NEEDED[RefundCause.TAX]:
        assert document(clerk, refund, kind).status_code == 303
    assert document(approver, refund, "proof").status_code == 403
    assert approver.act("refund.check", code=True, **seen).status_code == 422  # seen too early
    with house.services.store.read() as uow:
        seen["version"] = uow.refunds.get(refund).version
    assert clerk.act("refund.check", code=True, **seen).status_code == 403
    assert approver.act("refund.check", code=True, **seen).status_code == 303

    assert approver.act("refund.form", ids=[refund]).status_code == 403
    assert clerk.act("refund.form", ids=[refund]).status_code == 303
    (shown,) = clerk.get("/api/v1/tables/refunds?state=listed").json["rows"]
    assert (shown["number"], shown["payment"]) == (f"TF{refund:06d}", "listed")

    maker = client_of("payout_maker")
    with house.services.store.read() as uow:
        form = uow.payouts.list()[0]
    given = {"list_id": form.id, "digest": form.digest}
    assert maker.act("payout.sign", code=True, **given).status_code == 303
    page = clerk.get(f"/refunds/{refund}").text
    assert house.person("payout_maker").name in page
    assert form.digest in page


def test_a_document_is_given_only_of_its_own_case_and_on_record(house, client_of):
    clerk = client_of("refund_clerk")
    one, other = (open_case(clerk, over_collection(house.office, n))["refund"] for n in (0, 1))
    document(clerk, one, "proof")
    with house.services.store.read() as uow:
        (paper,) = uow.refunds.documents(one)

    assert clerk.get(f"/refunds/{one}/documents/{paper.sha256}").data == f"proof of {one}".encode()
    assert clerk.get(f"/refunds/{other}/documents/{paper.sha256}").status_code == 404
    assert client_of("payout_maker").get(f"/refunds/{one}").status_code == 403
    assert clerk.act("refund.cancel", refund_id=other, reason="重复").status_code == 303
    assert [r["state"] for r in clerk.get("/api/v1/tables/refunds").json["rows"]] == [
        "cancelled", "open",
    ]  # fmt: skip
